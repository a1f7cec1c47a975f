import { createPathVerifier, type PolicyInputs } from 'oauth-mtls/pki';
import { createCertificateAuthority, type TestAuthority, type TestExtension } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';
import { fromHex, oid, sequence } from '../../../src/testing/der-writer.js';
import { certificatePolicies, inhibitAnyPolicy, policyConstraints, policyMappings } from '../constraints.js';

const ANY = '2.5.29.32.0';
const GOLD = '1.3.6.1.4.1.55738.2.1';
const SILVER = '1.3.6.1.4.1.55738.2.2';
const BRONZE = '1.3.6.1.4.1.55738.2.3';

interface Level {
  readonly extensions: readonly TestExtension[];
  /** Same name as the authority above. */
  readonly selfIssued?: boolean;
}

const level = (...extensions: TestExtension[]): Level => ({ extensions });
const selfIssued = (...extensions: TestExtension[]): Level => ({ extensions, selfIssued: true });

/** The policies for which a path is valid: authorities below the anchor, then the target. */
async function policiesOf(levels: readonly Level[], inputs?: PolicyInputs): Promise<readonly string[]> {
  const anchor = await createCertificateAuthority({ subject: 'CN=Level' });
  let issuer: TestAuthority = anchor;
  let subject = 'CN=Level';
  const intermediates: string[] = [];
  for (const [at, { extensions, selfIssued }] of levels.slice(0, -1).entries()) {
    if (selfIssued !== true) subject = `CN=Level ${at}`;
    issuer = await issuer.issueAuthority({ subject, extensions });
    intermediates.push(issuer.pem);
  }
  const leaf = await issuer.issue({ extensions: levels.at(-1)!.extensions });
  const paths = createPathVerifier({ trustAnchors: [anchor.pem], ...(inputs && { policies: inputs }) });
  return (await paths.verify(leaf.pem, intermediates)).policies;
}

const refused = expect.objectContaining({ name: 'MtlsError', code: 'ERR_PATH_POLICY' });
const explicit: PolicyInputs = { requireExplicitPolicy: true };

describe('certificate policies', () => {
  it.each<[string, Level[], PolicyInputs | undefined, string[] | undefined]>([
    ['none at all', [level(), level()], undefined, []],
    ['none at all, one required', [level(), level()], explicit, undefined],
    ['the same all the way', [level(certificatePolicies(GOLD)), level(certificatePolicies(GOLD))], explicit, [GOLD]],
    ['missing in an authority', [level(), level(certificatePolicies(GOLD))], explicit, undefined],
    ['missing in the target', [level(certificatePolicies(GOLD)), level()], explicit, undefined],
    ['different ones', [level(certificatePolicies(GOLD)), level(certificatePolicies(SILVER))], explicit, undefined],
    [
      'different ones, none required',
      [level(certificatePolicies(GOLD)), level(certificatePolicies(SILVER))],
      undefined,
      [],
    ],
    [
      'one in common',
      [level(certificatePolicies(GOLD, SILVER)), level(certificatePolicies(SILVER, BRONZE))],
      explicit,
      [SILVER],
    ],
    [
      'anyPolicy in an authority',
      [level(certificatePolicies(ANY)), level(certificatePolicies(GOLD))],
      explicit,
      [GOLD],
    ],
    ['anyPolicy in the target', [level(certificatePolicies(GOLD)), level(certificatePolicies(ANY))], explicit, [GOLD]],
    ['anyPolicy all the way', [level(certificatePolicies(ANY)), level(certificatePolicies(ANY))], explicit, [ANY]],
    [
      'one that is acceptable',
      [level(certificatePolicies(GOLD, SILVER)), level(certificatePolicies(GOLD, SILVER))],
      { ...explicit, initialPolicies: [SILVER, BRONZE] },
      [SILVER],
    ],
    [
      'none that is acceptable',
      [level(certificatePolicies(GOLD)), level(certificatePolicies(GOLD))],
      { ...explicit, initialPolicies: [BRONZE] },
      undefined,
    ],
    [
      'none that is acceptable, none required',
      [level(certificatePolicies(GOLD)), level(certificatePolicies(GOLD))],
      { initialPolicies: [BRONZE] },
      [],
    ],
    [
      'anyPolicy stands for what is acceptable',
      [level(certificatePolicies(ANY)), level(certificatePolicies(ANY))],
      { ...explicit, initialPolicies: [BRONZE] },
      [BRONZE],
    ],
    [
      'anyPolicy among what is acceptable',
      [level(certificatePolicies(GOLD)), level(certificatePolicies(GOLD))],
      { ...explicit, initialPolicies: [ANY] },
      [GOLD],
    ],
  ])('%s', async (_what, levels, inputs, policies) => {
    const result = policiesOf(levels, inputs);
    await (policies === undefined
      ? expect(result).rejects.toEqual(refused)
      : expect(result).resolves.toEqual(policies));
  });
});

describe('RFC 5280 §4.2.1.11: policyConstraints', () => {
  const without = level();
  it.each<[string, Level[], boolean]>([
    ['requireExplicitPolicy 0 in an authority', [level(policyConstraints({ explicit: 0 })), without], false],
    ['requireExplicitPolicy 0 in the target', [without, level(policyConstraints({ explicit: 0 }))], false],
    ['requireExplicitPolicy 1, one certificate below', [level(policyConstraints({ explicit: 1 })), without], false],
    ['requireExplicitPolicy 2, one certificate below', [level(policyConstraints({ explicit: 2 })), without], true],
    ['requireExplicitPolicy 1 in the target', [without, level(policyConstraints({ explicit: 1 }))], true],
    [
      'a later, larger one changes nothing',
      [level(policyConstraints({ explicit: 1 })), level(policyConstraints({ explicit: 9 })), without],
      false,
    ],
    [
      'self-issued certificates are not counted',
      [level(policyConstraints({ explicit: 2 })), selfIssued(), without],
      true,
    ],
    ['the others are', [level(policyConstraints({ explicit: 2 })), level(), without], false],
  ])('%s', async (_what, levels, valid) => {
    const result = policiesOf(levels);
    await (valid ? expect(result).resolves.toEqual([]) : expect(result).rejects.toEqual(refused));
  });
});

describe('RFC 5280 §4.2.1.14: inhibitAnyPolicy', () => {
  const any = certificatePolicies(ANY);
  const gold = certificatePolicies(GOLD);
  it.each<[string, Level[], PolicyInputs, string[] | undefined]>([
    ['from the start', [level(any), level(gold)], { ...explicit, inhibitAnyPolicy: true }, undefined],
    ['0: nor in the one after that', [level(gold, inhibitAnyPolicy(0)), level(gold), level(any)], explicit, undefined],
    ['anyPolicy next to a policy', [level(gold), level(certificatePolicies(GOLD, ANY))], explicit, [GOLD]],
    ['0: not in the next certificate', [level(gold, inhibitAnyPolicy(0)), level(any)], explicit, undefined],
    ['1: in the next certificate still', [level(gold, inhibitAnyPolicy(1)), level(any)], explicit, [GOLD]],
    ['1: not in the one after that', [level(gold, inhibitAnyPolicy(1)), level(any), level(any)], explicit, undefined],
    [
      'a self-issued authority may use it',
      [level(gold, inhibitAnyPolicy(0)), selfIssued(any), level(gold)],
      explicit,
      [GOLD],
    ],
  ])('%s', async (_what, levels, inputs, policies) => {
    const result = policiesOf(levels, inputs);
    await (policies === undefined
      ? expect(result).rejects.toEqual(refused)
      : expect(result).resolves.toEqual(policies));
  });
});

describe('RFC 5280 §4.2.1.5: policyMappings', () => {
  const gold = certificatePolicies(GOLD);
  const silver = certificatePolicies(SILVER);
  const goldToSilver = policyMappings([GOLD, SILVER]);
  it.each<[string, Level[], PolicyInputs, string[] | undefined]>([
    ['a policy may go on under another name', [level(gold, goldToSilver), level(silver)], explicit, [GOLD]],
    ['but not under its own', [level(gold, goldToSilver), level(gold)], explicit, undefined],
    [
      'to two policies',
      [level(gold, policyMappings([GOLD, SILVER], [GOLD, BRONZE])), level(certificatePolicies(BRONZE))],
      explicit,
      [GOLD],
    ],
    [
      'of two policies to one',
      [level(certificatePolicies(GOLD, BRONZE), policyMappings([GOLD, SILVER], [BRONZE, SILVER])), level(silver)],
      explicit,
      [GOLD, BRONZE],
    ],
    ['through anyPolicy', [level(certificatePolicies(ANY), goldToSilver), level(silver)], explicit, [GOLD]],
    [
      'of a policy that is not there',
      [level(certificatePolicies(BRONZE), goldToSilver), level(silver)],
      explicit,
      undefined,
    ],
    [
      'what is acceptable is compared before mapping',
      [level(gold, goldToSilver), level(silver)],
      { ...explicit, initialPolicies: [SILVER] },
      undefined,
    ],
    [
      'inhibited from the start',
      [level(gold, goldToSilver), level(silver)],
      { ...explicit, inhibitPolicyMapping: true },
      undefined,
    ],
    [
      'inhibited by an authority',
      [level(gold, policyConstraints({ mapping: 0 })), level(gold, goldToSilver), level(silver)],
      explicit,
      undefined,
    ],
    [
      'not yet inhibited',
      [level(gold, policyConstraints({ mapping: 1 })), level(gold, goldToSilver), level(silver)],
      explicit,
      [GOLD],
    ],
    [
      'inhibited: an unmapped policy goes on',
      [
        level(certificatePolicies(GOLD, BRONZE), policyConstraints({ mapping: 0 })),
        level(certificatePolicies(GOLD, BRONZE), goldToSilver),
        level(certificatePolicies(SILVER, BRONZE)),
      ],
      explicit,
      [BRONZE],
    ],
  ])('%s', async (_what, levels, inputs, policies) => {
    const result = policiesOf(levels, inputs);
    await (policies === undefined
      ? expect(result).rejects.toEqual(refused)
      : expect(result.then((found) => found.toSorted())).resolves.toEqual(policies.toSorted()));
  });
});

describe('malformed policies', () => {
  const malformed = expect.objectContaining({ code: 'ERR_PATH_MALFORMED' });
  const unknownQualifier = sequence(sequence(oid(GOLD), sequence(sequence(oid(BRONZE), fromHex('0500')))));
  it.each<[string, TestExtension]>([
    ['an empty list', { oid: '2.5.29.32', value: sequence() }],
    ['a policy twice', certificatePolicies(GOLD, GOLD)],
    ['an unknown qualifier in a critical extension', { oid: '2.5.29.32', critical: true, value: unknownQualifier }],
    ['anyPolicy mapped', policyMappings([ANY, GOLD])],
    ['mapped to anyPolicy', policyMappings([GOLD, ANY])],
    ['no mapping', { oid: '2.5.29.33', value: sequence() }],
    ['empty constraints', policyConstraints({})],
    ['a negative count', { oid: '2.5.29.54', value: fromHex('0201ff') }],
    ['a count with a superfluous octet', { oid: '2.5.29.54', value: fromHex('02020001') }],
  ])('%s', async (_what, extension) => {
    await expect(policiesOf([level(extension), level()])).rejects.toEqual(malformed);
    await expect(policiesOf([level(), level(extension)])).rejects.toEqual(malformed);
  });

  it('an unknown qualifier is nothing to an extension that is not critical', async () => {
    const extension = { oid: '2.5.29.32', value: unknownQualifier };
    await expect(policiesOf([level(extension), level(extension)])).resolves.toEqual([GOLD]);
  });
});

it('RFC 9618: mappings that would make a tree of 30^8 nodes', async () => {
  const policies = Array.from({ length: 30 }, (_, i) => `1.3.6.1.4.1.55738.3.${i}`);
  const all = policyMappings(...policies.flatMap((from) => policies.map((to) => [from, to] as const)));
  const authority = level(certificatePolicies(...policies), all);
  const levels = [...Array.from({ length: 8 }, () => authority), level(certificatePolicies(...policies))];
  const found = await policiesOf(levels, explicit);
  expect(found.toSorted()).toEqual(policies.toSorted());
});

it.each([
  ['a list of something else', { initialPolicies: ['gold'] }],
  ['no list', { initialPolicies: GOLD }],
  ['a flag that is not one', { requireExplicitPolicy: 1 }],
  ['an unknown input', { explicitPolicy: true }],
])('the inputs are checked: %s', async (_what, policies) => {
  const { pem } = await createCertificateAuthority();
  expect(() => createPathVerifier({ trustAnchors: [pem], policies: policies as never })).toThrow(TypeError);
});
