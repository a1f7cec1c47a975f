import { assertMtlsError } from '../../errors.js';
import { createPathVerifier, type CertificationPathVerifier } from '../../pki/path-verifier.js';
import {
  choice,
  inputPath,
  listOption,
  textOption,
  UsageError,
  type Command,
  type CommandContext,
} from '../command.js';
import { readAllCertificates, readChain } from '../read-certificates.js';
import { inputName } from '../read-input.js';
import { pathFound, pathRefused } from '../reports/path-report.js';
import type { Report } from '../reports/report.js';
import { verifyWithBundle } from '../verify-with-bundle.js';

const PURPOSES = ['clientAuth', 'serverAuth', 'any'] as const;
/** Options that cannot be used with the authorities of a trust domain. */
const FOR_CHAINS = ['ca', 'crl', 'require-revocation', 'purpose'] as const;

export const verify: Command = {
  summary: 'Validates the chain of a certificate, and explains why it does not lead to a trust anchor.',
  usage:
    '(--ca FILE [--crl FILE] [--require-revocation] [--purpose PURPOSE] | --spiffe-bundle FILE --trust-domain NAME) ' +
    '[--intermediate FILE] [FILE]',
  help: [
    'The first certificate of FILE is verified; the others are hints for the search.',
    '--ca, --intermediate and --crl may be given several times, and a file may hold several certificates.',
    '--require-revocation refuses a certificate whose revocation status is unknown.',
    `--purpose is one of ${PURPOSES.join(', ')}; clientAuth is the default.`,
    '--spiffe-bundle verifies an X.509-SVID of --trust-domain by its bundle: a JWK Set as SPIRE writes it, or PEM.',
  ],
  options: {
    ca: { type: 'string', multiple: true },
    intermediate: { type: 'string', multiple: true },
    crl: { type: 'string', multiple: true },
    'require-revocation': { type: 'boolean' },
    purpose: { type: 'string' },
    'spiffe-bundle': { type: 'string' },
    'trust-domain': { type: 'string' },
  },
  async run(context) {
    const bundle = textOption(context, 'spiffe-bundle');
    const trustDomain = textOption(context, 'trust-domain');
    if (bundle === undefined && trustDomain === undefined) return verifyChain(context);
    if (bundle === undefined || trustDomain === undefined)
      throw new UsageError(
        '--spiffe-bundle and --trust-domain must be used together: a bundle belongs to one trust domain',
      );
    const excluded = FOR_CHAINS.find((name) => context.values[name] !== undefined);
    if (excluded !== undefined) throw new UsageError(`--${excluded} cannot be used with --spiffe-bundle`);
    return verifyWithBundle(context, bundle, trustDomain);
  },
};

async function verifyChain(context: CommandContext): Promise<Report> {
  const { leaf, chain } = await readChain(context, inputPath(context));
  const verifier = await createVerifier(context);
  context.progress('searching for a certification path');
  try {
    const path = await verifier.verify(leaf, chain, { now: context.now });
    return pathFound(path.certificates, path.revocation);
  } catch (error) {
    assertMtlsError(error);
    return pathRefused(error, [leaf, ...chain]);
  }
}

async function createVerifier(context: CommandContext): Promise<CertificationPathVerifier> {
  const anchors = listOption(context, 'ca');
  if (anchors.length === 0) throw new UsageError('--ca is required: it contains the authorities to trust');
  const trustAnchors = await readAllCertificates(context, anchors);
  const intermediates = await readAllCertificates(context, listOption(context, 'intermediate'));
  const crls: Uint8Array[] = [];
  for (const path of listOption(context, 'crl')) crls.push(...crlBlocks(await context.read(path), path));
  const required = context.values['require-revocation'] === true;
  const extendedKeyUsage = choice(context, 'purpose', PURPOSES);
  context.progress('decoding certificates and revocation lists');
  try {
    return createPathVerifier({
      trustAnchors,
      intermediates,
      crls,
      revocation: required ? 'require' : undefined,
      extendedKeyUsage,
    });
  } catch (error) {
    assertMtlsError(error);
    const { code, message, detail } = error;
    const about = detail.subject === undefined ? '' : ` ${detail.subject} (${detail.reason})`;
    throw new UsageError(`A trust anchor, intermediate or CRL cannot be used: ${code}: ${message}${about}`);
  }
}

/** The CRLs of a file in DER: PEM with any text around the blocks, or DER. */
function crlBlocks(bytes: Uint8Array, path: string): Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes];
  const blocks = new TextDecoder()
    .decode(bytes)
    .matchAll(/^-----BEGIN X509 CRL-----\r?\n([^-]*)^-----END X509 CRL-----/gm);
  const crls = Array.from(blocks, ([, body]) => Buffer.from(body!, 'base64'));
  if (crls.length === 0) throw new UsageError(`${inputName(path)} contains no CRL`);
  return crls;
}
