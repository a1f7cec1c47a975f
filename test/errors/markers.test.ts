import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  authenticateClient,
  createResourceGuard,
  errorCodes,
  explainVerification,
  isMtlsError,
  MtlsError,
  parseCertificate,
  parseClientId,
  parseClientMetadata,
  parseDistinguishedName,
  toErrorResponse,
  verifyConfirmation,
  verifyGrantConfirmation,
  type MtlsClientMetadata,
  type MtlsErrorCode,
} from 'oauth-mtls';
import { createCertificateReader, fromAddresses, nginx, rfc9440, withSharedSecret } from 'oauth-mtls/forwarded';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority, presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { createTrust } from 'oauth-mtls/trust';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnosticsChannels } from '../../src/platform/diagnostics-channel.js';

/** In tokens, keys, certificates and header values: nowhere at all. */
const SECRET = 'MarkedSecret';
/** In names and in the words of a proxy: in `detail` and `hint` for the operator, and nowhere else. */
const NAME = 'MarkedName';
const MARKED = new RegExp([SECRET, NAME, Buffer.from(NAME).toString('hex')].join('|'), 'i');

const own = await selfSignedCertificate({ subject: `CN=${NAME}`, san: { dns: `${NAME}.example` } });
const other = await selfSignedCertificate({ subject: `CN=${NAME}2` });
const authority = await createCertificateAuthority({ subject: `CN=${NAME}` });
const issued = await authority.issue({ subject: `CN=${NAME}` });
const expired = await selfSignedCertificate({
  subject: `CN=${NAME}`,
  notBefore: new Date('2020-01-01'),
  notAfter: new Date('2020-02-01'),
});
const evidence = presented(own, { verification: 'verified' });
/** What a certificate looks like on the wire: a piece of it is as secret as the whole. */
const CERTIFICATE = own.jwk.x5c[0]!.slice(40, 80);

const messages: string[] = [];
const listen = (message: unknown) => void messages.push(JSON.stringify(message));

beforeEach(() => {
  messages.length = 0;
  for (const name of diagnosticsChannels) subscribe(name, listen);
});
afterEach(() => {
  for (const name of diagnosticsChannels) unsubscribe(name, listen);
});

/** An error and those that led to it. */
function chain(error: unknown): Error[] {
  return error instanceof Error ? [error, ...chain(error.cause)] : [];
}

/** Nothing that leaves the process, and nothing that is logged without being asked for, has a marker. */
function expectNoMarker(thrown: unknown): void {
  if (!isMtlsError(thrown)) throw new Error('There was no MtlsError', { cause: thrown });
  const { status, headers, body } = toErrorResponse(thrown, { realm: 'api' });
  const public_ = JSON.stringify([chain(thrown).map(({ message }) => message), status, headers, body, messages]);
  expect(public_).not.toMatch(MARKED);
  expect(public_).not.toContain(CERTIFICATE);
  const details = JSON.stringify(chain(thrown).map((error) => (isMtlsError(error) ? error.detail : undefined)));
  expect(details).not.toContain(SECRET);
  expect(details).not.toContain(CERTIFICATE);
}

async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('each code, with markers in all of its detail', () => {
  it.each(Object.keys(errorCodes) as MtlsErrorCode[])('%s', (code) => {
    // no path of a member: those name what is wrong, and are constant
    const detail = { field: `${NAME}!`, expected: NAME, found: [NAME], thumbprint: NAME };
    expectNoMarker(new MtlsError(code, detail, { cause: new MtlsError('ERR_ENCODING_DER', { found: [NAME] }) }));
  });
});

const subject = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: `CN=${NAME}3` };
const keys = (...jwks: object[]) => ({
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  jwks: { keys: jwks },
});
const authenticate = (metadata: object, which = evidence, options = {}) =>
  authenticateClient(which, metadata as MtlsClientMetadata, options);
const nginxReader = (trust: Parameters<typeof createCertificateReader>[0]['trust']) =>
  createCertificateReader({ format: nginx(), trust });
const header = (value: string, ...others: string[]) => ({ rawHeaders: ['X-SSL-Client-Cert', value, ...others] });
const guard = createResourceGuard(
  {
    getCertificate: () => evidence,
    verifyToken: createAccessTokenVerifier({
      issuer: 'https://as.example',
      audience: 'https://api.example',
      keys: { keys: [] },
    }),
  },
  (request: { authorization: string[]; query: string }) => ({ dpop: [], ...request }),
)([`${NAME}:read`]);
const jwt = [{ alg: 'ES256', typ: 'at+jwt' }, { sub: SECRET, iss: SECRET }, SECRET]
  .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
  .join('.');

describe('real refusals of marked inputs', () => {
  it.each<[what: string, code: MtlsErrorCode, run: () => unknown]>([
    ['another subject', 'ERR_CLIENT_SUBJECT_MISMATCH', () => authenticate(subject)],
    [
      'the status of a proxy',
      'ERR_CLIENT_UNVERIFIED',
      () =>
        authenticate(
          subject,
          createCertificateReader({ format: nginx(), trust: () => true })(
            header(encodeURIComponent(own.pem), 'X-SSL-Client-Verify', `FAILED:${NAME}`),
          ),
        ),
    ],
    ['another certificate', 'ERR_CLIENT_CERTIFICATE_UNKNOWN', () => authenticate(keys(other.jwk))],
    ['an expired one', 'ERR_CLIENT_EXPIRED', () => authenticate(keys(expired.jwk), presented(expired))],
    [
      'another authority',
      'ERR_CLIENT_PATH',
      () => authenticate(subject, evidence, { pathVerifier: createPathVerifier({ trustAnchors: [authority.pem] }) }),
    ],
    [
      'stored metadata',
      'ERR_CLIENT_METADATA',
      () => authenticate({ ...subject, tls_client_auth_subject_dn: `/CN=${NAME}` }),
    ],
    [
      'a subject',
      'ERR_METADATA_VALUE',
      () => parseClientMetadata({ ...subject, tls_client_auth_subject_dn: `/CN=${NAME}` }),
    ],
    ['a private key', 'ERR_METADATA_JWKS', () => parseClientMetadata(keys({ ...own.jwk, d: SECRET }))],
    ['garbage in x5c', 'ERR_METADATA_JWKS', () => parseClientMetadata(keys({ ...own.jwk, x5c: [SECRET] }))],
    ['PEM in x5c', 'ERR_METADATA_JWKS', () => parseClientMetadata(keys({ ...own.jwk, x5c: [own.pem] }))],
    ['x5c of another key', 'ERR_METADATA_X5C', () => parseClientMetadata(keys({ ...other.jwk, x5c: own.jwk.x5c }))],
    ['a name', 'ERR_NAME_ATTRIBUTE', () => parseDistinguishedName(`${NAME}=x`)],
    ['a certificate', 'ERR_ENCODING_BASE64', () => parseCertificate(`${SECRET}!`)],
    ['client_id', 'ERR_CLIENT_ID_REPEATED', () => parseClientId(`client_id=${SECRET}&client_id=${SECRET}2`)],
    ['a header', 'ERR_FORWARDED_MALFORMED', () => nginxReader(() => true)(header(SECRET))],
    [
      'a header of another peer',
      'ERR_FORWARDED_UNTRUSTED',
      () => nginxReader(fromAddresses(['127.0.0.1']))(header(SECRET)),
    ],
    [
      'a header with another secret',
      'ERR_FORWARDED_UNTRUSTED',
      () =>
        nginxReader(withSharedSecret({ header: 'x-secret', secret: SECRET.repeat(3) }))(
          header(SECRET, 'X-Secret', SECRET),
        ),
    ],
    [
      'a header twice',
      'ERR_FORWARDED_DUPLICATE',
      () => nginxReader(() => true)(header(SECRET, 'X-SSL-Client-Cert', SECRET)),
    ],
    [
      'a structured field',
      'ERR_FORWARDED_MALFORMED',
      () =>
        createCertificateReader({ format: rfc9440(), trust: () => true })({
          rawHeaders: ['Client-Cert', `:${SECRET}?:`],
        }),
    ],
    ['a binding', 'ERR_CNF_MALFORMED', () => verifyConfirmation({ cnf: { 'x5t#S256': SECRET } }, evidence)],
    [
      'another binding',
      'ERR_CNF_MISMATCH',
      () => verifyConfirmation({ cnf: { 'x5t#S256': 'A'.repeat(43) } }, evidence),
    ],
    ['a grant', 'ERR_GRANT_MISMATCH', () => verifyGrantConfirmation({ cnf: { 'x5t#S256': 'A'.repeat(43) } }, evidence)],
    ['a token', 'ERR_TOKEN_INVALID', () => guard.authorize({ authorization: [`Bearer ${jwt}`], query: '' })],
    [
      'two tokens',
      'ERR_TOKEN_REQUEST',
      () => guard.authorize({ authorization: [`Bearer ${SECRET}`, `Bearer ${SECRET}`], query: '' }),
    ],
    [
      'a source of trust',
      'ERR_TRUST_SOURCE',
      () => createTrust({ anchors: `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----\n` }),
    ],
  ])('%s: %s', async (_what, code, run) => {
    const thrown = await thrownBy(run);
    expect(isMtlsError(thrown) ? thrown.code : thrown).toBe(code);
    expectNoMarker(thrown);
    if (/^ERR_(?:CLIENT|CNF)_(?!ID)/.test(code)) expect(messages, 'a message on a channel').not.toHaveLength(0);
  });
});

describe('trust that reloads', () => {
  it('publishes no names and no content', async () => {
    const soon = new Date(Date.now() + 86_400_000 / 2);
    const server = await authority.issue({ subject: `CN=${NAME}`, extendedKeyUsage: ['serverAuth'], notAfter: soon });
    let anchors = authority.pem;
    const trust = await createTrust({
      anchors: async () => anchors,
      server: { key: server.privateKeyPem, cert: server.chainPem },
      onFailure: () => undefined,
    });
    anchors = `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----\n`;
    await trust.reload();
    trust.close();
    expect(messages.join('\n')).not.toMatch(MARKED);
    expect(messages.join('\n')).not.toContain(CERTIFICATE);
  });
});

it('a report of the verification repeats the words of the proxy alone', () => {
  const report = explainVerification({ ...presented(issued, { verification: 'unverified' }), reason: '26' });
  expect(JSON.stringify(report)).not.toMatch(MARKED);
});
