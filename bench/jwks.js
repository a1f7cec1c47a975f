import * as crypto from 'node:crypto';
import { authenticateClient, parseClientMetadata } from 'oauth-mtls';
import { remoteJwks } from 'oauth-mtls/jwks';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { compare } from './measure.js';

const SIZES = [1, 10, 100];

/** Finding the certificate among registered keys: flat in their number, by value and by reference. */
export async function run() {
  const certificates = [];
  for (let count = 0; count < 100; count++) certificates.push(await selfSignedCertificate());
  const byValue = [];
  const byReference = [];
  const one = [];
  for (const size of SIZES) {
    const keys = certificates.slice(0, size).map(({ jwk }) => jwk);
    const { certificate } = /** @type {typeof certificates[0]} */ (certificates[size - 1]);
    const evidence = presented(certificate);
    const client = parseClientMetadata({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys } });
    const source = remoteJwks('https://client.example/jwks', {
      fetch: async () => Response.json({ keys }),
      maxBytes: 2 ** 20,
    });
    byValue.push({ name: `${size} keys`, run: () => authenticateClient(evidence, client) });
    byReference.push({ name: `${size} keys`, run: () => source.find(certificate.thumbprint) });
    one.push({ name: `${size} keys`, run: () => keys.find(({ x5c }) => hash(x5c[0]) === certificate.thumbprint) });
  }
  const flat = [{ of: '100 keys', to: '1 keys', atMost: 1.6 }];
  const results = [
    await compare('authenticateClient with jwks, the last key is the one', byValue, flat),
    await compare('remoteJwks(…).find, the last key is the one', byReference, flat),
    await compare('For comparison: decode and hash each x5c', one, [{ of: '100 keys', to: '1 keys', atLeast: 20 }]),
  ];
  return results.every(Boolean);
}

/** @param {string | undefined} x5c */
function hash(x5c = '') {
  return crypto.hash('sha256', Buffer.from(x5c, 'base64'), 'base64url');
}
