import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  authenticateClient,
  createConfirmation,
  createResourceGuard,
  verifyConfirmation,
  type AuthenticationMessage,
  type ConfirmationMessage,
} from 'oauth-mtls';
import { presented, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let client: TestCertificate;
let messages: unknown[];
const listen = (message: unknown) => void messages.push(message);
const CHANNELS = ['oauth-mtls:authentication', 'oauth-mtls:confirmation'];

beforeAll(async () => {
  client = await selfSignedCertificate();
});
beforeEach(() => {
  messages = [];
  for (const channel of CHANNELS) subscribe(channel, listen);
});
afterEach(() => {
  for (const channel of CHANNELS) unsubscribe(channel, listen);
});

describe('oauth-mtls:authentication', () => {
  const registration = () => ({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [{ ...client.jwk, x5c: [Buffer.from(client.certificate.der).toString('base64')] }] },
  });

  it('has one message for each decision', async () => {
    await authenticateClient(presented(client, { source: 'nginx' }), registration());
    await authenticateClient(undefined, registration()).catch(() => undefined);
    await authenticateClient(presented(client), { token_endpoint_auth_method: 'none' }).catch(() => undefined);
    await authenticateClient(presented(client), { ...registration(), jwks: { keys: [] } }).catch(() => undefined);
    const { thumbprint } = client.certificate;
    const method = 'self_signed_tls_client_auth' as const;
    expect(messages).toEqual<AuthenticationMessage[]>([
      { outcome: 'authenticated', method, code: undefined, reason: undefined, thumbprint, source: 'nginx' },
      {
        outcome: 'refused',
        method,
        code: 'ERR_CLIENT_CERTIFICATE_MISSING',
        reason: undefined,
        thumbprint: undefined,
        source: undefined,
      },
      {
        outcome: 'refused',
        method: undefined,
        code: 'ERR_CLIENT_METHOD',
        reason: undefined,
        thumbprint,
        source: 'testing',
      },
      {
        outcome: 'refused',
        method: undefined,
        code: 'ERR_CLIENT_METADATA',
        reason: 'no-certificate',
        thumbprint,
        source: 'testing',
      },
    ]);
    expect(messages.every((message) => Object.isFrozen(message))).toBe(true);
  });

  it('has none for misuse', async () => {
    await expect(authenticateClient({} as never, registration())).rejects.toThrow(TypeError);
    expect(messages).toEqual([]);
  });
});

describe('oauth-mtls:confirmation', () => {
  it('has one message for each decision of verifyConfirmation', () => {
    const { thumbprint } = client.certificate;
    verifyConfirmation({ cnf: createConfirmation(client.certificate) }, presented(client));
    expect(() => verifyConfirmation({}, presented(client))).toThrow();
    expect(messages).toEqual<ConfirmationMessage[]>([
      { outcome: 'accepted', code: undefined, reason: undefined, thumbprint, source: 'testing' },
      { outcome: 'refused', code: 'ERR_CNF_REQUIRED', reason: undefined, thumbprint, source: 'testing' },
    ]);
  });

  it('has one message for each request to a resource', async () => {
    const guard = createResourceGuard(
      { getCertificate: () => presented(client), verifyToken: (token) => JSON.parse(atob(token)) as object },
      (request: { token: object }) => ({
        authorization: [`Bearer ${btoa(JSON.stringify(request.token))}`],
        dpop: [],
        query: '',
      }),
    )();
    await guard.authorize({ token: { cnf: createConfirmation(client.certificate) } });
    await guard.authorize({ token: {} }).catch(() => undefined);
    expect(messages).toMatchObject([{ outcome: 'accepted' }, { outcome: 'refused', code: 'ERR_CNF_REQUIRED' }]);
  });
});
