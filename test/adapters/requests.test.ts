import { createConfirmation, MtlsError, type PresentedCertificate } from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  frameworks,
  lambda,
  type TestAnswer,
  type TestApplication,
  type TestCall,
  type TestResource,
} from './frameworks.js';

const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const otherJkt = `1${jkt.slice(1)}`;
const proof = 'eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.c2ln';

let right: PresentedCertificate;
let claims: Record<string, object>;
let application: TestApplication | undefined;

beforeAll(async () => {
  right = presented(await selfSignedCertificate());
  const cnf = createConfirmation(right.certificate);
  claims = {
    bound: { sub: 'client', scope: 'read write', cnf },
    unbound: { sub: 'client', scope: 'read write' },
    dpop: { sub: 'client', scope: 'read', cnf: { jkt } },
    both: { sub: 'client', scope: 'read', cnf: { ...cnf, jkt } },
    'no-scope': { sub: 'client', cnf },
    'odd-scope': { sub: 'client', cnf, scope: ['read'] },
    'bad-jkt': { sub: 'client', cnf: { jkt: 'x' } },
  };
});

afterEach(async () => {
  await application?.close();
  application = undefined;
});

/** A verifier that knows tokens by name. */
const token = async (name: string): Promise<object> => {
  if (!Object.hasOwn(claims, name)) throw new MtlsError('ERR_TOKEN_INVALID');
  return claims[name]!;
};

const bearer = (name: string) => ['Authorization', `Bearer ${name}`] as const;
const dpop = (name: string, sent = proof) => [['Authorization', `DPoP ${name}`] as const, ['DPoP', sent] as const];

describe.each([...Object.entries(frameworks), ['aws-lambda', lambda] as const])('%s', (name, framework) => {
  const isLambda = name === 'aws-lambda';

  async function call(request: TestCall, resource: Partial<TestResource> = {}): Promise<TestAnswer> {
    application = await framework({ getCertificate: () => right, verifyToken: token, ...resource });
    return application.call(request);
  }

  /** API Gateway writes the answer itself, and knows 401, 403 and 500 only. */
  function expectAnswer(
    answer: TestAnswer,
    status: number,
    challenge: string | RegExp | undefined,
    body?: object,
  ): void {
    const gateway = status === 403 || status < 400 ? status : status >= 500 ? 500 : 401;
    expect(answer.status).toBe(isLambda ? gateway : status);
    if (isLambda) return;
    if (challenge instanceof RegExp) expect(answer.challenge).toMatch(challenge);
    else expect(answer.challenge).toBe(challenge);
    if (body === undefined) expect(answer.body).toBeUndefined();
    else expect(answer.body).toMatchObject(body);
  }

  describe('RFC 6750 §2: takes one token in one place', () => {
    it.each([
      ['as it is', [bearer('bound')]],
      ['with the scheme in another case', [['authorization', 'bEARER bound'] as const]],
      ['with several spaces', [['Authorization', 'Bearer   bound'] as const]],
    ])('%s', async (_how, headers) => {
      const answer = await call({ headers });
      expect(answer).toMatchObject({ status: 200, body: { sub: 'client', thumbprint: right.certificate.thumbprint } });
    });

    it.each([
      ['nothing', []],
      ['another scheme', [['Authorization', 'Basic Y2xpZW50OnNlY3JldA=='] as const]],
      ['the scheme DPoP, which is not accepted here', dpop('bound')],
      ['an empty header', [['Authorization', ''] as const]],
      ['a token in another header', [['X-Access-Token', 'bound'] as const]],
    ])('RFC 6750 §3.1: a request with %s is challenged without an error', async (_what, headers) => {
      expectAnswer(await call({ headers }), 401, 'Bearer realm="oauth"');
    });

    it('RFC 6750 §3.1: a token in the query is no authentication', async () => {
      expectAnswer(await call({ path: '/resource?access_token=bound' }), 401, 'Bearer realm="oauth"');
    });

    it.each<[string, TestCall]>([
      ['no token after the scheme', { headers: [['Authorization', 'Bearer'] as const] }],
      ['a token with a space', { headers: [bearer('bo und')] }],
      ['a token with a comma', { headers: [bearer('bound,bound')] }],
      ['a token in quotes', { headers: [bearer('"bound"')] }],
      ['two headers', { headers: [bearer('bound'), bearer('bound')] }],
      ['two headers of different tokens', { headers: [bearer('unbound'), ['authorization', 'Bearer bound']] }],
      ['another token in the query', { headers: [bearer('bound')], path: '/resource?a=1&access_token=unbound' }],
      ['another token in the query, escaped', { headers: [bearer('bound')], path: '/resource?%61ccess_token' }],
    ])('RFC 6750 §3.1: refuses %s with invalid_request', async (_what, request) => {
      const answer = await call(request, { binding: 'optional' });
      expectAnswer(answer, 400, /^Bearer error="invalid_request", error_description="[^"]+"$/, {
        error: 'invalid_request',
      });
    });
  });

  describe('scopes', () => {
    it('RFC 6750 §3.1: refuses a token without one of them, and says which are needed', async () => {
      for (const each of ['no-scope', 'odd-scope']) {
        const answer = await call({ headers: [bearer(each)] }, { scopes: ['read', 'write'] });
        expectAnswer(
          answer,
          403,
          /^Bearer error="insufficient_scope", error_description="[^"]+", scope="read write"$/,
          {
            error: 'insufficient_scope',
          },
        );
        await application?.close();
      }
    });

    it('accepts a token with all of them', async () => {
      expect((await call({ headers: [bearer('bound')] }, { scopes: ['write', 'read'] })).status).toBe(200);
    });

    it('does not tell a stranger about scopes before the token is accepted', async () => {
      const answer = await call({ headers: [bearer('bound')] }, { scopes: ['admin'], getCertificate: () => undefined });
      expectAnswer(answer, 401, /error="invalid_token"/, { error: 'invalid_token' });
    });
  });

  describe('DPoP and mutual TLS', () => {
    const verify = ({ proof: sent }: { proof: string }) => (sent === proof ? jkt : undefined);
    const options = { verify, algorithms: ['ES256'] };
    const refused = { error: 'invalid_token' };

    it.each<[NonNullable<TestResource['binding']>, Record<string, number>]>([
      ['any', { bound: 200, dpop: 200, both: 200, unbound: 401 }],
      ['optional', { bound: 200, dpop: 200, both: 200, unbound: 200 }],
      ['certificate', { bound: 200, dpop: 401, both: 200, unbound: 401 }],
      ['dpop', { bound: 401, dpop: 200, both: 200, unbound: 401 }],
      ['both', { bound: 401, dpop: 401, both: 200, unbound: 401 }],
    ])('with binding: %s it accepts %o', async (binding, statuses) => {
      for (const [each, status] of Object.entries(statuses)) {
        const headers = each === 'dpop' || each === 'both' ? dpop(each) : [bearer(each)];
        expect([each, (await call({ headers }, { binding, dpop: options })).status]).toEqual([each, status]);
        await application?.close();
      }
    });

    it.each(['dpop', 'both'])('RFC 9449 §7.2: refuses the DPoP-bound token %s as a bearer token', async (each) => {
      const answer = await call({ headers: [bearer(each), ['DPoP', proof]] }, { binding: 'optional', dpop: options });
      expectAnswer(answer, 401, /^Bearer error="invalid_token", .*, DPoP algs="ES256"$/, refused);
    });

    it.each(['bound', 'unbound'])(
      'RFC 9449 §7.1: refuses the token %s, which has no key, with the scheme DPoP',
      async (each) => {
        const answer = await call({ headers: dpop(each) }, { binding: 'optional', dpop: options });
        expectAnswer(answer, 401, /^Bearer realm="oauth", DPoP error="invalid_token", /, refused);
      },
    );

    it('RFC 9449 §7.1: refuses the key of another proof', async () => {
      const answer = await call({ headers: dpop('dpop') }, { dpop: { verify: () => otherJkt } });
      expectAnswer(answer, 401, /DPoP error="invalid_token"/, refused);
    });

    it('refuses a token that is bound to both without the certificate', async () => {
      const answer = await call(
        { headers: dpop('both') },
        { dpop: options, getCertificate: () => undefined, binding: 'dpop' },
      );
      expectAnswer(answer, 401, /^DPoP error="invalid_token"/, refused);
    });

    it.each([
      ['missing', [['Authorization', 'DPoP dpop'] as const]],
      ['sent twice', [...dpop('dpop'), ['DPoP', proof] as const]],
      ['no JWT', dpop('dpop', 'abc')],
      ['not valid', dpop('dpop', 'YWJj.e30.c2ln')],
    ])('RFC 9449 §7.1: refuses a proof that is %s', async (_what, headers) => {
      const answer = await call({ headers }, { dpop: options });
      expectAnswer(answer, 401, /DPoP error="invalid_dpop_proof"/, { error: 'invalid_dpop_proof' });
    });

    it('refuses a malformed jkt', async () => {
      expectAnswer(
        await call({ headers: dpop('bad-jkt') }, { dpop: options }),
        401,
        /DPoP error="invalid_token"/,
        refused,
      );
    });

    it('challenges for both schemes', async () => {
      expectAnswer(await call({}, { dpop: options }), 401, 'Bearer realm="oauth", DPoP algs="ES256"');
    });

    it('asks for the one scheme that can be used', async () => {
      expectAnswer(
        await call({ headers: [bearer('bound')] }, { dpop: options, binding: 'both' }),
        401,
        'DPoP algs="ES256"',
      );
    });
  });

  describe('what goes wrong', () => {
    it.each([null, undefined])('takes %s from the certificate source as absence', async (none) => {
      const answer = await call({ headers: [bearer('bound')] }, { getCertificate: () => none });
      expectAnswer(answer, 401, /^Bearer error="invalid_token"/, { error: 'invalid_token' });
    });

    it('waits for an asynchronous certificate source', async () => {
      expect((await call({ headers: [bearer('bound')] }, { getCertificate: async () => right })).status).toBe(200);
      await application?.close();
      const answer = await call({ headers: [bearer('bound')] }, { getCertificate: async () => undefined });
      expectAnswer(answer, 401, /error="invalid_token"/, { error: 'invalid_token' });
    });

    it('refuses with invalid_request what a proxy header reader refuses', async () => {
      const certificate = () => {
        throw new MtlsError('ERR_FORWARDED_UNTRUSTED');
      };
      const answer = await call({ headers: [bearer('bound')] }, { getCertificate: certificate, binding: 'optional' });
      expectAnswer(answer, 400, /^Bearer error="invalid_request"/, { error: 'invalid_request' });
    });

    it('answers 503 where the token cannot be verified now', async () => {
      const down = async () => {
        throw new MtlsError('ERR_TOKEN_UNAVAILABLE');
      };
      expectAnswer(await call({ headers: [bearer('bound')] }, { verifyToken: down }), 503, undefined, {
        error: 'temporarily_unavailable',
      });
    });

    const broken = () => {
      throw new TypeError('a mistake in the application');
    };
    it.each<[string, Partial<TestResource>, string]>([
      ['the certificate source throws', { getCertificate: broken, binding: 'optional' }, 'bound'],
      ['the verifier throws', { verifyToken: broken }, 'bound'],
      [
        'the verifier rejects with something that is no error',
        { verifyToken: () => Promise.reject(new Error('x')) },
        'bound',
      ],
      [
        'the verifier resolves to nothing',
        { verifyToken: async () => undefined as never, binding: 'optional' },
        'bound',
      ],
      ['the verifier resolves to true', { verifyToken: async () => true as never, binding: 'optional' }, 'bound'],
      ['the certificate was not presented', { getCertificate: () => ({ ...right }), binding: 'optional' }, 'bound'],
      ['the certificate is a boolean', { getCertificate: () => true as never, binding: 'optional' }, 'unbound'],
    ])('never accepts, but answers 500, when %s', async (_what, resource, each) => {
      const answer = await call({ headers: [bearer(each)] }, resource);
      expect(answer.status).toBe(500);
    });

    it('never accepts, but answers 500, when the proof verifier throws or answers something else', async () => {
      for (const verify of [broken, () => true as never, async () => ({ jkt }) as never]) {
        const answer = await call({ headers: dpop('dpop') }, { dpop: { verify } });
        expect([401, 500]).toContain(answer.status);
        await application?.close();
      }
    });

    it('tells the refusal without the token', async () => {
      const refusals: MtlsError[] = [];
      await call({ headers: [bearer('unbound')] }, { onRefusal: (error) => refusals.push(error) });
      expect(refusals.map(({ code }) => code)).toEqual(['ERR_CNF_REQUIRED']);
      expect(JSON.stringify(refusals.map(({ message, detail, stack }) => [message, detail, stack]))).not.toContain(
        'Bearer',
      );
    });
  });
});
