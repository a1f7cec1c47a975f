import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createConfirmation, errorCodes, type MtlsErrorCode, type PresentedCertificate } from 'oauth-mtls';
import { createAccessTokenVerifier, createIntrospector } from 'oauth-mtls/tokens';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IntrospectionServer } from '../tokens/introspection-server.js';
import { frameworks, lambda, type TestApplication, type TestResource } from './frameworks.js';

const issuer = 'https://as.example';
const audience = 'https://api.example';
const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

let certificates: Record<'right' | 'other' | 'none', PresentedCertificate | undefined>;
let verifiers: Record<string, TestResource['verifyToken']>;
let endpoint: IntrospectionServer;
/** The same claims as a JWT and behind the introspection endpoint, by the kind of confirmation. */
const tokens = new Map<string, string>();

const confirmations = {
  x5t: (thumbprint: object) => thumbprint,
  jkt: () => ({ jkt }),
  both: (thumbprint: object) => ({ ...thumbprint, jkt }),
  none: () => undefined,
  malformed: () => ({ 'x5t#S256': 'not a thumbprint' }),
} as const;

type Confirmation = keyof typeof confirmations;
type Verdict = 200 | MtlsErrorCode;

/** What a resource server without DPoP has to decide. A malformed confirmation is never one that is absent. */
function expected(confirmation: Confirmation, certificate: string, required: boolean): Verdict {
  switch (confirmation) {
    case 'malformed':
      return 'ERR_CNF_MALFORMED';
    case 'none':
      return required ? 'ERR_CNF_REQUIRED' : 200;
    case 'jkt':
      return 'ERR_CNF_UNSUPPORTED';
    case 'x5t':
    case 'both':
      if (certificate === 'other') return 'ERR_CNF_MISMATCH';
      if (certificate === 'none') return 'ERR_CNF_CERTIFICATE_MISSING';
      // RFC 9449 §7.2: bound to a key as well, which nobody has checked
      return confirmation === 'both' ? 'ERR_CNF_UNSUPPORTED' : 200;
  }
}

beforeAll(async () => {
  const [right, other] = [presented(await selfSignedCertificate()), presented(await selfSignedCertificate())];
  certificates = { right, other, none: undefined };
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'as', alg: 'ES256' }] };
  endpoint = await IntrospectionServer.start();
  for (const [name, confirm] of Object.entries(confirmations)) {
    const claims = { sub: 'client', scope: 'read write', cnf: confirm(createConfirmation(right.certificate)) };
    const exp = Math.floor(Date.now() / 1000) + 600;
    const jwt = new SignJWT({ ...claims, iss: issuer, aud: audience, exp }).setProtectedHeader({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: 'as',
    });
    tokens.set(`JWT ${name}`, await jwt.sign(privateKey));
    tokens.set(`introspection ${name}`, `opaque-${name}`);
    endpoint.responses.set(`opaque-${name}`, { active: true, ...claims, iss: issuer, aud: audience, exp });
  }
  verifiers = {
    JWT: createAccessTokenVerifier({ keys, issuer, audience }),
    introspection: createIntrospector({ endpoint: endpoint.uri, unsafeAllowHttp: true, issuer, audience }),
  };
});

afterAll(() => endpoint.stop());

describe.each([...Object.entries(frameworks), ['aws-lambda', lambda] as const])('%s', (name, framework) => {
  describe.each(['JWT', 'introspection'])('with a %s', (kind) => {
    describe.each(['any', 'optional'] as const)('and binding: %s', (binding) => {
      let certificate: PresentedCertificate | undefined;
      let refusals: string[] = [];
      let application: TestApplication;

      beforeAll(async () => {
        application = await framework({
          getCertificate: () => certificate,
          verifyToken: verifiers[kind]!,
          binding,
          resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource',
          onRefusal: (error) => refusals.push(error.code),
        });
      });
      afterAll(() => application.close());

      const cases = Object.keys(confirmations).flatMap((confirmation) =>
        ['right', 'other', 'none'].map((sent) => [confirmation, sent] as [Confirmation, 'right' | 'other' | 'none']),
      );

      it.each(cases)('RFC 8705 §3: decides on confirmation %s with certificate %s', async (confirmation, sent) => {
        certificate = certificates[sent];
        refusals = [];
        const token = tokens.get(`${kind} ${confirmation}`)!;
        const answer = await application.call({ headers: [['Authorization', `Bearer ${token}`]] });
        const verdict = expected(confirmation, sent, binding === 'any');
        if (verdict === 200) {
          const thumbprint = confirmation === 'x5t' ? certificate?.certificate.thumbprint : undefined;
          expect(answer).toMatchObject({ status: 200, body: { sub: 'client', ...(thumbprint && { thumbprint }) } });
          expect(refusals).toEqual([]);
          return;
        }
        expect(answer.status).toBe(401);
        expect(refusals).toEqual([verdict]);
        // API Gateway writes the answer itself
        if (name === 'aws-lambda') return;
        const { meaning } = errorCodes[verdict];
        expect(answer.challenge).toBe(
          `Bearer error="invalid_token", error_description="${meaning}", ` +
            'resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
        );
        expect(answer.body).toEqual({ error: 'invalid_token', error_description: meaning });
        expect(answer.type).toMatch(/^application\/json(; ?charset=utf-8)?$/i);
      });
    });
  });
});
