import { generateKeyPairSync, sign, type KeyObject, type KeyPairKeyObjectResult } from 'node:crypto';
import { parseCertificate, type MtlsError } from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { context, DerReader, TAG } from '../../../src/encoding/der.js';
import { fromHex, oid, sequence, tlv } from '../../../src/testing/der-writer.js';
import { OpenSsl } from '../openssl.js';

const openssl = new OpenSsl();
afterAll(() => openssl.dispose());

interface Made {
  readonly root: string;
  readonly leaf: string;
}

const keyFiles = new Map<string, string>();

/** A private key, made once for all tests with these options. */
function keyFile(options: readonly string[]): string {
  const known = keyFiles.get(options.join());
  if (known !== undefined) return known;
  const name = `key${keyFiles.size}`;
  if (options[0] === 'DSA') {
    openssl.run(
      'genpkey',
      '-genparam',
      '-algorithm',
      'DSA',
      '-pkeyopt',
      'dsa_paramgen_bits:1024',
      '-out',
      'parameters',
    );
    openssl.run('genpkey', '-paramfile', 'parameters', '-out', name);
  } else {
    openssl.run('genpkey', '-algorithm', ...options, '-out', name);
  }
  keyFiles.set(options.join(), name);
  return name;
}

/** A root and a leaf that OpenSSL makes: key options for each, and options of the signatures. */
function make(rootKey: readonly string[], leafKey: readonly string[] = EC, signature: readonly string[] = []): Made {
  const [root, leaf] = [keyFile(rootKey), keyFile(leafKey)];
  openssl.run(
    'req',
    '-new',
    '-x509',
    '-key',
    root,
    '-subj',
    '/CN=Root',
    '-days',
    '9',
    '-out',
    'root.pem',
    ...signature,
  );
  openssl.run('req', '-new', '-key', leaf, '-subj', '/CN=Leaf', '-out', 'leaf.csr');
  openssl.run(
    'x509',
    '-req',
    '-in',
    'leaf.csr',
    '-CA',
    'root.pem',
    '-CAkey',
    root,
    '-set_serial',
    '5',
    '-out',
    'leaf.pem',
    ...signature,
  );
  const read = (name: string) => Buffer.from(openssl.read(name)).toString();
  return { root: read('root.pem'), leaf: read('leaf.pem') };
}

const EC = ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const curve = (name: string) => ['EC', '-pkeyopt', `ec_paramgen_curve:${name}`];
const rsa = (bits: number, ...more: string[]) => ['RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`, ...more];
const pss = (...more: string[]) => ['-sigopt', 'rsa_padding_mode:pss', ...more];

async function outcome({ root, leaf }: Made): Promise<string> {
  try {
    await createPathVerifier({ trustAnchors: [root] }).verify(leaf, []);
    return 'accepted';
  } catch (error) {
    const { code, detail } = error as MtlsError;
    return code === 'ERR_PATH_ANCHOR' ? `${code} ${detail.reason}` : code;
  }
}

const ALGORITHM = 'ERR_PATH_ALGORITHM';
const WEAK = 'ERR_PATH_WEAK_KEY';
/** Of the root, when the verifier is made. */
const [ROOT_ALGORITHM, ROOT_WEAK] = [ALGORITHM, WEAK].map((code) => `ERR_PATH_ANCHOR ${code}`) as [string, string];

describe('signatures and keys that OpenSSL makes', () => {
  it.each<[string, string, () => Made]>([
    ['RSA with SHA-256', 'accepted', () => make(rsa(2048))],
    ['RSA with SHA-384', 'accepted', () => make(rsa(2048), EC, ['-sha384'])],
    ['RSA with SHA-512', 'accepted', () => make(rsa(2048), EC, ['-sha512'])],
    ['RSA with an exponent of 3', 'accepted', () => make(rsa(2048, '-pkeyopt', 'rsa_keygen_pubexp:3'))],
    ['RSA with SHA-1', ALGORITHM, () => make(rsa(2048), EC, ['-sha1'])],
    ['RSA with MD5', ALGORITHM, () => make(rsa(2048), EC, ['-md5'])],
    ['RSA with SHA-224', ALGORITHM, () => make(rsa(2048), EC, ['-sha224'])],
    ['RSA of 1024 bits', ROOT_WEAK, () => make(rsa(1024))],
    ['RSA of 2047 bits', ROOT_WEAK, () => make(rsa(2047))],
    ['RSA of 8200 bits in the leaf', WEAK, () => ({ ...make(EC), ...withLeafKey(2n ** 8199n + 1n, 65537n) })],
    ['RSA of 1024 bits in the leaf', WEAK, () => make(EC, rsa(1024))],
    ['PSS with SHA-256', 'accepted', () => make(rsa(2048), EC, pss('-sigopt', 'rsa_pss_saltlen:32'))],
    ['PSS with SHA-512 and the longest salt', 'accepted', () => make(rsa(2048), EC, [...pss(), '-sha512'])],
    ['PSS without salt', 'accepted', () => make(rsa(2048), EC, pss('-sigopt', 'rsa_pss_saltlen:0'))],
    ['PSS with SHA-1', ALGORITHM, () => make(rsa(2048), EC, [...pss(), '-sha1'])],
    ['PSS with another hash for the mask', ALGORITHM, () => make(rsa(2048), EC, pss('-sigopt', 'rsa_mgf1_md:sha1'))],
    ['a PSS key', 'accepted', () => make(pssKey)],
    ['a PSS key, and a signature of PKCS #1', 'ERR_PATH_SIGNATURE', () => withAlgorithm(make(pssKey), SHA256_WITH_RSA)],
    ['a PSS key with parameters', 'accepted', () => make(restricted, EC, ['-sigopt', 'rsa_pss_saltlen:32'])],
    [
      'ECDSA P-384 with SHA-256',
      'accepted',
      () => make(['EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], EC, ['-sha256']),
    ],
    ['ECDSA P-256 with SHA-512', 'accepted', () => make(EC, EC, ['-sha512'])],
    ['ECDSA with SHA-1', ALGORITHM, () => make(EC, EC, ['-sha1'])],
    ['secp256k1', ROOT_ALGORITHM, () => make(['EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'])],
    ['an explicit curve', ROOT_ALGORITHM, () => make([...EC, '-pkeyopt', 'ec_param_enc:explicit'])],
    ['an explicit curve in the leaf', ALGORITHM, () => make(EC, [...EC, '-pkeyopt', 'ec_param_enc:explicit'])],
    ['Ed25519', 'accepted', () => make(['ED25519'])],
    ['Ed448', 'accepted', () => make(['ED448'])],
    ['X25519 in the leaf', ALGORITHM, () => ({ ...make(EC), ...withInfo(X25519) })],
    ['DSA', ROOT_ALGORITHM, () => make(['DSA'])],
  ])('%s: %s', async (_what, expected, made) => {
    expect(await outcome(made())).toBe(expected);
  });
});

const pssKey = ['RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'];
const SHA256_WITH_RSA = sequence(oid('1.2.840.113549.1.1.11'), tlv(TAG.NULL));
const restricted = [
  'RSA-PSS',
  ...[
    'rsa_keygen_bits:2048',
    'rsa_pss_keygen_md:sha256',
    'rsa_pss_keygen_mgf1_md:sha256',
    'rsa_pss_keygen_saltlen:32',
  ].flatMap((option) => ['-pkeyopt', option]),
];

const SHORT_ED25519 = sequence(fromHex('300506032b6570'), tlv(TAG.BIT_STRING, new Uint8Array(32)));
const ODD_ED25519 = sequence(fromHex('300506032b6570'), tlv(TAG.BIT_STRING, Uint8Array.of(1, ...new Uint8Array(32))));
const X25519 = sequence(fromHex('300506032b656e'), tlv(TAG.BIT_STRING, new Uint8Array(33).fill(9, 1)));

interface Rewriting {
  readonly info?: Uint8Array;
  /** AlgorithmIdentifier, for both places. */
  readonly algorithm?: Uint8Array;
  /** Signs; without it the old signature stays. */
  readonly key?: KeyObject;
}

/** A certificate with some of its parts replaced. */
function rewrite(der: Uint8Array, { info, algorithm, key }: Rewriting): Uint8Array {
  const reader = new DerReader(der).expect(TAG.SEQUENCE).enter();
  const [tbs, outerAlgorithm, signature] = elements(reader) as [Uint8Array, Uint8Array, Uint8Array];
  const parts = elements(new DerReader(tbs).expect(TAG.SEQUENCE).enter());
  // version 1 has no version field
  const first = parts[0]![0] === TAG.INTEGER ? 0 : 1;
  if (algorithm) parts[first + 1] = algorithm;
  if (info) parts[first + 5] = info;
  const signed = sequence(...parts);
  const bits = key ? tlv(TAG.BIT_STRING, Uint8Array.of(0), sign(null, signed, key)) : signature;
  return sequence(signed, algorithm ?? outerAlgorithm, bits);
}

function elements(reader: DerReader): Uint8Array[] {
  const found: Uint8Array[] = [];
  while (!reader.done) {
    reader.next();
    found.push(reader.element());
  }
  return found;
}

/** The leaf of a new authority with another SubjectPublicKeyInfo; it is refused before the signature is looked at. */
function withInfo(info: Uint8Array): Pick<Made, 'leaf'> {
  return { leaf: Buffer.from(rewrite(parseCertificate(make(EC).leaf).der, { info })).toString('base64') };
}

/** The leaf with another algorithm of the signature, which stays. */
function withAlgorithm({ root, leaf }: Made, algorithm: Uint8Array): Made {
  return { root, leaf: Buffer.from(rewrite(parseCertificate(leaf).der, { algorithm })).toString('base64') };
}

function withLeafKey(modulus: bigint, exponent: bigint): Pick<Made, 'leaf'> {
  return withInfo(rsaInfo(modulus, exponent));
}

function rsaInfo(modulus: bigint, exponent: bigint): Uint8Array {
  const key = sequence(integer(modulus), integer(exponent));
  return sequence(fromHex('300d06092a864886f70d0101010500'), tlv(TAG.BIT_STRING, Uint8Array.of(0), key));
}

function integer(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const octets = fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
  return tlv(TAG.INTEGER, ...(octets[0]! >= 0x80 ? [Uint8Array.of(0)] : []), octets);
}

describe('the reason names the kind of key', () => {
  it.each<[string, unknown[], () => Pick<Made, 'leaf'>]>([
    ['secp256k1', [ALGORITHM, 'curve', 'secp256k1'], () => make(EC, curve('secp256k1'))],
    ['brainpoolP384r1', [ALGORITHM, 'curve', 'brainpoolP384r1'], () => make(EC, curve('brainpoolP384r1'))],
    ['an explicit curve', [ALGORITHM, 'explicit-curve'], () => make(EC, [...EC, '-pkeyopt', 'ec_param_enc:explicit'])],
    ['DSA', [ALGORITHM, 'key-type', 'DSA'], () => make(EC, ['DSA'])],
    ['X25519', [ALGORITHM, 'key-type', 'X25519'], () => withInfo(X25519)],
    ['a key of another length', [ALGORITHM, 'publicKey'], () => withInfo(SHORT_ED25519)],
    ['an Ed25519 key that is not whole octets', [ALGORITHM, 'publicKey'], () => withInfo(ODD_ED25519)],
    ['RSA of 1024 bits', [WEAK, 'modulus', '1024 bits'], () => make(EC, rsa(1024))],
    ['a signature with SHA-1', [ALGORITHM, 'signatureAlgorithm', 'ecdsa-with-SHA1'], () => make(EC, EC, ['-sha1'])],
  ])('%s', async (what, expected, made) => {
    const paths = (root: string, leaf: string) => createPathVerifier({ trustAnchors: [root] }).verify(leaf, []);
    const { root, leaf } = { ...make(EC), ...made() };
    const error = await paths(root, leaf).catch((thrown: unknown) => thrown);
    const { code, detail } = error as { code: string; detail: { reason?: string; found?: string[] } };
    expect([code, detail.reason, ...(detail.found ?? [])], what).toEqual(expected);
  });
});

describe('RSA keys that cannot be meant', () => {
  const modulus = 2n ** 2047n + 1n;
  it.each<[string, bigint, bigint]>([
    ['an exponent of 1, with which everything is its own signature', modulus, 1n],
    ['an even exponent', modulus, 65536n],
    ['an exponent as long as the modulus', modulus, modulus - 2n],
    ['an exponent of 0', modulus, 0n],
    ['a modulus of 0', 0n, 65537n],
  ])('%s', async (_what, n, e) => {
    expect(await outcome({ root: make(EC).root, ...withLeafKey(n, e) })).toBe(WEAK);
  });
});

describe('ML-DSA, where the runtime has it', () => {
  const type = 'ml-dsa-44' as never;
  const pair = ((): KeyPairKeyObjectResult | undefined => {
    try {
      return generateKeyPairSync(type);
    } catch {
      return undefined;
    }
  })();

  // AlgorithmIdentifier { id-ml-dsa-44 }
  const algorithm = fromHex('300b0609608648016503040311');

  it.skipIf(pair === undefined)('signs certificates (RFC 9881)', async () => {
    const { publicKey, privateKey: key } = pair!;
    const info = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
    const authority = await createCertificateAuthority();
    const root = rewrite(authority.certificate.der, { info, algorithm, key });
    const leaf = rewrite((await authority.issue()).certificate.der, { algorithm, key });
    const paths = createPathVerifier({ trustAnchors: [root] });
    await expect(paths.verify(leaf, [])).resolves.toBeDefined();
    leaf[leaf.length - 1]! ^= 1;
    await expect(paths.verify(leaf, [])).rejects.toMatchObject({ code: 'ERR_PATH_SIGNATURE' });
  });

  it.skipIf(pair !== undefined)('is refused elsewhere', async () => {
    const info = sequence(algorithm, tlv(TAG.BIT_STRING, new Uint8Array(1313)));
    const authority = await createCertificateAuthority();
    const root = rewrite(authority.certificate.der, { info, algorithm });
    expect(() => createPathVerifier({ trustAnchors: [root] })).toThrow(
      expect.objectContaining({ code: 'ERR_PATH_ANCHOR', cause: expect.objectContaining({ code: ALGORITHM }) }),
    );
  });
});

describe('signature algorithms with parameters of the wrong kind', async () => {
  const authority = await createCertificateAuthority({ keyType: 'RSA-2048' });
  const { der } = (await authority.issue()).certificate;
  const hash = (name: string) => sequence(oid(`2.16.840.1.101.3.4.2.${name}`));
  const [sha256, sha384, sha224] = [hash('1'), hash('2'), hash('4')] as const;
  const mgf1 = (mask: Uint8Array, name = '1.2.840.113549.1.1.8') => tlv(context(1, true), sequence(oid(name), mask));
  const pssWith = (...parts: Uint8Array[]) => sequence(oid('1.2.840.113549.1.1.10'), sequence(...parts));
  const first = tlv(context(0, true), sha256);

  it.each<[string, string, Uint8Array]>([
    ['PSS with SHA-256', 'ERR_PATH_SIGNATURE', pssWith(first, mgf1(sha256))],
    ['PSS without a hash', ALGORITHM, pssWith(mgf1(sha256))],
    ['PSS without a mask', ALGORITHM, pssWith(first)],
    ['PSS with a hash that is not accepted', ALGORITHM, pssWith(tlv(context(0, true), sha224), mgf1(sha224))],
    ['PSS with another hash for the mask', ALGORITHM, pssWith(first, mgf1(sha384))],
    ['PSS with another mask function', ALGORITHM, pssWith(first, mgf1(sha256, '1.2.840.113549.1.1.9'))],
    // of another type of key
    ['ECDSA', 'ERR_PATH_SIGNATURE', sequence(oid('1.2.840.10045.4.3.2'))],
    ['Ed25519', 'ERR_PATH_SIGNATURE', sequence(oid('1.3.101.112'))],
    ['ML-DSA-44', 'ERR_PATH_SIGNATURE', sequence(oid('2.16.840.1.101.3.4.3.17'))],
  ])('%s: %s', async (_what, expected, algorithm) => {
    const leaf = Buffer.from(rewrite(der, { algorithm })).toString('base64');
    expect(await outcome({ root: authority.pem, leaf })).toBe(expected);
  });

  it.each(['P-256', 'Ed25519', 'RSA-PSS-2048'] as const)('none of them is one of a key of type %s', async (keyType) => {
    const other = await createCertificateAuthority({ keyType });
    const target = (await other.issue()).certificate.der;
    const own = { 'P-256': '1.2.840.10045.4.3.2', Ed25519: '1.3.101.112', 'RSA-PSS-2048': undefined }[keyType];
    for (const name of ['1.2.840.113549.1.1.11', '1.2.840.10045.4.3.2', '1.3.101.112', '1.3.101.113']) {
      const leaf = Buffer.from(rewrite(target, { algorithm: sequence(oid(name)) })).toString('base64');
      if (name !== own) expect([name, await outcome({ root: other.pem, leaf })]).toEqual([name, 'ERR_PATH_SIGNATURE']);
    }
    const leaf = Buffer.from(rewrite(target, { algorithm: pssWith(first, mgf1(sha256)) })).toString('base64');
    expect(await outcome({ root: other.pem, leaf })).toBe('ERR_PATH_SIGNATURE');
  });

  it('RSA keys above 4096 bits cost four verifications', async () => {
    const made = rewrite(authority.certificate.der, { info: rsaInfo(2n ** 4099n + 1n, 65537n) });
    const verify = (signatures: number) =>
      createPathVerifier({ trustAnchors: [made], limits: { signatures } }).verify(der, []);
    await expect(verify(4)).rejects.toMatchObject({ code: 'ERR_PATH_SIGNATURE' });
    await expect(verify(3)).rejects.toMatchObject({ code: 'ERR_PATH_LIMIT' });
  });
});

describe('algorithms that do not fit', () => {
  it('inside and outside of the signature (RFC 5280 §4.1.1.2)', async () => {
    const root = await createCertificateAuthority();
    const { der } = (await root.issue()).certificate;
    // ecdsa-with-SHA256 to ecdsa-with-SHA384 in the last one, which is not signed
    const oid = fromHex('06082a8648ce3d040302');
    const at = der.findLastIndex((_, start) => oid.every((octet, i) => der[start + i] === octet));
    der[at + oid.length - 1] = 3;
    await expect(createPathVerifier({ trustAnchors: [root.pem] }).verify(der, [])).rejects.toMatchObject({
      code: 'ERR_PATH_MALFORMED',
      detail: { reason: 'signature-algorithms-differ' },
    });
  });

  it('the algorithm of the signature and the key of the issuer', async () => {
    const name = { subject: 'CN=Root' };
    const [ec, rsaAuthority] = await Promise.all([
      createCertificateAuthority(name),
      createCertificateAuthority({ ...name, keyType: 'RSA-2048' }),
    ]);
    const leaf = await rsaAuthority.issue();
    const paths = createPathVerifier({ trustAnchors: [ec.pem] });
    await expect(paths.verify(leaf.pem, [])).rejects.toMatchObject({ code: 'ERR_PATH_SIGNATURE' });
    // which does not keep the right issuer from being found
    const both = createPathVerifier({ trustAnchors: [ec.pem, rsaAuthority.pem] });
    await expect(both.verify(leaf.pem, [])).resolves.toBeDefined();
  });
});
