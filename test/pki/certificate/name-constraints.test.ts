import { createPathVerifier } from 'oauth-mtls/pki';
import {
  createCertificateAuthority,
  type TestAuthority,
  type TestCertificateOptions,
  type TestSubject,
  type TestSubjectAltNames,
} from 'oauth-mtls/testing';
import type { MtlsErrorReason } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';
import { context } from '../../../src/encoding/der.js';
import { fromHex, sequence, tlv } from '../../../src/testing/der-writer.js';
import { generalName, nameConstraints, type TestGeneralName, type TestNameConstraints } from '../constraints.js';

const refusal = (code: string, reason?: MtlsErrorReason) =>
  expect.objectContaining({ name: 'MtlsError', code, ...(reason && { detail: expect.objectContaining({ reason }) }) });

/** Verifies a leaf below authorities with these constraints, the first of them the anchor. */
async function verify(
  levels: TestNameConstraints[],
  leaf: TestCertificateOptions,
  authorities: TestCertificateOptions[] = [],
) {
  const options = (at: number): TestCertificateOptions => ({
    subject: `CN=Level ${at}`,
    ...authorities[at],
    extensions: [nameConstraints(levels[at]!)].filter(() => Object.keys(levels[at]!).length > 0),
  });
  const anchor = await createCertificateAuthority(options(0));
  let issuer: TestAuthority = anchor;
  const intermediates: string[] = [];
  for (let at = 1; at < levels.length; at++) {
    issuer = await issuer.issueAuthority(options(at));
    intermediates.push(issuer.pem);
  }
  const { pem } = await issuer.issue(leaf);
  return createPathVerifier({ trustAnchors: [anchor.pem] }).verify(pem, intermediates);
}

async function verdict(
  levels: TestNameConstraints[],
  leaf: TestCertificateOptions,
  authorities?: TestCertificateOptions[],
) {
  try {
    await verify(levels, leaf, authorities);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const OUTSIDE = 'ERR_PATH_NAME_CONSTRAINTS';

/** Whether a name lies in a subtree: accepted where the subtree is permitted and refused where it is excluded. */
async function expectWithin(base: TestGeneralName, leaf: TestCertificateOptions, within: boolean): Promise<void> {
  expect(await verdict([{ permitted: [base] }], leaf)).toBe(within ? 'accepted' : OUTSIDE);
  expect(await verdict([{ excluded: [base] }], leaf)).toBe(within ? OUTSIDE : 'accepted');
}

describe('RFC 5280 §7.1: directory names that others take for the same', () => {
  it.each([
    ['O=Straße', 'O=STRASSE'],
    ['O=Evil', 'O=Ｅｖｉｌ'],
    ['O=fi', 'O=ﬁ'],
    ['O=a b', 'O=a\u3000B'],
    ['O=A+L=B', 'L=ｂ+O=ａ'],
  ])('an excluded %j covers %j', async (base, name) => {
    expect(await verdict([{ excluded: [['dn', base]] }], { subject: `CN=x,${name}` })).toBe(OUTSIDE);
  });

  it('are not permitted for it', async () => {
    expect(await verdict([{ permitted: [['dn', 'O=Evil']] }], { subject: 'CN=x,O=Ｅｖｉｌ' })).toBe(OUTSIDE);
    expect(await verdict([{ excluded: [['dn', 'O=Evil']] }], { subject: 'CN=x,O=Éviļ' })).toBe('accepted');
  });
});

describe('RFC 5280 §4.2.1.10: subtrees', () => {
  it.each([
    ['example.com', 'example.com', true],
    ['example.com', 'EXAMPLE.com', true],
    ['EXAMPLE.COM', 'a.b.example.com', true],
    ['example.com', 'badexample.com', false],
    ['example.com', 'example.com.evil.org', false],
    ['example.com', 'example.org', false],
    ['host.example.com', 'example.com', false],
    ['.example.com', 'a.example.com', true],
    ['.example.com', 'example.com', false],
    ['example.com', '*.example.com', true],
    ['example.com', '*.sub.example.com', true],
    ['', 'anything.at.all', true],
  ])('dNSName %j against %j', (base, name, within) =>
    expectWithin(['dns', base], { subject: '', san: { dns: name } }, within),
  );

  it.each([
    ['example.com', 'user@example.com', true],
    ['example.com', 'user@EXAMPLE.com', true],
    ['', 'user@example.com', true],
    ['example.com', 'user@mail.example.com', false],
    ['.example.com', 'user@mail.example.com', true],
    ['.example.com', 'user@example.com', false],
    ['user@example.com', 'user@example.com', true],
    ['user@EXAMPLE.com', 'user@example.COM', true],
    ['user@example.com', 'User@example.com', false],
    ['user@example.com', 'other@example.com', false],
    ['*@example.com', 'user@example.com', false],
  ])('rfc822Name %j against %j', (base, name, within) =>
    expectWithin(['email', base], { subject: '', san: { email: name } }, within),
  );

  it.each([
    ['host.example.com', 'https://host.example.com/path', true],
    ['host.example.com', 'https://HOST.example.com:8443', true],
    ['host.example.com', 'https://user@host.example.com/?q#f', true],
    ['host.example.com', 'https://sub.host.example.com/', false],
    ['.example.com', 'spiffe://host.example.com/ns', true],
    ['.example.com', 'https://example.com/', false],
    ['host.example.com', 'https://evil.org/host.example.com', false],
    ['host.example.com', 'https://evil.org/@host.example.com', false],
    ['host.example.com', 'https://evil.org?@host.example.com', false],
    ['', 'https://host.example.com/', true],
  ])('uniformResourceIdentifier %j against %j', (base, name, within) =>
    expectWithin(['uri', base], { subject: '', san: { uri: name } }, within),
  );

  it.each([
    ['0a000000ff000000', '10.1.2.3', true],
    ['0a000000ff000000', '11.1.2.3', false],
    ['0a010203ff000000', '10.9.9.9', true],
    ['0000000000000000', '10.1.2.3', true],
    ['c0000201ffffffff', '192.0.2.1', true],
    ['c0000201ffffffff', '192.0.2.2', false],
    ['0a000000ff000000', '2001:db8::1', false],
    ['20010db8'.padEnd(32, '0') + 'ffffffff'.padEnd(32, '0'), '2001:db8::1', true],
    ['20010db8'.padEnd(32, '0') + 'ffffffff'.padEnd(32, '0'), '2001:db9::1', false],
    ['0'.repeat(64), '10.1.2.3', false],
    ['0a000000ff000000', '::ffff:a01:203', false],
  ])('iPAddress %j against %j', (base, name, within) =>
    expectWithin(['ip', base], { subject: '', san: { ip: name } }, within),
  );

  it.each([
    ['O=Acme', 'CN=client,O=Acme', true],
    ['O=Acme', 'CN=client,O=ACME', true],
    ['O=Acme', 'O=Acme', true],
    ['O=Acme', 'O=Acme,CN=client', false],
    ['O=Acme', 'CN=client,O=Acme Corp', false],
    ['CN=client,O=Acme', 'O=Acme', false],
  ])('directoryName %j against the subject %j', (base, subject, within) =>
    expectWithin(['dn', base], { subject }, within),
  );

  it('directoryName applies to subjectAltName entries too', async () => {
    await expectWithin(['dn', 'O=Acme'], { subject: '', san: { dn: 'CN=x,O=Acme' } }, true);
    await expectWithin(['dn', 'O=Acme'], { subject: '', san: { dn: 'CN=x,O=Other' } }, false);
    expect(await verdict([{ permitted: [['dn', 'O=Acme']] }], { subject: 'O=Acme', san: { dn: 'O=Other' } })).toBe(
      OUTSIDE,
    );
    expect(await verdict([{ permitted: [['dn', 'O=Acme']] }], { subject: 'O=Other', san: { dn: 'O=Acme' } })).toBe(
      OUTSIDE,
    );
  });

  it('rfc822Name applies to emailAddress in the subject, with and without a subjectAltName', async () => {
    const subject: TestSubject = [[['1.2.840.113549.1.9.1', 'IA5String', 'user@evil.org']]];
    for (const san of [undefined, { email: 'user@example.com' }, { dns: 'example.com' }]) {
      const leaf: TestCertificateOptions = san === undefined ? { subject } : { subject, san };
      expect(await verdict([{ permitted: [['email', 'example.com']] }], leaf)).toBe(OUTSIDE);
      expect(await verdict([{ excluded: [['email', 'evil.org']] }], leaf)).toBe(OUTSIDE);
    }
  });

  it('a wildcard overlaps an excluded host below it (CVE-2025-61727)', async () => {
    const excluded = (base: string, name: string) =>
      verdict([{ excluded: [['dns', base]] }], { subject: '', san: { dns: name } });
    expect(await excluded('bar.example.com', '*.example.com')).toBe(OUTSIDE);
    expect(await excluded('bar.baz.example.com', '*.example.com')).toBe('accepted');
    expect(
      await verdict([{ permitted: [['dns', 'bar.example.com']] }], { subject: '', san: { dns: '*.example.com' } }),
    ).toBe(OUTSIDE);
  });
});

describe('RFC 5280 §6.1.3(b), (c): several names, several authorities', () => {
  it('one name inside does not excuse another outside', async () => {
    const permitted: TestNameConstraints = { permitted: [['dns', 'example.com']] };
    expect(await verdict([permitted], { subject: '', san: { dns: ['example.com', 'evil.org'] } })).toBe(OUTSIDE);
    expect(await verdict([permitted], { subject: '', san: { dns: ['example.com', 'a.example.com'] } })).toBe(
      'accepted',
    );
  });

  it('names of other forms are free', async () => {
    expect(
      await verdict([{ permitted: [['dns', 'example.com']] }], {
        subject: 'CN=x',
        san: { email: 'a@evil.org', ip: '10.0.0.1' },
      }),
    ).toBe('accepted');
  });

  it('an exclusion beats a permission', async () => {
    const both: TestNameConstraints = {
      permitted: [['dns', 'example.com']],
      excluded: [['dns', 'secret.example.com']],
    };
    expect(await verdict([both], { subject: '', san: { dns: 'a.example.com' } })).toBe('accepted');
    expect(await verdict([both], { subject: '', san: { dns: 'a.secret.example.com' } })).toBe(OUTSIDE);
  });

  it('permitted subtrees of successive authorities are intersected', async () => {
    const outer: TestNameConstraints = { permitted: [['dns', 'example.com']] };
    const wider: TestNameConstraints = {
      permitted: [
        ['dns', 'example.com'],
        ['dns', 'evil.org'],
      ],
    };
    const narrower: TestNameConstraints = { permitted: [['dns', 'a.example.com']] };
    expect(await verdict([outer, wider], { subject: '', san: { dns: 'evil.org' } })).toBe(OUTSIDE);
    expect(await verdict([outer, narrower], { subject: '', san: { dns: 'b.example.com' } })).toBe(OUTSIDE);
    expect(await verdict([outer, narrower], { subject: '', san: { dns: 'x.a.example.com' } })).toBe('accepted');
    expect(await verdict([narrower, outer], { subject: '', san: { dns: 'b.example.com' } })).toBe(OUTSIDE);
  });

  it('excluded subtrees of successive authorities are united', async () => {
    const levels: TestNameConstraints[] = [{ excluded: [['dns', 'a.org']] }, { excluded: [['dns', 'b.org']] }];
    expect(await verdict(levels, { subject: '', san: { dns: 'a.org' } })).toBe(OUTSIDE);
    expect(await verdict(levels, { subject: '', san: { dns: 'b.org' } })).toBe(OUTSIDE);
    expect(await verdict(levels, { subject: '', san: { dns: 'c.org' } })).toBe('accepted');
  });

  it('constraints bind intermediates, but not the authority that states them', async () => {
    const permitted: TestNameConstraints = { permitted: [['dn', 'O=Acme']] };
    const leaf = { subject: 'CN=x,O=Acme' };
    expect(await verdict([permitted, {}], leaf, [{ subject: 'O=Other' }, { subject: 'CN=CA,O=Acme' }])).toBe(
      'accepted',
    );
    expect(await verdict([permitted, {}], leaf, [{ subject: 'O=Other' }, { subject: 'O=Elsewhere' }])).toBe(OUTSIDE);
  });

  it('a self-issued intermediate is free, a self-issued target is not', async () => {
    const permitted: TestNameConstraints = { permitted: [['dn', 'O=Acme']] };
    const self = [{ subject: 'O=Root' }, { subject: 'O=Root' }];
    expect(await verdict([permitted, {}], { subject: 'CN=x,O=Acme' }, self)).toBe('accepted');
    expect(await verdict([permitted, {}], { subject: 'O=Root' }, self)).toBe(OUTSIDE);
  });
});

describe('names that nothing can be decided about', () => {
  it.each<[string, TestGeneralName, TestCertificateOptions['san']]>([
    ['a dNSName with a leading period', ['dns', 'example.com'], { dns: '.example.com' }],
    ['a dNSName with a trailing period', ['dns', 'example.com'], { dns: 'example.com.' }],
    ['a dNSName with a NUL', ['dns', 'example.com'], { dns: 'evil.org\0.example.com' }],
    ['a dNSName with a partial wildcard', ['dns', 'example.com'], { dns: 'a*.example.com' }],
    ['an empty dNSName', ['dns', 'example.com'], { dns: '' }],
    ['a mailbox with two hosts', ['email', 'example.com'], { email: 'a@b@example.com' }],
    ['a mailbox in quotes', ['email', 'example.com'], { email: '"a"@example.com' }],
    ['a mailbox without a host', ['email', 'example.com'], { email: 'a' }],
    ['a mailbox that is not ASCII', ['email', 'example.com'], { email: 'a@ex\u00e4mple.com' }],
    ['a URI that is not ASCII', ['uri', '.example.com'], { uri: 'https://ex\u00e4mple.com/' }],
    ['a URI without a host', ['uri', '.example.com'], { uri: 'urn:example:a' }],
    ['a URI with an address', ['uri', '.example.com'], { uri: 'https://192.0.2.1/' }],
    ['a URI with a backslash', ['uri', '.example.com'], { uri: 'https://evil.org\\.example.com/' }],
    ['a URI with an IPv6 address', ['uri', '.example.com'], { uri: 'https://[2001:db8::1]/' }],
    ['an address of three octets', ['ip', '0a000000ff000000'], [{ type: 'ip', value: { hex: '0a0000' } }]],
    ['an address with a mask', ['ip', '0a000000ff000000'], [{ type: 'ip', value: { hex: '0a000000ff000000' } }]],
  ])('%s is refused under any constraint of its form', async (_what, base, san) => {
    expect(await verdict([{ permitted: [base] }], { subject: '', san: san! })).toBe(OUTSIDE);
    expect(await verdict([{ excluded: [base] }], { subject: '', san: san! })).toBe(OUTSIDE);
    expect(await verdict([{}], { subject: '', san: san! })).toBe('accepted');
  });

  it('an excluded name dressed up with invisible characters is refused', async () => {
    expect(await verdict([{ excluded: [['dn', 'O=Evil']] }], { subject: 'O=E\u200Bvil' })).toBe(OUTSIDE);
  });

  // otherName { 1.3.6.1.4.1.311.20.2.3 (UPN), UTF8String "a" }
  const upn = 'a013060a2b060104018237140203a0050c03612e62';

  it('a form whose constraints nobody defines is refused where it occurs', async () => {
    for (const kind of ['permitted', 'excluded'] as const) {
      const constraint = { [kind]: [['other', upn] as const] };
      expect(await verdict([constraint], { subject: '', san: [{ type: 'other', value: { hex: upn } }] })).toBe(OUTSIDE);
      expect(await verdict([constraint], { subject: '', san: { dns: 'example.com' } })).toBe('accepted');
    }
  });

  it('RFC 9598 §6: a SmtpUTF8Mailbox is refused under constraints on rfc822Name', async () => {
    // otherName { 1.3.6.1.5.5.7.8.9, UTF8String "a@b" }
    const mailbox = 'a01106082b06010505070809a0050c03614062';
    const san = [{ type: 'other' as const, value: { hex: mailbox } }];
    expect(await verdict([{ excluded: [['email', 'evil.org']] }], { subject: '', san })).toBe(OUTSIDE);
    expect(await verdict([{ excluded: [['dns', 'evil.org']] }], { subject: '', san })).toBe('accepted');
  });
});

describe('malformed constraints', () => {
  const dns = generalName(['dns', 'example.com']);
  it.each<[string, Uint8Array<ArrayBuffer>]>([
    ['no subtrees', sequence()],
    ['an empty list of subtrees', sequence(tlv(context(0, true)))],
    ['NULL', fromHex('0500')],
    [
      'subtrees in the wrong order',
      sequence(tlv(context(1, true), sequence(dns)), tlv(context(0, true), sequence(dns))),
    ],
    ['trailing bytes', fromHex('30003000')],
  ])('%s: refused in an anchor, an intermediate and a leaf, critical or not', async (_what, value) => {
    for (const critical of [true, false]) {
      const malformed = { extensions: [{ oid: '2.5.29.30', critical, value }] };
      for (const level of [0, 1, 2]) {
        const options = (at: number) => (at === level ? malformed : {});
        const anchor = await createCertificateAuthority({ subject: 'CN=A', ...options(0) });
        const middle = await anchor.issueAuthority({ subject: 'CN=B', ...options(1) });
        const leaf = await middle.issue(options(2));
        const verdict = (async () =>
          createPathVerifier({ trustAnchors: [anchor.pem] }).verify(leaf.pem, [middle.pem]))();
        await expect(verdict).rejects.toEqual(
          level === 0 ? refusal('ERR_PATH_ANCHOR', 'ERR_PATH_MALFORMED') : refusal('ERR_PATH_MALFORMED'),
        );
      }
    }
  });
});

describe('RFC 5280 §4.2.1.10: constraints that cannot be processed', () => {
  const dns = generalName(['dns', 'example.com']);
  const NAMES = {
    dns: 'a.example.com',
    email: 'a@example.com',
    uri: 'https://a.example.com/',
    ip: '10.0.0.1',
  } as const;
  type Form = keyof typeof NAMES;

  it.each<[what: string, form: Form, base: Uint8Array, ...range: Uint8Array[]]>([
    ['a minimum', 'dns', dns, tlv(context(0), Uint8Array.of(1))],
    ['a maximum', 'dns', dns, tlv(context(1), Uint8Array.of(1))],
    ['a maximum of 2^32', 'dns', dns, tlv(context(1), fromHex('0100000000'))],
    ['a dNSName of two quotation marks', 'dns', generalName(['dns', '""'])],
    ['a dNSName of a space', 'dns', generalName(['dns', ' '])],
    ['a dNSName with a wildcard', 'dns', generalName(['dns', '*.example.com'])],
    ['a mailbox with two hosts', 'email', generalName(['email', 'a@b@example.com'])],
    ['a URI in place of a host', 'uri', generalName(['uri', 'https://example.com/'])],
    ['an address without mask', 'ip', generalName(['ip', '0a000000'])],
    ['a mask with a hole', 'ip', generalName(['ip', '0a000000ff00ff00'])],
  ])('%s: names of that form fail, others are checked', async (_what, form, base, ...range) => {
    const other: Form = form === 'dns' ? 'uri' : 'dns';
    const good = generalName(other === 'uri' ? ['uri', '.example.com'] : ['dns', 'example.com']);
    const outside = other === 'uri' ? { uri: 'https://a.example.org/' } : { dns: 'example.org' };
    for (const [at, critical] of [
      [0, true],
      [1, false],
    ] as const) {
      const subtree = sequence(base, ...range);
      // permitted subtrees come first
      const permitted = tlv(context(0, true), sequence(good), ...(at === 0 ? [subtree] : []));
      const value = sequence(permitted, ...(at === 0 ? [] : [tlv(context(1, true), subtree)]));
      const authority = await createCertificateAuthority({ extensions: [{ oid: '2.5.29.30', critical, value }] });
      const outcome = async (san: TestSubjectAltNames) =>
        createPathVerifier({ trustAnchors: [authority.pem] })
          .verify((await authority.issue({ san })).pem, [])
          .then(
            () => 'accepted',
            (error: unknown) => (error as { code: string }).code,
          );
      expect(await outcome({ [other]: NAMES[other] })).toBe('accepted');
      expect(await outcome(outside)).toBe('ERR_PATH_NAME_CONSTRAINTS');
      expect(await outcome({ [form]: NAMES[form] })).toBe('ERR_PATH_NAME_CONSTRAINTS');
      expect(await outcome({ [form]: NAMES[form], [other]: NAMES[other] })).toBe('ERR_PATH_NAME_CONSTRAINTS');
    }
  });

  it('a minimum of 0, which is the default, is processed', async () => {
    const value = sequence(tlv(context(0, true), sequence(dns, tlv(context(0), Uint8Array.of(0)))));
    const anchor = await createCertificateAuthority({ extensions: [{ oid: '2.5.29.30', critical: true, value }] });
    const paths = createPathVerifier({ trustAnchors: [anchor.pem] });
    await expect(paths.verify((await anchor.issue({ san: { dns: NAMES.dns } })).pem, [])).resolves.toBeDefined();
    const outside = await anchor.issue({ san: { dns: 'example.org' } });
    await expect(paths.verify(outside.pem, [])).rejects.toEqual(refusal('ERR_PATH_NAME_CONSTRAINTS'));
  });
});

it('comparisons are limited, whatever the forms', async () => {
  const constraints: TestNameConstraints = {
    excluded: Array.from({ length: 1000 }, (_, i) => ['dns', `x${i}.org`] as const),
  };
  const anchor = await createCertificateAuthority({ extensions: [nameConstraints(constraints)] });
  const { pem } = await anchor.issue({
    subject: '',
    san: { dns: Array.from({ length: 1000 }, (_, i) => `y${i}.com`) },
  });
  const verifyWith = (nameComparisons: number) =>
    createPathVerifier({ trustAnchors: [anchor.pem], limits: { nameComparisons } }).verify(pem, []);
  await expect(verifyWith(1_000_000)).resolves.toBeDefined();
  await expect(verifyWith(999_999)).rejects.toEqual(refusal('ERR_PATH_LIMIT', 'nameComparisons'));
});
