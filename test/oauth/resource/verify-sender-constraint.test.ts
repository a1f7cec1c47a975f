import { createConfirmation } from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';
import { verifySenderConstraint, type RequiredBinding } from '../../../src/oauth/resource/verify-sender-constraint.js';

const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const otherKey = 'A'.repeat(43);
const certificate = await selfSignedCertificate();
const x5t = createConfirmation(certificate.certificate);

function decide(
  cnf: object | undefined,
  scheme: 'Bearer' | 'DPoP',
  binding: RequiredBinding,
  key = jkt,
): Promise<object> {
  const evidence = { presented: presented(certificate), scheme, proveKey: async () => key };
  return verifySenderConstraint({ cnf }, evidence, { binding, experimentalS512: false });
}

describe('verifySenderConstraint', () => {
  it('RFC 9449 §7.1: refuses a token that is bound to another key, or to none, under the DPoP scheme', async () => {
    await expect(decide({ jkt }, 'DPoP', 'any')).resolves.toEqual({ jkt });
    for (const cnf of [{ jkt: otherKey }, undefined, x5t]) {
      await expect(decide(cnf, 'DPoP', 'optional')).rejects.toMatchObject({ code: 'ERR_CNF_DPOP' });
    }
  });

  it('RFC 9449 §7.2: takes no DPoP-bound token for a bearer token, whatever the policy', async () => {
    for (const binding of ['any', 'optional', 'certificate', 'both'] as const) {
      await expect(decide({ ...x5t, jkt }, 'Bearer', binding)).rejects.toMatchObject({ code: 'ERR_CNF_UNSUPPORTED' });
    }
  });

  it('asks for the bindings that the policy names, and checks every one that is there', async () => {
    await expect(decide({ ...x5t, jkt }, 'DPoP', 'both')).resolves.toEqual({ thumbprint: x5t['x5t#S256'], jkt });
    await expect(decide({ jkt }, 'DPoP', 'both')).rejects.toMatchObject({ code: 'ERR_CNF_REQUIRED' });
    await expect(decide(x5t, 'Bearer', 'dpop')).rejects.toMatchObject({ code: 'ERR_CNF_DPOP' });
    await expect(decide(undefined, 'Bearer', 'any')).rejects.toMatchObject({ code: 'ERR_CNF_REQUIRED' });
    await expect(decide(undefined, 'Bearer', 'optional')).resolves.toEqual({});
  });
});
