import { createConfirmation, explainRenewal } from 'oauth-mtls';
import { presented, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

let former: TestCertificate;
let current: TestCertificate;
let stranger: TestCertificate;

beforeAll(async () => {
  [former, current, stranger] = (await Promise.all([1, 2, 3].map(() => selfSignedCertificate()))) as [
    TestCertificate,
    TestCertificate,
    TestCertificate,
  ];
});

describe('explainRenewal', () => {
  it('RFC 8705 §6.3: knows a token that is bound to the certificate before', () => {
    const seen = [current, former].map(({ certificate }) => certificate.thumbprint);
    const claims = { cnf: createConfirmation(former.certificate) };
    expect(explainRenewal(claims, presented(current), seen)).toEqual({
      renewed: true,
      bound: former.certificate.thumbprint,
      presented: current.certificate.thumbprint,
    });
    expect(explainRenewal(claims, presented(former), seen)).toEqual({ renewed: false });
  });

  it('takes nothing else for a renewal', () => {
    const seen = new Set([former.certificate.thumbprint]);
    for (const claims of [
      { cnf: createConfirmation(stranger.certificate) },
      {},
      { active: false },
      { cnf: { 'x5t#S256': 'x' } },
    ]) {
      expect(explainRenewal(claims, presented(current), seen)).toEqual({ renewed: false });
    }
    expect(explainRenewal({ cnf: createConfirmation(former.certificate) }, undefined, seen)).toEqual({
      renewed: false,
    });
  });
});
