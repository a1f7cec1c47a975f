import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createMutualTlsFeature } from 'oauth-mtls/oidc-provider';
import {
  createCertificateAuthority,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { documentedLog } from '../documented-log.js';

/*
 * What docs/troubleshooting.md prints: `vitest run -c vitest.interop.config.ts test/interop/troubleshooting.test.ts -u`
 * writes it anew.
 */
const document = fromRoot('docs/troubleshooting.md');

const lines: string[] = [];
const transcript: string[] = [];
let text = readFileSync(document, 'utf8');
let server: Server;
let origin: string;
let serverAuthority: TestAuthority;
let root: TestAuthority;
let authority: TestAuthority;
let payments: TestCertificate;
let reports: TestCertificate;

const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] } as const;
const pki = (members: object) => ({ ...machine, token_endpoint_auth_method: 'tls_client_auth', ...members });
const selfSigned = (...keys: object[]) => ({
  ...machine,
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  jwks: { keys },
});

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  const { onFailure, onRegistrationFinding, onRegistrationError } = await documentedLog();
  serverAuthority = await createCertificateAuthority({ subject: 'CN=Server CA' });
  root = await createCertificateAuthority({ subject: 'CN=Client Root' });
  authority = await root.issueAuthority({ subject: 'CN=Client CA' });
  payments = await authority.issue({ subject: 'CN=payments,O=Acme,C=US' });
  reports = await selfSignedCertificate({ subject: 'CN=reports' });
  const expired = await expiredCertificate();
  const { privateKeyPem: key, chainPem: cert } = await serverAuthority.issue({
    subject: 'CN=localhost',
    san: { dns: 'localhost' },
    extendedKeyUsage: ['serverAuth'],
  });
  server = createServer(mutualTlsOptions({ key, cert, ca: root.pem })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const { mTLS, clientAuthMethods, clientMetadata, middleware } = createMutualTlsFeature({
    getCertificate: presentedCertificate,
    onFailure,
    onRegistrationFinding,
  });
  const provider = new Provider(origin, {
    ...clientMetadata,
    clients: [
      { client_id: 'payments', ...pki({ tls_client_auth_subject_dn: 'CN=payments,O=Acme,C=US' }) },
      { client_id: 'pasted', ...pki({ tls_client_auth_subject_dn: 'C = US, O = Acme, CN = payments' }) },
      // stored before registrations were checked
      { client_id: 'stored', ...pki({ tls_client_auth_subject_dn: '/C=US/O=Acme/CN=payments' }) },
      { client_id: 'by-name', ...pki({ tls_client_auth_san_dns: 'payments.example' }) },
      { client_id: 'reports', ...selfSigned(reports.jwk) },
      { client_id: 'expired', ...selfSigned(expired.jwk) },
    ] as unknown as ClientMetadata[],
    clientAuthMethods: [...clientAuthMethods, 'none'],
    features: {
      mTLS,
      clientCredentials: { enabled: true },
      registration: { enabled: true },
      devInteractions: { enabled: false },
    },
  });
  provider.use(middleware(provider));
  provider.on('registration_create.error', onRegistrationError);
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  lines.length = 0;
});

afterAll(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

let expiredClient: TestCertificate | undefined;
async function expiredCertificate(): Promise<TestCertificate> {
  const dates = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') };
  return (expiredClient ??= await selfSignedCertificate({ subject: 'CN=expired', ...dates }));
}

/** Sends a request, and returns its status. What is logged for it goes to the transcript. */
async function send(
  what: string,
  path: string,
  init: { readonly body: string; readonly type: string },
  client?: TestCertificate,
  sent = client?.chainPem,
): Promise<number> {
  lines.length = 0;
  const credentials = client && { key: client.privateKeyPem, cert: sent! };
  const dispatcher = new Agent({ connect: { ca: serverAuthority.pem, ...credentials } });
  const headers = { 'content-type': init.type };
  const response = await fetch(`${origin}${path}`, { method: 'POST', body: init.body, headers, dispatcher });
  await response.text();
  await dispatcher.close();
  transcript.push(`# ${what}`, ...lines, '');
  expect(lines, what).toHaveLength(1);
  expect(lines.join(), what).not.toMatch(/undefined|BEGIN|MII/);
  return response.status;
}

/** Puts the transcript into the first block of text under a heading. */
function insert(text: string, heading: string): string {
  const start = text.indexOf('```text\n', text.indexOf(`\n## ${heading}\n`)) + '```text\n'.length;
  const printed = transcript.join('\n');
  transcript.length = 0;
  return `${text.slice(0, start)}${printed}${text.slice(text.indexOf('```', start))}`;
}

describe('docs/troubleshooting.md', () => {
  it('has what the log says of ten wrong registrations', async () => {
    const other = await selfSignedCertificate();
    const rows: readonly (readonly [what: string, metadata: object, status?: number])[] = [
      ['a DN with slashes', pki({ tls_client_auth_subject_dn: '/C=US/O=Acme/CN=payments' })],
      [
        'the output of openssl with its label',
        pki({ tls_client_auth_subject_dn: 'subject=C = US, O = "Acme", CN = payments' }),
      ],
      ['a DN in quotes', pki({ tls_client_auth_subject_dn: 'CN="payments",O=Acme,C=US' })],
      ['an address as DNS name', pki({ tls_client_auth_san_dns: '192.0.2.1' })],
      ['an address with a port', pki({ tls_client_auth_san_ip: '192.0.2.1:443' })],
      ['two subjects', pki({ tls_client_auth_san_dns: 'a.example', tls_client_auth_san_ip: '192.0.2.1' })],
      ['x5c of another key', selfSigned({ ...reports.jwk, x5c: other.jwk.x5c })],
      ['PEM in x5c', selfSigned({ ...reports.jwk, x5c: [reports.pem] })],
      [
        'a private jwks_uri',
        { ...machine, token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: 'https://10.0.0.1/jwks' },
      ],
      [
        'a member of a draft',
        pki({ tls_client_auth_subject_dn: 'CN=payments', tls_client_auth_issuer_dn: 'CN=Client CA' }),
        201,
      ],
    ];
    for (const [what, metadata, status = 400] of rows) {
      const init = { body: JSON.stringify(metadata), type: 'application/json' };
      expect(await send(what, '/reg', init), what).toBe(status);
    }
    text = insert(text, 'Wrong registrations');
  });

  it('has what the log says of eleven wrong certificates', async () => {
    const stranger = await createCertificateAuthority({ subject: 'CN=Stranger CA' });
    const subject = 'CN=payments,O=Acme,C=US';
    const renewed = await selfSignedCertificate({ subject: 'CN=reports', keyPair: reports.keyPair });
    const rows: readonly (readonly [what: string, clientId: string, client?: TestCertificate, sent?: string])[] = [
      ['no certificate', 'payments'],
      ['for servers only', 'payments', await authority.issue({ subject, extendedKeyUsage: ['serverAuth'] })],
      ['of an unknown authority', 'payments', await stranger.issue({ subject })],
      ['without the intermediate certificate', 'payments', payments, payments.pem],
      ['self-signed', 'payments', await selfSignedCertificate({ subject })],
      ['another subject', 'payments', await authority.issue({ subject: 'CN=payouts,O=Acme,C=US' })],
      ['the registered DN in reverse order', 'pasted', payments],
      ['a registered DN with slashes', 'stored', payments],
      ['without the registered DNS name', 'by-name', payments],
      ['the same key renewed', 'reports', renewed],
      ['a registered one that has expired', 'expired', await expiredCertificate()],
    ];
    for (const [what, clientId, client, sent] of rows) {
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId }).toString();
      const type = 'application/x-www-form-urlencoded';
      expect(await send(what, '/token', { body, type }, client, sent), what).toBe(401);
    }
    text = insert(text, 'Wrong certificates');
  });

  it('is up to date', async () => {
    await expect(text).toMatchFileSnapshot(document);
  });
});
