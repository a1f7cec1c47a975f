import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { createResourceGuard, MtlsError, type ResourceRequest } from 'oauth-mtls';
import { remoteJwks } from 'oauth-mtls/jwks';
import { createSpiffeTrust, verifyX509Svid, type SpiffeTrustOptions } from 'oauth-mtls/spiffe';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { createAccessTokenVerifier, type AccessTokenOptions } from 'oauth-mtls/tokens';
import { fromHex } from '../../src/testing/der-writer.js';
import { rowsOf, rowsOfCauses, throwCause, type Row } from './row.js';

const issuer = 'https://as.example';
const audience = 'https://api.example';
const { privateKey } = await generateKeyPair('ES256');
const others: JWK[] = await Promise.all(
  [1, 2].map(async () => exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)),
);
const jwt = await new SignJWT({ iss: issuer, aud: audience, exp: 4_000_000_000 })
  .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
  .sign(privateKey);

const verify = (options: Pick<AccessTokenOptions, 'keys' | 'fetch'>) =>
  createAccessTokenVerifier({ issuer, audience, ...options })(jwt);
const byUrl = (answer: () => Response) => () =>
  verify({ keys: 'https://as.example/jwks', fetch: () => Promise.resolve(answer()) });

const guard = createResourceGuard<ResourceRequest>(
  {
    getCertificate: () => undefined,
    verifyToken: async () => ({ cnf: { jkt: 'A'.repeat(43) } }),
    binding: 'dpop',
    dpop: { verify: async () => undefined },
  },
  (request) => request,
);
const proof = ['e30', 'e30', 'AA'].join('.');

const ID = 'spiffe://example.org/payments';
const svid = presented(await selfSignedCertificate({ san: { uri: ID } }));
// a URI with a tag of constructed form
const malformed = presented(
  await selfSignedCertificate({ extensions: [{ oid: '2.5.29.17', value: fromHex('3003a60161') }] }),
);
const trustIn = (domain: SpiffeTrustOptions['trustDomains'][string]) =>
  createSpiffeTrust({ trustDomains: { 'example.org': domain } });

/** Access tokens, and SPIFFE. */
export const tokenRows: readonly Row[] = [
  ...rowsOf('ERR_TOKEN_INVALID', {
    signature: () => verify({ keys: { keys: others } }),
  }),
  ...rowsOf('ERR_TOKEN_PROOF', {
    invalid: () => guard([]).authorize({ authorization: ['DPoP token'], dpop: [proof], query: '' }),
  }),
  ...rowsOf('ERR_TOKEN_UNAVAILABLE', {
    keys: byUrl(() => {
      throw new TypeError('fetch failed');
    }),
    ERR_JWKS_UNREACHABLE: byUrl(() => new Response('', { status: 500 })),
    ERR_JWKS_TOO_LARGE: byUrl(() => new Response(' '.repeat(300_000))),
    ERR_JWKS_URI: byUrl(() => new Response('', { status: 302, headers: { location: 'http://as.example/jwks' } })),
    // of a function that loads them with a source of this library
    ERR_JWKS_MALFORMED: () => verify({ keys: () => Promise.reject(new MtlsError('ERR_JWKS_MALFORMED')) }),
  }),
  ...rowsOf('ERR_JWKS_MALFORMED', {
    'not-json': () =>
      remoteJwks('https://client.example/jwks', { fetch: async () => new Response('<html>') }).find('A'.repeat(43)),
  }),
  ...rowsOf('ERR_SPIFFE_SVID', { malformed: () => verifyX509Svid(malformed, trustIn({ bundle: { keys: [] } })) }),
  ...rowsOf('ERR_SPIFFE_TRUST_DOMAIN', {
    'no-authority': () => verifyX509Svid(svid, trustIn({ bundle: { keys: [] } })),
  }),
  ...rowsOf('ERR_SPIFFE_BUNDLE', {
    older: async () => {
      let sequence = 2;
      const trust = trustIn({ load: async () => ({ keys: [], spiffe_sequence: sequence-- }) });
      await trust.reload();
      await throwCause(() => trust.reload());
    },
  }),
  ...rowsOfCauses(
    'ERR_SPIFFE_BUNDLE_UNAVAILABLE',
    // of a function that loads the bundle with a source of this library; the others are reached at an endpoint
    (reason) => reason === 'ERR_JWKS_MALFORMED' || reason === 'ERR_JWKS_TIMEOUT',
    (cause) => trustIn({ load: () => Promise.reject(new MtlsError(cause)) }).reload(),
  ),
];
