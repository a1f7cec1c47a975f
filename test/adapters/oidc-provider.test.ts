import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PresentedCertificate } from 'oauth-mtls';
import { createCertificateReader, nginx } from 'oauth-mtls/forwarded';
import {
  createMutualTlsFeature,
  type MutualTlsFailure,
  type MutualTlsFeatureOptions,
  type OidcProviderClient,
  type OidcProviderContext,
} from 'oauth-mtls/oidc-provider';
import {
  createCertificateAuthority,
  forwardedHeaders,
  presented,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

/* The functions by themselves; test/interop/oidc-provider.test.ts has them inside of oidc-provider. */
const DN = 'CN=payments,O=Acme,C=US';
const failures: MutualTlsFailure[] = [];
let authority: TestAuthority;
let payments: TestCertificate;
let reports: TestCertificate;
let clients: Map<string, OidcProviderClient>;

beforeAll(async () => {
  authority = await createCertificateAuthority();
  payments = await authority.issue({ subject: DN });
  reports = await selfSignedCertificate();
  clients = new Map(
    [
      { client_id: 'payments', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: DN },
      {
        client_id: 'reports',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [reports.jwk] },
      },
      { client_id: 'native', token_endpoint_auth_method: 'none' },
    ].map((metadata) => [
      metadata.client_id,
      {
        clientId: metadata.client_id,
        tokenEndpointAuthMethod: metadata.token_endpoint_auth_method,
        metadata: () => metadata,
      },
    ]),
  );
});

beforeEach(() => {
  failures.length = 0;
});

interface Sent {
  readonly form?: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
  /** The client that oidc-provider takes it for. */
  readonly as?: string;
  readonly middleware?: boolean;
}

/** What the functions say about a real request. */
async function ask(
  certificate: (request: IncomingMessage) => PresentedCertificate | undefined,
  sent: Sent,
  options: Partial<MutualTlsFeatureOptions> = {},
) {
  const { form = '', type = 'application/x-www-form-urlencoded', headers = {}, as, middleware: used = true } = sent;
  const { mTLS, middleware } = createMutualTlsFeature({
    getCertificate: certificate,
    trustAnchors: [authority.pem],
    onFailure: (failure) => failures.push(failure),
    ...options,
  });
  const run = middleware({ Client: { find: async (id) => clients.get(id) } });
  let answers: object = {};
  let failed: unknown;
  const server = createServer((req, res) => {
    const ctx: OidcProviderContext = {
      req,
      body: undefined,
      oidc: { client: as === undefined ? undefined : clients.get(as) },
    };
    const next = async () => {
      answers = {
        certificate: mTLS.getCertificate(ctx),
        authorized: mTLS.certificateAuthorized(ctx),
        matches: mTLS.certificateSubjectMatches(ctx, 'tls_client_auth_subject_dn', DN),
        other: mTLS.certificateSubjectMatches(ctx, 'tls_client_auth_subject_dn', 'CN=other'),
        property: mTLS.certificateSubjectMatches(ctx, 'tls_client_auth_san_dns', DN),
      };
    };
    (used ? run(ctx, next) : next()).catch((error: unknown) => (failed = error)).finally(() => res.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}/token`, {
    method: 'POST',
    body: form,
    headers: { 'content-type': type, connection: 'close', ...headers },
  });
  await new Promise((resolve) => server.close(resolve));
  if (failed !== undefined) throw failed as Error;
  return answers;
}

const none = (): undefined => undefined;
const denied = { certificate: undefined, authorized: false, matches: false, other: false, property: false };
const codes = () => failures.map(({ clientId, error }) => [clientId, error.code]);
const show = (certificate: TestCertificate) => () => presented(certificate);

describe('createMutualTlsFeature', () => {
  it('answers with booleans, and with the certificate as PEM', async () => {
    expect(await ask(show(payments), { form: 'client_id=payments', as: 'payments' })).toEqual({
      certificate: payments.pem,
      authorized: true,
      matches: true,
      other: false,
      property: false,
    });
    expect(failures).toEqual([]);
  });

  it('validates with intermediates that the client did not send', async () => {
    const intermediate = await authority.issueAuthority();
    const certificate = await intermediate.issue({ subject: DN });
    const sent = { form: 'client_id=payments', as: 'payments' };
    expect(await ask(show(certificate), sent)).toEqual(denied);
    expect(await ask(show(certificate), sent, { intermediates: [intermediate.pem] })).toMatchObject({
      authorized: true,
    });
  });

  it('authenticates self-signed certificates, which no authority certifies', async () => {
    expect(await ask(show(reports), { form: 'client_id=reports', as: 'reports' })).toMatchObject({
      certificate: reports.pem,
      authorized: true,
    });
  });

  it('RFC 8705 §4: shows the certificate of a client that does not authenticate by it, and vouches for nothing', async () => {
    expect(await ask(show(reports), { form: 'client_id=native', as: 'native' })).toEqual({
      ...denied,
      certificate: reports.pem,
    });
    expect(await ask(show(reports), {})).toEqual({ ...denied, certificate: reports.pem });
    expect(await ask(() => undefined, { form: 'client_id=native', as: 'native' })).toEqual(denied);
    expect(failures).toEqual([]);
  });

  it.each<[what: string, certificate: () => TestCertificate | undefined, sent: Sent, failure: string]>([
    [
      'no certificate',
      () => undefined,
      { form: 'client_id=payments', as: 'payments' },
      'ERR_CLIENT_CERTIFICATE_MISSING',
    ],
    ['another certificate', () => reports, { form: 'client_id=payments', as: 'payments' }, 'ERR_CLIENT_PATH'],
    [
      'no verdict',
      () => payments,
      { form: 'client_id=payments', as: 'payments', middleware: false },
      'ERR_CLIENT_UNKNOWN',
    ],
    [
      'the verdict on another client',
      () => reports,
      { form: 'client_id=reports', as: 'payments' },
      'ERR_CLIENT_UNKNOWN',
    ],
    ['no client_id', () => payments, { form: '', as: 'payments' }, 'ERR_CLIENT_UNKNOWN'],
    ['an unknown client_id', () => payments, { form: 'client_id=nobody', as: 'payments' }, 'ERR_CLIENT_UNKNOWN'],
    [
      'two of them',
      () => payments,
      { form: 'client_id=payments&client_id=payments', as: 'payments' },
      'ERR_CLIENT_UNKNOWN',
    ],
    [
      'a form that says it is none',
      () => payments,
      { form: 'client_id=payments', type: 'text/plain', as: 'payments' },
      'ERR_CLIENT_UNKNOWN',
    ],
    [
      'a form that is too large',
      () => payments,
      { form: `client_id=payments&x=${'x'.repeat(57_344)}`, as: 'payments' },
      'ERR_CLIENT_UNKNOWN',
    ],
  ])('denies with %s, and says why', async (_what, certificate, sent, code) => {
    const shown = certificate();
    expect(await ask(() => shown && presented(shown, { verification: 'verified' }), sent)).toEqual(denied);
    expect(codes()).toEqual([[sent.as, code]]);
  });

  it('explains a subject that does not match', async () => {
    const other = await authority.issue({ subject: 'C=US,O=Acme,CN=payments' });
    await ask(show(other), { form: 'client_id=payments', as: 'payments' });
    expect(codes()).toEqual([['payments', 'ERR_CLIENT_SUBJECT_MISMATCH']]);
    expect(failures[0]?.report).toMatchObject({ matches: false, cause: 'reversed-order', expected: DN });
  });

  it('has no report for an expired certificate of tls_client_auth: the code says it', async () => {
    const expired = await authority.issue({
      subject: DN,
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2020-02-01'),
    });
    await ask(show(expired), { form: 'client_id=payments', as: 'payments' });
    expect(codes()).toEqual([['payments', 'ERR_CLIENT_EXPIRED']]);
    expect(failures[0]?.report).toBeUndefined();
  });

  it('denies a certificate that cannot be read, and says why, whoever presents it', async () => {
    const certificate = createCertificateReader({ format: nginx(), trust: () => false });
    const headers = forwardedHeaders('nginx', payments);
    for (const clientId of ['payments', 'native']) {
      expect(await ask(certificate, { form: `client_id=${clientId}`, as: clientId, headers })).toEqual(denied);
    }
    expect(codes()).toEqual([
      ['payments', 'ERR_FORWARDED_UNTRUSTED'],
      ['native', 'ERR_FORWARDED_UNTRUSTED'],
    ]);
  });

  it('without trust anchors, asks whoever ended TLS', async () => {
    const sent = { form: 'client_id=payments', as: 'payments' };
    const options = { trustAnchors: undefined };
    expect(await ask(() => presented(payments, { verification: 'verified' }), sent, options)).toMatchObject({
      authorized: true,
    });
    expect(await ask(() => presented(payments), sent, options)).toEqual(denied);
    expect(codes()).toEqual([['payments', 'ERR_CLIENT_UNVERIFIED']]);
  });

  it('lets a programming error through', async () => {
    const certificate = (): never => {
      throw new TypeError('bug');
    };
    await expect(ask(certificate, {})).rejects.toThrow('bug');
  });

  it('enables what it is told to, by default everything', () => {
    expect(createMutualTlsFeature({ getCertificate: none })).toMatchObject({
      clientAuthMethods: ['tls_client_auth', 'self_signed_tls_client_auth'],
      mTLS: { enabled: true, tlsClientAuth: true, selfSignedTlsClientAuth: true, certificateBoundAccessTokens: true },
    });
    const some = createMutualTlsFeature({
      getCertificate: none,
      methods: ['tls_client_auth'],
      certificateBoundAccessTokens: false,
    });
    expect(some).toMatchObject({
      clientAuthMethods: ['tls_client_auth'],
      mTLS: { enabled: true, tlsClientAuth: true, selfSignedTlsClientAuth: false, certificateBoundAccessTokens: false },
    });
  });

  it.each([
    [{}, /"getCertificate" is required/],
    [{ getCertificate: 'x-client-cert' }, /"getCertificate" must be/],
    [{ getCertificate: none, certificate: none }, /Unknown option "certificate"/],
    [{ getCertificate: none, methods: ['private_key_jwt'] }, /"methods" must be/],
    [{ getCertificate: none, trustAnchors: [] }, /trustAnchors/],
    [{ getCertificate: none, intermediates: [] }, /intermediates/],
    [{ getCertificate: none, trustAnchors: [], pathVerifier: { verify: async () => ({}) } }, /pathVerifier/],
    // not the same as none, which leaves the chain to whoever ends TLS
    [{ getCertificate: none, pathVerifier: null }, /pathVerifier/],
    [{ getCertificate: none, pathVerifier: false }, /pathVerifier/],
    [{ getCertificate: none, pathVerifier: new Map() }, /pathVerifier/],
    [{ getCertificate: none, mtlsOrigin: 'http://mtls.as.example' }, /mtlsOrigin|https/],
    [{ getCertificate: none, mtlsOrigin: 'https://mtls.as.example/tenant' }, /mtlsOrigin|origin/],
  ])('throws a TypeError for %o', (options, message) => {
    const create = (): unknown => createMutualTlsFeature(options as unknown as MutualTlsFeatureOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });
});
