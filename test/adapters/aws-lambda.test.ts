import { createConfirmation, type PresentedCertificate } from 'oauth-mtls';
import { createAuthorizer, type AuthorizerEvent } from 'oauth-mtls/aws-lambda';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

let certificate: PresentedCertificate;
beforeAll(async () => {
  certificate = presented(await selfSignedCertificate());
});

const event = (change: Partial<AuthorizerEvent> = {}): AuthorizerEvent => ({
  type: 'REQUEST',
  methodArn: 'arn:aws:execute-api:eu-central-1:123456789012:api/prod/GET/x',
  headers: { authorization: 'Bearer x' },
  ...change,
});
const bound = () => ({ sub: 'client', cnf: createConfirmation(certificate.certificate) });
const options = () => ({ getCertificate: () => certificate, verifyToken: async () => bound() });

describe('createAuthorizer', () => {
  it('allows the one method that was called', async () => {
    expect(await createAuthorizer(options())(event())).toEqual({
      principalId: 'client',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event().methodArn }],
      },
      context: { sub: 'client', thumbprint: certificate.certificate.thumbprint },
    });
  });

  it('reads HTTP APIs with payload version 2.0, and answers simply where it is told to', async () => {
    const { methodArn: _, ...rest } = event();
    const v2 = {
      ...rest,
      routeArn: 'arn:aws:execute-api:eu-central-1:123456789012:api/$default/GET/x',
      rawQueryString: '',
    };
    const simple = createAuthorizer({ ...options(), simpleResponses: true, scopes: [] });
    expect(await simple(v2)).toMatchObject({ isAuthorized: true, context: { sub: 'client' } });
    expect((await createAuthorizer(options())(v2)).policyDocument.Statement[0]?.Resource).toBe(v2.routeArn);
    const scoped = createAuthorizer({ ...options(), simpleResponses: true, scopes: ['admin'] });
    expect(await scoped(v2)).toMatchObject({ isAuthorized: false, context: { error: 'insufficient_scope' } });
    await expect(simple({ ...v2, rawQueryString: 'access_token=x' })).rejects.toThrow('Unauthorized');
  });

  it('sees every line of a header, in whatever case it came', async () => {
    const authorize = createAuthorizer(options());
    for (const multiValueHeaders of [
      { AUTHORIZATION: ['Bearer x', 'Bearer y'] },
      { Authorization: ['Bearer x'], authorization: ['Bearer y'] },
    ]) {
      await expect(authorize(event({ multiValueHeaders }))).rejects.toThrow('Unauthorized');
    }
    expect(await authorize(event({ multiValueHeaders: { AuthoriZation: ['Bearer x'] } }))).toMatchObject({
      principalId: 'client',
    });
    await expect(authorize(event({ headers: null }))).rejects.toThrow('Unauthorized');
  });

  it('hands on the claims that API Gateway takes, and no claim in the place of what was checked', async () => {
    const claims = {
      sub: 5,
      client_id: 'c',
      n: 1,
      b: true,
      list: ['x'],
      none: null,
      thumbprint: 'forged',
      jkt: 'forged',
      principalId: 'forged',
    };
    const authorize = createAuthorizer({ ...options(), verifyToken: async () => claims, binding: 'optional' });
    expect(await authorize(event())).toMatchObject({
      principalId: 'c',
      context: { sub: 5, client_id: 'c', n: 1, b: true },
    });
    const { context } = await authorize(event());
    expect(Object.keys(context).sort()).toEqual(['b', 'client_id', 'n', 'sub']);
  });

  it.each([
    { methodArn: ['arn'] },
    { rawQueryString: [null] },
    { queryStringParameters: { a: {} } },
    { multiValueHeaders: { authorization: [1] } },
  ])('throws a TypeError that names the fault for an event with other types: %o', async (wrong) => {
    const authorize = createAuthorizer({ ...options(), binding: 'optional' });
    const malformed = { ...event(), ...wrong } as unknown as ReturnType<typeof event>;
    await expect(authorize(malformed)).rejects.toThrow(/must be/);
  });

  it('throws a TypeError for a TOKEN authorizer, which never gets a certificate', async () => {
    const authorize = createAuthorizer({ ...options(), binding: 'optional' });
    await expect(authorize(event({ type: 'TOKEN' }))).rejects.toThrow(TypeError);
    const { methodArn: _, ...rest } = event();
    await expect(authorize(rest)).rejects.toThrow(TypeError);
  });
});
