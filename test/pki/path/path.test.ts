import { createCertificateAuthority, selfSignedCertificate, type TestAuthority } from 'oauth-mtls/testing';
import { createPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import type { MtlsErrorReason } from 'oauth-mtls';
import { beforeAll, describe, expect, it } from 'vitest';
import { reasonOf } from '../../../src/errors.js';
import { withExactNames } from '../../../src/testing/exact-names.js';
import { fromHex } from '../../../src/testing/der-writer.js';
import { encodeSubject } from '../../../src/testing/names.js';
import { resigned } from '../resigned-certificate.js';

const SECOND = 1000;
const DAY = 86_400 * SECOND;

let root: TestAuthority;
let intermediate: TestAuthority;

beforeAll(async () => {
  root = await createCertificateAuthority({ subject: 'CN=Root' });
  intermediate = await root.issueAuthority({ subject: 'CN=Intermediate' });
});

const ROOT_NAME = encodeSubject('CN=Root');
/** A SEQUENCE that is no Name. */
const NO_NAME = fromHex('3003020105');

const pems = (...of: { pem: string }[]): string[] => of.map(({ pem }) => pem);

function verifier(options: Partial<PathVerifierOptions> = {}) {
  return createPathVerifier({ trustAnchors: [root.pem], ...options });
}

function refusal(code: string, reason?: MtlsErrorReason) {
  return expect.objectContaining({
    name: 'MtlsError',
    code,
    ...(reason && { detail: expect.objectContaining({ reason }) }),
  });
}

/** Of a leaf (0), an intermediate (1) or an anchor (2), which is refused when the verifier is made. */
function refusalAt(level: number, code: string) {
  return level === 2 ? refusal('ERR_PATH_ANCHOR', reasonOf('ERR_PATH_ANCHOR', code)) : refusal(code);
}

describe('createPathVerifier', () => {
  it.each([
    ['no options', undefined],
    ['no trust anchors', {}],
    ['an empty list of trust anchors', { trustAnchors: [] }],
    ['one anchor that is not in a list', { trustAnchors: 'PEM' }],
    ['an unknown purpose', { extendedKeyUsage: 'codeSigning' }],
    ['a fractional maxIntermediates', { maxIntermediates: 0.5 }],
    ['an unknown limit', { limits: { name: 1 } }],
    ['a negative limit', { limits: { depth: -1 } }],
    ['an option that it does not know', { revokation: 'require' }],
  ])('throws a TypeError for %s', (_what, options) => {
    const all = options && !('trustAnchors' in options) && Object.keys(options).length > 0;
    const given = all ? { trustAnchors: [root.pem], ...options } : options;
    expect(() => createPathVerifier(given as never)).toThrow(TypeError);
  });

  it('throws at once for a trust anchor that does not parse', () => {
    expect(() => createPathVerifier({ trustAnchors: [root.pem, 'AAAA'] })).toThrow(refusal('ERR_ENCODING_DER'));
  });

  it('throws at once for a trust anchor whose names are malformed', async () => {
    const anchor = await withExactNames(root.certificate.der, NO_NAME, NO_NAME, root.keyPair);
    expect(() => createPathVerifier({ trustAnchors: [anchor] })).toThrow(refusal('ERR_ENCODING_DER'));
  });

  it('keeps copies: what the caller does to its buffers and lists later changes nothing', async () => {
    const der = root.certificate.der;
    const trustAnchors = [der];
    const paths = createPathVerifier({ trustAnchors });
    der.fill(0);
    trustAnchors.length = 0;
    const leaf = await root.issue();
    const path = await paths.verify(leaf.pem, []);
    expect(path.anchor.thumbprint).toBe(root.certificate.thumbprint);
  });
});

describe('a path that is valid', () => {
  it('is told from the certificate to the anchor', async () => {
    const leaf = await intermediate.issue();
    const path = await verifier().verify(leaf.pem, pems(intermediate));
    const expected = [leaf, intermediate, root].map(({ certificate }) => certificate.thumbprint);
    expect(path.certificates.map(({ thumbprint }) => thumbprint)).toEqual(expected);
    expect(path.anchor.thumbprint).toBe(root.certificate.thumbprint);
  });

  it.each(['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-PSS-2048', 'Ed25519'] as const)(
    'may use %s',
    async (keyType) => {
      const authority = await createCertificateAuthority({ keyType });
      const leaf = await authority.issue({ keyType });
      const path = await verifier({ trustAnchors: [authority.pem] }).verify(leaf.certificate, []);
      expect(path.certificates).toHaveLength(2);
    },
  );

  it('is found whatever the order of the intermediates, with strangers, copies and the root among them', async () => {
    const lower = await intermediate.issueAuthority({ subject: 'CN=Lower' });
    const stranger = await createCertificateAuthority({ subject: 'CN=Stranger' });
    const leaf = await lower.issue();
    const sent = pems(root, leaf, stranger, intermediate, lower, intermediate);
    for (const order of [sent, sent.toReversed()]) {
      const path = await verifier().verify(leaf.pem, order);
      expect(path.certificates).toHaveLength(4);
    }
  });

  it('is found behind intermediates that do not parse', async () => {
    const leaf = await intermediate.issue();
    const sent = ['AAAA', new Uint8Array(9), ...pems(intermediate)];
    await expect(verifier().verify(leaf.pem, sent)).resolves.toBeDefined();
  });

  it('is found behind intermediates whose names are malformed', async () => {
    const leaf = await intermediate.issue();
    const sent = await withExactNames(intermediate.certificate.der, ROOT_NAME, NO_NAME, root.keyPair);
    await expect(verifier().verify(leaf.pem, [sent, intermediate.pem])).resolves.toBeDefined();
  });

  it('may end at an anchor that is not self-signed', async () => {
    const leaf = await intermediate.issue();
    const path = await verifier({ trustAnchors: pems(intermediate) }).verify(leaf.pem, pems(root));
    expect(path.certificates).toHaveLength(2);
  });

  it('is found by backtracking over a cross-certificate that leads nowhere', async () => {
    const elsewhere = await createCertificateAuthority({ subject: 'CN=Elsewhere' });
    const cross = await elsewhere.issueAuthority({ subject: 'CN=Intermediate', keyPair: intermediate.keyPair });
    const leaf = await intermediate.issue();
    for (const sent of [pems(cross, intermediate), pems(intermediate, cross)]) {
      const path = await verifier().verify(leaf.pem, sent);
      expect(path.certificates[1]?.thumbprint).toBe(intermediate.certificate.thumbprint);
    }
  });

  it('is found beside an expired certificate of the same authority', async () => {
    const expired = await root.issueAuthority({
      subject: 'CN=Intermediate',
      keyPair: intermediate.keyPair,
      notAfter: new Date(Date.now() - SECOND),
    });
    const leaf = await intermediate.issue();
    await expect(verifier().verify(leaf.pem, pems(expired, intermediate))).resolves.toBeDefined();
  });

  it('is the same the second time, and for calls that run side by side', async () => {
    const paths = verifier();
    const leaves = await Promise.all([intermediate.issue(), intermediate.issue(), intermediate.issue()]);
    const results = await Promise.all(
      leaves.flatMap((leaf) => [leaf, leaf].map((one) => paths.verify(one.pem, pems(intermediate)))),
    );
    expect(results.map(({ certificates }) => certificates.length)).toEqual([3, 3, 3, 3, 3, 3]);
    // what was learnt does not make an intermediate that was not handed over
    await expect(paths.verify(leaves[0].pem, [])).rejects.toEqual(refusal('ERR_PATH_NO_ANCHOR'));
  });
});

describe('RFC 5280 §6.1.3(a)(1): signatures', () => {
  it('refuses a certificate that an authority of the same name issued', async () => {
    const impostor = await createCertificateAuthority({ subject: 'CN=Root' });
    const leaf = await impostor.issue();
    await expect(verifier().verify(leaf.pem, pems(impostor))).rejects.toEqual(refusal('ERR_PATH_SIGNATURE'));
  });

  it('refuses a certificate whose signature or content was changed', async () => {
    const { certificate } = await root.issue();
    for (const offset of [certificate.der.length - 1, 40]) {
      const der = certificate.der;
      der[offset]! ^= 1;
      await expect(verifier().verify(der, [])).rejects.toEqual(expect.objectContaining({ name: 'MtlsError' }));
    }
  });

  it.each([
    ['of usual size', 0],
    ['too large to be kept', 9000],
  ])(
    'judges each certificate by itself, whatever one verifier has accepted before: intermediates %s',
    async (_what, size) => {
      const filler = { oid: '1.3.6.1.4.1.55738.9', value: Buffer.concat([fromHex('04822328'), Buffer.alloc(9000)]) };
      const extensions = size > 0 ? [filler] : [];
      const first = await root.issueAuthority({ subject: 'CN=Twin', extensions });
      const second = await root.issueAuthority({ subject: 'CN=Twin', extensions });
      const impostor = await createCertificateAuthority({ subject: 'CN=Twin' });
      const paths = verifier();
      const leaf = await first.issue();
      const forged = await impostor.issue();
      for (const _ of [1, 2, 3]) {
        const { certificates } = await paths.verify(leaf.certificate.der, [
          second.certificate.der,
          first.certificate.der,
        ]);
        expect(certificates.map(({ thumbprint }) => thumbprint)).toEqual(
          [leaf, first, root].map(({ certificate }) => certificate.thumbprint),
        );
        await expect(paths.verify(leaf.certificate.der, [second.certificate.der])).rejects.toEqual(
          refusal('ERR_PATH_SIGNATURE'),
        );
        await expect(paths.verify(forged.certificate.der, [first.certificate.der])).rejects.toEqual(
          refusal('ERR_PATH_SIGNATURE'),
        );
        await expect(paths.verify(leaf.certificate.der, [impostor.certificate.der])).rejects.toEqual(
          refusal('ERR_PATH_SIGNATURE'),
        );
      }
    },
  );

  it('refuses a certificate without a trusted issuer', async () => {
    const stranger = await createCertificateAuthority({ subject: 'CN=Stranger' });
    const leaf = await stranger.issue();
    await expect(verifier().verify(leaf.pem, pems(stranger))).rejects.toEqual(refusal('ERR_PATH_NO_ANCHOR'));
  });

  it('refuses a self-signed certificate', async () => {
    const own = await selfSignedCertificate({ subject: 'CN=Root', extendedKeyUsage: ['clientAuth'] });
    await expect(verifier().verify(own.pem, [own.pem])).rejects.toEqual(refusal('ERR_PATH_SIGNATURE'));
  });

  it('does not take a trust anchor for a client', async () => {
    await expect(verifier({ extendedKeyUsage: 'any' }).verify(root.pem, [])).rejects.toEqual(
      refusal('ERR_PATH_NO_ANCHOR'),
    );
  });
});

describe('RFC 5280 §6.1.3(a)(2): validity', () => {
  const notBefore = new Date('2024-03-01T00:00:00Z');
  const notAfter = new Date('2024-04-01T00:00:00Z');
  const old = { notBefore: new Date('2020-01-01T00:00:00Z') };

  it.each([
    ['the first second', '2024-03-01T00:00:00Z', undefined],
    ['within the last second', '2024-04-01T00:00:00.999Z', undefined],
    ['a millisecond before', '2024-02-29T23:59:59.999Z', 'ERR_PATH_NOT_YET_VALID'],
    ['a second after', '2024-04-01T00:00:01Z', 'ERR_PATH_EXPIRED'],
  ])('counts %s, for leaf, intermediate and anchor alike', async (_when, time, code) => {
    const now = new Date(time);
    for (const level of [0, 1, 2]) {
      const period = (at: number) => (at === level ? { notBefore, notAfter } : old);
      const anchor = await createCertificateAuthority(period(2));
      const middle = await anchor.issueAuthority(period(1));
      const leaf = await middle.issue(period(0));
      const verdict = verifier({ trustAnchors: [anchor.pem] }).verify(leaf.pem, pems(middle), { now });
      if (code === undefined)
        await expect(verdict).resolves.toMatchObject({ time: new Date(Math.floor(+now / 1000) * 1000) });
      else await expect(verdict).rejects.toEqual(refusal(code));
    }
  });

  it('takes the present time where none is given, and a Date alone', async () => {
    const leaf = await root.issue({ notAfter: new Date(Date.now() + DAY) });
    await expect(verifier().verify(leaf.pem, [])).resolves.toBeDefined();
    for (const now of [new Date(Number.NaN), Date.now(), '2024-01-01']) {
      await expect(verifier().verify(leaf.pem, [], { now: now as Date })).rejects.toThrow(TypeError);
    }
  });
});

describe('RFC 5280 §6.1.4(k), (n): authorities', () => {
  it.each([
    ['without basicConstraints', { basicConstraints: null }, 'ERR_PATH_BASIC_CONSTRAINTS'],
    ['with cA FALSE', { basicConstraints: { ca: false } }, 'ERR_PATH_BASIC_CONSTRAINTS'],
    ['without keyCertSign', { keyUsage: ['cRLSign'] }, 'ERR_PATH_KEY_USAGE'],
  ] as const)('refuses an issuer %s, as intermediate and as anchor', async (_what, options, code) => {
    const middle = await root.issueAuthority(options);
    const leaf = await middle.issue();
    await expect(verifier().verify(leaf.pem, pems(middle))).rejects.toEqual(refusal(code));
    expect(() => verifier({ trustAnchors: pems(middle) })).toThrow(refusal('ERR_PATH_ANCHOR', code));
  });

  it('accepts an issuer without keyUsage', async () => {
    const middle = await root.issueAuthority({ keyUsage: null });
    const leaf = await middle.issue();
    await expect(verifier().verify(leaf.pem, pems(middle))).resolves.toBeDefined();
  });
});

describe('RFC 5280 §6.1.4(l), (m): path length', () => {
  async function chain(pathLengths: (number | undefined)[], subjects: string[] = []) {
    let issuer = root;
    const authorities: TestAuthority[] = [];
    for (const [at, pathLength] of pathLengths.entries()) {
      const basicConstraints = pathLength === undefined ? { ca: true } : { ca: true, pathLength };
      issuer = await issuer.issueAuthority({ subject: subjects[at] ?? `CN=Level ${at}`, basicConstraints });
      authorities.push(issuer);
    }
    return { leaf: await issuer.issue(), authorities: pems(...authorities) };
  }

  it.each([
    [[0], undefined],
    [[1, 0], undefined],
    [[0, 5], 'ERR_PATH_LENGTH'],
    [[1, undefined, undefined], 'ERR_PATH_LENGTH'],
    [[2, undefined, 0], undefined],
  ])('of %j below the root', async (pathLengths, code) => {
    const { leaf, authorities } = await chain(pathLengths);
    const verdict = verifier().verify(leaf.pem, authorities);
    await (code === undefined
      ? expect(verdict).resolves.toBeDefined()
      : expect(verdict).rejects.toEqual(refusal(code)));
  });

  it('does not count self-issued certificates', async () => {
    const { leaf, authorities } = await chain([0, undefined], ['CN=Same', 'CN=Same']);
    await expect(verifier({ maxIntermediates: 1 }).verify(leaf.pem, authorities)).resolves.toBeDefined();
  });

  it('is bounded by maxIntermediates', async () => {
    const { leaf, authorities } = await chain([undefined, undefined]);
    await expect(verifier({ maxIntermediates: 2 }).verify(leaf.pem, authorities)).resolves.toBeDefined();
    await expect(verifier({ maxIntermediates: 1 }).verify(leaf.pem, authorities)).rejects.toEqual(
      refusal('ERR_PATH_LENGTH'),
    );
    const direct = await root.issue();
    await expect(verifier({ maxIntermediates: 0 }).verify(direct.pem, [])).resolves.toBeDefined();
  });
});

describe('RFC 5280 §4.2.1.12: extended key usage', () => {
  it.each([
    ['clientAuth', undefined],
    ['serverAuth', 'ERR_PATH_EXTENDED_KEY_USAGE'],
    ['any', undefined],
    ['codeSigning', 'ERR_PATH_EXTENDED_KEY_USAGE'],
  ])('%s on leaf, intermediate or anchor, for a client', async (usage, code) => {
    for (const level of [0, 1, 2]) {
      const options = (at: number) => (at === level ? { extendedKeyUsage: [usage] } : {});
      const anchor = await createCertificateAuthority(options(2));
      const middle = await anchor.issueAuthority(options(1));
      const leaf = await middle.issue(options(0));
      const verify = async (extendedKeyUsage: 'any' | 'clientAuth') =>
        verifier({ trustAnchors: [anchor.pem], extendedKeyUsage }).verify(leaf.pem, pems(middle));
      await expect(verify('any')).resolves.toBeDefined();
      const verdict = verify('clientAuth');
      await (code === undefined
        ? expect(verdict).resolves.toBeDefined()
        : expect(verdict).rejects.toEqual(refusalAt(level, code)));
    }
  });

  it('may be absent', async () => {
    const leaf = await root.issue({ extendedKeyUsage: [] });
    await expect(verifier().verify(leaf.pem, [])).resolves.toBeDefined();
  });

  it('asks for digitalSignature of a client that has a keyUsage, and of nobody else', async () => {
    const leaf = await root.issue({ keyUsage: ['keyEncipherment'], extendedKeyUsage: ['clientAuth', 'serverAuth'] });
    await expect(verifier().verify(leaf.pem, [])).rejects.toEqual(refusal('ERR_PATH_KEY_USAGE'));
    await expect(verifier({ extendedKeyUsage: 'serverAuth' }).verify(leaf.pem, [])).resolves.toBeDefined();
    await expect(verifier({ extendedKeyUsage: 'any' }).verify(leaf.pem, [])).resolves.toBeDefined();
    const silent = await root.issue({ keyUsage: null });
    await expect(verifier().verify(silent.pem, [])).resolves.toBeDefined();
  });
});

describe('RFC 5280 §6.1.4(o), §6.1.5(f): critical extensions', () => {
  const unknown = { oid: '1.3.6.1.4.1.55738.1', value: Uint8Array.of(5, 0) };

  it.each([
    [true, 'ERR_PATH_CRITICAL_EXTENSION'],
    [false, undefined],
  ])('that are not known (critical: %s), on leaf, intermediate or anchor', async (critical, code) => {
    for (const level of [0, 1, 2]) {
      const options = (at: number) => (at === level ? { extensions: [{ ...unknown, critical }] } : {});
      const anchor = await createCertificateAuthority(options(2));
      const middle = await anchor.issueAuthority(options(1));
      const leaf = await middle.issue(options(0));
      const verdict = (async () => verifier({ trustAnchors: [anchor.pem] }).verify(leaf.pem, pems(middle)))();
      await (code === undefined
        ? expect(verdict).resolves.toBeDefined()
        : expect(verdict).rejects.toEqual(refusalAt(level, code)));
    }
  });

  it.each([
    ['keyUsage', '2.5.29.15', [0x03, 0x02, 0x09, 0x80]],
    ['a keyUsage that is not a BIT STRING', '2.5.29.15', [0x30, 0x00]],
    ['an empty extendedKeyUsage', '2.5.29.37', [0x30, 0x00]],
    ['basicConstraints with a BOOLEAN of 01', '2.5.29.19', [0x30, 0x03, 0x01, 0x01, 0x01]],
    ['basicConstraints with a negative length', '2.5.29.19', [0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0xff]],
    ['trailing bytes', '2.5.29.19', [0x30, 0x00, 0x00]],
  ])('that are malformed are refused, critical or not: %s', async (_what, oid, value) => {
    const leaf = await selfSignedCertificate({
      keyUsage: null,
      basicConstraints: null,
      extensions: [{ oid, value: Uint8Array.from(value) }],
    });
    await expect(verifier().verify(leaf.pem, [])).rejects.toEqual(refusal('ERR_PATH_MALFORMED'));
  });
});

describe('the most specific reason', () => {
  it('is told where an impostor of the same name is tried too', async () => {
    const impostor = await createCertificateAuthority({ subject: 'CN=Intermediate' });
    const expired = await root.issueAuthority({ subject: 'CN=Intermediate', notAfter: new Date(Date.now() - DAY) });
    const leaf = await expired.issue();
    const error = expect.objectContaining({
      code: 'ERR_PATH_EXPIRED',
      detail: expect.objectContaining({ thumbprint: expired.certificate.thumbprint }),
    });
    for (const sent of [pems(impostor, expired), pems(expired, impostor)]) {
      await expect(verifier().verify(leaf.pem, sent)).rejects.toEqual(error);
    }
  });

  it('is ERR_PATH_MALFORMED, with its cause, for a certificate that does not parse', async () => {
    const cause = refusal('ERR_ENCODING_DER');
    const malformed = expect.objectContaining({ code: 'ERR_PATH_MALFORMED', cause });
    await expect(verifier().verify('AAAA', [])).rejects.toEqual(malformed);
    const { der } = (await root.issue()).certificate;
    for (const names of [
      [ROOT_NAME, NO_NAME],
      [NO_NAME, ROOT_NAME],
    ] as const) {
      await expect(verifier().verify(await withExactNames(der, ...names, root.keyPair), [])).rejects.toEqual(malformed);
    }
  });

  it('is ERR_PATH_MALFORMED where the parameters of a signature are', async () => {
    const authority = await createCertificateAuthority({ keyType: 'RSA-PSS-2048' });
    const { der } = (await authority.issue()).certificate;
    // the salt length of 32, as an OCTET STRING, in both places
    const hex = Buffer.from(der).toString('hex').replaceAll('a203020120', 'a203040120');
    const paths = verifier({ trustAnchors: [authority.pem] });
    await expect(paths.verify(Buffer.from(hex, 'hex'), [])).rejects.toEqual(refusal('ERR_PATH_MALFORMED'));
  });
});

describe('the reason', () => {
  it('names the certificate whose issuer is missing', async () => {
    const lower = await intermediate.issueAuthority({ subject: 'CN=Lower' });
    const leaf = await lower.issue();
    await expect(verifier().verify(leaf.pem, pems(lower))).rejects.toMatchObject({
      code: 'ERR_PATH_NO_ANCHOR',
      detail: { thumbprint: lower.certificate.thumbprint },
    });
  });
});

it('is found among issuers of the same name where no key identifier tells them apart', async () => {
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => createCertificateAuthority({ subject: 'CN=Same' })));
  const issued = await two!.issue();
  const leaf = resigned(issued.certificate, two!.privateKeyPem, { extensions: new Uint8Array(0) });
  const paths = createPathVerifier({ trustAnchors: pems(one!, two!, three!) });
  expect((await paths.verify(leaf)).anchor.thumbprint).toBe(two!.certificate.thumbprint);
});

describe('limits', () => {
  it.each(['intermediates', 'intermediateBytes', 'depth', 'candidates', 'paths', 'signatures'] as const)(
    'on %s refuse with its name as the reason',
    async (name) => {
      const leaf = await intermediate.issue();
      await expect(verifier({ limits: { [name]: 0 } }).verify(leaf.pem, pems(intermediate))).rejects.toEqual(
        refusal('ERR_PATH_LIMIT', name),
      );
    },
  );

  it('on bytes count each intermediate once, whether its names parse or not', async () => {
    const leaf = await intermediate.issue();
    const { der } = intermediate.certificate;
    const paths = verifier({ limits: { intermediateBytes: der.length } });
    await expect(paths.verify(leaf.pem, [der, intermediate.pem])).resolves.toBeDefined();
    const nameless = await withExactNames(der, ROOT_NAME, NO_NAME, root.keyPair);
    await expect(paths.verify(leaf.pem, [nameless, der])).rejects.toEqual(
      refusal('ERR_PATH_LIMIT', 'intermediateBytes'),
    );
  });
});

describe('verify', () => {
  it('rejects with a TypeError what is not a certificate at all', async () => {
    await expect(verifier().verify(1 as never, [])).rejects.toThrow(TypeError);
    await expect(verifier().verify(root.pem, root.pem as never)).rejects.toThrow(TypeError);
    await expect(verifier().verify(root.pem, [null as never])).rejects.toThrow(TypeError);
  });
});
