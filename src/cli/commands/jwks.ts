import { createPublicKey } from 'node:crypto';
import type { Certificate } from '../../x509/certificate.js';
import { inputPath, UsageError, type Command } from '../command.js';
import { printableJson } from '../printable.js';
import { readCertificates } from '../read-certificates.js';

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

function toJwk(certificate: Certificate): object {
  try {
    const key = createPublicKey({ key: Buffer.from(certificate.publicKey), format: 'der', type: 'spki' });
    return { ...key.export({ format: 'jwk' }), x5c: [Buffer.from(certificate.der).toString('base64')] };
  } catch {
    throw new UsageError('The key of the certificate has no JWK form');
  }
}
