import { isMtlsError } from '../../errors.js';
import { createPathVerifier, type CertificationPathVerifier } from '../../pki/path-verifier.js';
import type { Certificate } from '../../x509/certificate.js';
import { choice, inputPath, listOption, UsageError, type Command, type CommandContext } from '../command.js';
import { readAllCertificates, readChain } from '../read-certificates.js';
import { inputName } from '../read-input.js';
import { rowsOf, timeText, type Report } from '../reports/report.js';

const PURPOSES = ['clientAuth', 'serverAuth', 'any'] as const;

export const verify: Command = {
  summary: 'Validates the chain of a certificate, and says why it does not lead to a trust anchor.',
  usage: '--ca FILE [--intermediate FILE] [--crl FILE] [--require-revocation] [--purpose PURPOSE] [FILE]',
  help: [
    'The first certificate of FILE is verified; the others are hints for the search.',
    '--ca, --intermediate and --crl may be given several times, and a file may hold several certificates.',
    '--require-revocation refuses a certificate whose revocation status is unknown.',
    `--purpose is one of ${PURPOSES.join(', ')}; clientAuth is the default.`,
  ],
  options: {
    ca: { type: 'string', multiple: true },
    intermediate: { type: 'string', multiple: true },
    crl: { type: 'string', multiple: true },
    'require-revocation': { type: 'boolean' },
    purpose: { type: 'string' },
  },
  async run(context) {
    const { leaf, chain } = await readChain(context, inputPath(context));
    const verifier = await createVerifier(context);
    context.progress('looking for a certification path');
    try {
      const path = await verifier.verify(leaf, chain, { now: context.now });
      return success(path.certificates, path.revocation);
    } catch (error) {
      if (!isMtlsError(error)) throw error;
      const { code, message, detail } = error;
      return failure(
        code,
        message,
        detail.reason,
        [leaf, ...chain].find((each) => each.thumbprint === detail.thumbprint),
      );
    }
  },
};

async function createVerifier(context: CommandContext): Promise<CertificationPathVerifier> {
  const anchors = listOption(context, 'ca');
  if (anchors.length === 0) throw new UsageError('--ca is required: which authorities are trusted is yours to say');
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
      ...(required && { revocation: 'require' as const }),
      ...(extendedKeyUsage && { extendedKeyUsage }),
    });
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    throw new UsageError(`A trust anchor, intermediate or CRL cannot be used: ${error.code}: ${error.message}`);
  }
}

/** The CRLs of a file in DER: PEM with any text around the blocks, or DER. */
function crlBlocks(bytes: Uint8Array, path: string): Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes];
  const blocks = new TextDecoder()
    .decode(bytes)
    .matchAll(/^-----BEGIN X509 CRL-----\r?\n([^-]*)^-----END X509 CRL-----/gm);
  const crls = Array.from(blocks, ([, body]) => Buffer.from(body!, 'base64'));
  if (crls.length === 0) throw new UsageError(`${inputName(path)} holds no CRL`);
  return crls;
}

function success(certificates: readonly Certificate[], revocation: readonly string[]): Report {
  const path = certificates.map((certificate, index) => ({
    subject: certificate.subject.toString(),
    thumbprint: certificate.thumbprint,
    notAfter: timeText(certificate.notAfter),
    // the anchor's own status is not asked for
    revocation: revocation[index] ?? null,
  }));
  return {
    verdict: true,
    summary: 'The chain leads to a trust anchor.',
    sections: [
      {
        title: 'Path',
        rows: path.map(({ subject, notAfter, revocation: status }, index) => [
          index === path.length - 1 ? 'Trust anchor' : index === 0 ? 'Certificate' : 'Authority',
          `${subject} (until ${notAfter}${status === null ? '' : `, revocation: ${status}`})`,
        ]),
      },
    ],
    data: { valid: true, path },
  };
}

function failure(code: string, message: string, reason: string | undefined, about: Certificate | undefined): Report {
  const subject = about?.subject.toString();
  return {
    verdict: false,
    summary: message,
    sections: [
      {
        title: '',
        rows: rowsOf([
          ['Code', code],
          ['Reason', reason],
          ['Certificate', subject],
        ]),
      },
    ],
    data: { valid: false, code, message, reason: reason ?? null, subject: subject ?? null },
  };
}
