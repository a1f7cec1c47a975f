import { errors } from 'jose';
import {
  authenticateClient,
  MtlsError,
  resolveEndpoint,
  type AuthenticateClientOptions,
  type MtlsErrorCode,
} from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { readAccessToken, readProof } from '../../src/oauth/resource/read-access-token.js';
import { tokenError } from '../../src/oauth/resource/token-error.js';
import { verifySenderConstraint } from '../../src/oauth/resource/verify-sender-constraint.js';
import { parseBundle } from '../../src/spiffe/parse-bundle.js';
import { verifyJwt } from '../../src/tokens/verify-jwt.js';
import { rowsOf, rowsOfCauses, type Row } from './row.js';

const client = await selfSignedCertificate({ subject: 'CN=client' });
const evidence = presented(client, { verification: 'verified' });
const jwks_uri = 'https://client.example/jwks';

const bySubject = (options: AuthenticateClientOptions) =>
  authenticateClient(
    evidence,
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=client' },
    options,
  );
const byKeys = (options: AuthenticateClientOptions) =>
  authenticateClient(evidence, { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri }, options);
const byId = (verifySvid: () => Promise<never>) =>
  authenticateClient(
    evidence,
    { token_endpoint_auth_method: 'spiffe_x509', spiffe_id: 'spiffe://a.example/b' },
    { spiffeTrust: { verifySvid } },
  );

const reject = (code: MtlsErrorCode) => () => Promise.reject(new MtlsError(code));
const resource = { authorization: [] as string[], dpop: [] as string[], query: '' };
const bearer = (token: string, query = '') =>
  readAccessToken({ ...resource, authorization: [`Bearer ${token}`], query }, ['Bearer']);
const dpop = (cnf: object | undefined) =>
  verifySenderConstraint(
    cnf === undefined ? {} : { cnf },
    { presented: undefined, scheme: 'DPoP', proveKey: async () => 'B'.repeat(43) },
    { binding: 'dpop', experimentalS512: false },
  );

const jose = (thrown: unknown) => () => {
  throw tokenError(thrown);
};

/** Clients, resources, tokens. */
export const clientRows: readonly Row[] = [
  ...rowsOf('ERR_CLIENT_PATH', {
    'no-path': () => bySubject({ pathVerifier: { verify: async () => undefined as never } }),
  }),
  ...rowsOfCauses(
    'ERR_CLIENT_PATH',
    (reason) => reason.startsWith('ERR_'),
    (cause) => bySubject({ pathVerifier: { verify: reject(cause) } }),
  ),
  ...rowsOf('ERR_CLIENT_KEYS_UNAVAILABLE', {
    'other-uri': () => byKeys({ jwksSource: { uri: `${jwks_uri}2`, find: async () => undefined } }),
    ERR_SPIFFE_BUNDLE_UNAVAILABLE: () => byId(reject('ERR_SPIFFE_BUNDLE_UNAVAILABLE')),
  }),
  ...rowsOfCauses(
    'ERR_CLIENT_KEYS_UNAVAILABLE',
    (reason) => reason.startsWith('ERR_JWKS_'),
    (cause) => byKeys({ jwksSource: { uri: jwks_uri, find: reject(cause) } }),
  ),
  ...rowsOfCauses(
    'ERR_CLIENT_CERTIFICATE_UNKNOWN',
    () => true,
    (cause) => byKeys({ jwksSource: { uri: jwks_uri, find: async () => undefined, fault: new MtlsError(cause) } }),
  ),
  ...rowsOf('ERR_CLIENT_SVID', { 'no-id': () => byId(async () => ({}) as never) }),
  ...rowsOfCauses(
    'ERR_CLIENT_SVID',
    (reason) => reason.startsWith('ERR_'),
    (cause) => byId(reject(cause)),
  ),
  ...rowsOf('ERR_SERVER_METADATA', {
    'not-an-object': () => resolveEndpoint('metadata', 'token_endpoint', { mutualTls: true }),
    'not-https': () => resolveEndpoint({ token_endpoint: 'http://as.example' }, 'token_endpoint', { mutualTls: true }),
  }),
  ...rowsOf('ERR_CNF_DPOP', {
    unbound: () => dpop(undefined),
    'other-key': () => dpop({ jkt: 'A'.repeat(43) }),
  }),
  ...rowsOf('ERR_TOKEN_REQUEST', {
    'too-large': () => bearer('a'.repeat(65_537)),
    malformed: () => bearer('a b'),
    'second-token': () => bearer('a', 'access_token=b'),
  }),
  ...rowsOf('ERR_TOKEN_PROOF', {
    missing: () => readProof(resource),
    malformed: () => readProof({ ...resource, dpop: ['a'] }),
  }),
  ...rowsOf('ERR_TOKEN_INVALID', {
    syntax: () => verifyJwt('a b', async () => new Uint8Array(), {}),
    ERR_JWS_INVALID: jose(new errors.JWSInvalid()),
    ERR_JWS_SIGNATURE_VERIFICATION_FAILED: jose(new errors.JWSSignatureVerificationFailed()),
    ERR_JWKS_NO_MATCHING_KEY: jose(new errors.JWKSNoMatchingKey()),
    ERR_JOSE_ALG_NOT_ALLOWED: jose(new errors.JOSEAlgNotAllowed()),
    ERR_JOSE_NOT_SUPPORTED: jose(new errors.JOSENotSupported()),
    ERR_JWT_INVALID: jose(new errors.JWTInvalid()),
    ERR_JWT_CLAIM_VALIDATION_FAILED: jose(new errors.JWTClaimValidationFailed('', {})),
    ERR_JWT_EXPIRED: jose(new errors.JWTExpired('', {})),
  }),
  ...rowsOf('ERR_TOKEN_UNAVAILABLE', {
    ERR_JWKS_TIMEOUT: jose(new errors.JWKSTimeout()),
    ERR_JWKS_INVALID: jose(new errors.JWKSInvalid()),
    ERR_JOSE_GENERIC: jose(new errors.JOSEError()),
  }),
  ...rowsOf('ERR_SPIFFE_BUNDLE', {
    'not-json': () => parseBundle('<html>'),
    'not-an-object': () => parseBundle('[]'),
    'not-an-array': () => parseBundle('{}'),
    'not-an-integer': () => parseBundle({ keys: [], spiffe_sequence: '1' }),
    'no-certificate': () => parseBundle('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'),
    certificate: () => parseBundle('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
  }),
];
