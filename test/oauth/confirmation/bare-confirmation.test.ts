import {
  createConfirmation,
  createGrantConfirmation,
  explainConfirmation,
  verifyConfirmation,
  verifyGrantConfirmation,
  type PresentedCertificate,
} from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

/* What looks like a token that is not bound, because the confirmation is where `cnf` is not looked for. */
let right: PresentedCertificate;
let other: PresentedCertificate;

beforeAll(async () => {
  right = presented(await selfSignedCertificate());
  other = presented(await selfSignedCertificate());
});

const decisions = {
  verifyConfirmation: (token: object, shown: PresentedCertificate | undefined, required: boolean) =>
    verifyConfirmation(token, shown, { required }),
  'verifyConfirmation with experimentalS512': (
    token: object,
    shown: PresentedCertificate | undefined,
    required: boolean,
  ) => verifyConfirmation(token, shown, { required, experimentalS512: true }),
  verifyGrantConfirmation: (token: object, shown: PresentedCertificate | undefined, required: boolean) =>
    verifyGrantConfirmation(token, shown, { required }),
  explainConfirmation: (token: object, shown: PresentedCertificate | undefined) => explainConfirmation(token, shown),
};

describe.each(Object.entries(decisions))('%s', (_name, decide) => {
  it('throws a TypeError for a bare confirmation, whatever the certificate and the policy', () => {
    const confirmation = createConfirmation(right.certificate);
    const publicClient = { token_endpoint_auth_method: 'none', tls_client_certificate_bound_access_tokens: true };
    const bare = [
      confirmation,
      createGrantConfirmation(publicClient, right)!,
      { ...confirmation, active: true, sub: 'a' },
      { ...confirmation, active: false },
      { ...confirmation, cnf: undefined },
      { 'x5t#S256': null },
      { 'x5t#S512': 'A'.repeat(86) },
    ];
    for (const token of bare) {
      for (const shown of [right, other, undefined]) {
        for (const required of [true, false]) expect(() => decide(token, shown, required)).toThrow(TypeError);
      }
    }
  });

  it('throws a TypeError for the claims in something else, whatever the certificate and the policy', () => {
    const claims = { cnf: createConfirmation(right.certificate) };
    const wrapped = [
      Promise.resolve(claims),
      new Map(Object.entries(claims)),
      new URLSearchParams({ cnf: 'x' }),
      Buffer.from(JSON.stringify(claims)),
      [claims],
      // of jose, and of jsonwebtoken and fast-jwt with `complete: true`
      { payload: claims, protectedHeader: { alg: 'ES256' } },
      { payload: claims, header: { alg: 'ES256' }, signature: 'x' },
    ];
    for (const token of wrapped) {
      for (const shown of [right, other, undefined]) {
        for (const required of [true, false]) expect(() => decide(token, shown, required)).toThrow(TypeError);
      }
    }
  });

  it('takes claims of these names for what they are', () => {
    const claims = { payload: 'text', header: { alg: 'x' }, then: 'text', protectedHeader: {} };
    expect(() => decide(claims, right, false)).not.toThrow();
    expect(() => decide({ ...claims, cnf: createConfirmation(right.certificate) }, right, true)).not.toThrow();
  });

  it('decides by cnf where it is there', () => {
    const token = { cnf: createConfirmation(right.certificate), 'x5t#S256': other.certificate.thumbprint };
    expect(() => decide(token, right, true)).not.toThrow();
    expect(() => decide({ sub: 'a', 'x5t#S256': undefined }, right, false)).not.toThrow();
  });
});
