import { tlsClientAuthParameters } from '../../oauth/subject/subject-matches.js';
import { inputPath, textOption, UsageError, type Command } from '../command.js';
import { readChain } from '../read-certificates.js';
import { matchSpiffeId } from '../reports/match-spiffe-id.js';
import { matchSubject } from '../reports/match-subject.js';

const SPIFFE_ID = 'spiffe-id';

/** `--subject-dn` for `tls_client_auth_subject_dn`, and so on. */
const FLAGS = tlsClientAuthParameters.map(
  (parameter) => [parameter.slice('tls_client_auth_'.length).replaceAll('_', '-'), parameter] as const,
);

export const match: Command = {
  summary: 'Compares a certificate with a registered value, and explains why it does not match.',
  usage:
    '--subject-dn DN | --san-dns NAME | --san-uri URI | --san-ip ADDRESS | --san-email ADDRESS | --spiffe-id ID [FILE]',
  help: [
    '--exact-case compares the letters of a DN exactly.',
    '--spiffe-id is the spiffe_id of a spiffe_x509 client. A value that ends in /* matches every ID below it.',
    'Issuer and validity are not checked: a name means nothing without trust anchors (RFC 8705 §7.4).',
  ],
  options: {
    ...Object.fromEntries(FLAGS.map(([flag]) => [flag, { type: 'string' as const }])),
    [SPIFFE_ID]: { type: 'string' },
    'exact-case': { type: 'boolean' },
  },
  async run(context) {
    const given = [...FLAGS, [SPIFFE_ID, undefined] as const].filter(
      ([flag]) => textOption(context, flag) !== undefined,
    );
    if (given.length !== 1) {
      throw new UsageError(
        `Give exactly one of ${[...FLAGS.map(([flag]) => flag), SPIFFE_ID].map((flag) => `--${flag}`).join(', ')}`,
      );
    }
    const [flag, parameter] = given[0]!;
    const { leaf } = await readChain(context, inputPath(context));
    const expected = textOption(context, flag)!;
    if (parameter === undefined) return matchSpiffeId(leaf, expected);
    return matchSubject(leaf, parameter, expected, { exactCase: context.values['exact-case'] === true });
  },
};
