import { assertMtlsError } from '../../errors.js';
import { certificateJwk, type CertificateJwk } from '../../oauth/client/certificate-jwk.js';
import type { Certificate } from '../../x509/certificate.js';
import { inputPath, UsageError, type Command } from '../command.js';
import { printableJson } from '../printable.js';
import { describeFault, readCertificates } from '../read-certificates.js';

export const jwks: Command = {
  summary: 'Writes the JWK Set to register for self_signed_tls_client_auth.',
  usage: '[FILE]',
  help: ['Each certificate of the file becomes a key with x5c. Private keys in the file are ignored.'],
  options: {},
  async run(context) {
    const certificates = await readCertificates(context, inputPath(context));
    const data = { keys: certificates.map(toJwk) };
    return { verdict: true, summary: '', sections: [], data, output: `${printableJson(data)}\n` };
  },
};

function toJwk(certificate: Certificate, index: number): CertificateJwk {
  try {
    return certificateJwk(certificate);
  } catch (error) {
    assertMtlsError(error);
    throw new UsageError(`certificate ${index + 1}: ${describeFault(error)}`);
  }
}
