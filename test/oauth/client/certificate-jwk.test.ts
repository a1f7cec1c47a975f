import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK } from 'jose';
import { authenticateClient, certificateJwk, parseCertificate, parseClientMetadata } from 'oauth-mtls';
import { presented, selfSignedCertificate, type TestKeyType } from 'oauth-mtls/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { TEST_KEY_TYPES } from '../../../src/testing/key-pair.js';
import { hasMlDsa } from '../../has-ml-dsa.js';

const folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-jwk-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A self-signed certificate of OpenSSL's, with a key that `openssl genpkey` makes. */
function opensslCertificate(genpkey: readonly string[]): string {
  const key = join(folder, 'key.pem');
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  openssl('genpkey', ...genpkey, '-out', key);
  return openssl('req', '-x509', '-key', key, '-subj', '/CN=client', '-days', '30').toString();
}

const ec = (curve: string) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`];

/** The certificate with the key in a SubjectPublicKeyInfo of these octets in its place; the signature is worthless. */
function withKey(pem: string, publicKey: Buffer): string {
  const { raw } = new X509Certificate(pem);
  const old = Buffer.from(parseCertificate(pem).publicKey);
  expect(publicKey).toHaveLength(old.length);
  const at = raw.indexOf(old);
  return Buffer.concat([raw.subarray(0, at), publicKey, raw.subarray(at + old.length)]).toString('base64');
}

async function expectRegistrable(pem: string): Promise<void> {
  const certificate = parseCertificate(pem);
  const jwk = certificateJwk(certificate);
  expect(jwk.x5c).toEqual([new X509Certificate(pem).raw.toString('base64')]);
  const metadata = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwk] } };
  const client = parseClientMetadata(JSON.parse(JSON.stringify(metadata)));
  expect(client.jwks!.keys).toEqual([jwk]);
  const { method } = await authenticateClient(presented(certificate), client);
  expect(method).toBe('self_signed_tls_client_auth');
}

describe('certificateJwk', () => {
  it.each<[string, readonly string[]]>([
    ['RSA', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
    ['RSA with a long exponent', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_pubexp:4294967297']],
    ['P-256', ec('P-256')],
    ['P-384', ec('P-384')],
    ['P-521', ec('P-521')],
    ['Ed25519', ['-algorithm', 'ED25519']],
    ['Ed448', ['-algorithm', 'ED448']],
  ])("is jose's JWK of OpenSSL's certificate, and registers: %s", async (_name, genpkey) => {
    const pem = opensslCertificate(genpkey);
    const { x5c, ...members } = certificateJwk(parseCertificate(pem));
    expect(members).toEqual(await exportJWK(new X509Certificate(pem).publicKey));
    expect(x5c).toHaveLength(1);
    await expectRegistrable(pem);
  });

  it.each<TestKeyType>(TEST_KEY_TYPES.filter((type) => hasMlDsa || !type.startsWith('ML-DSA')))(
    "is WebCrypto's JWK of the kit's certificate, and registers: %s",
    async (keyType) => {
      const { pem, jwk, certificate } = await selfSignedCertificate({ keyType });
      expect(certificateJwk(certificate)).toEqual(jwk);
      await expectRegistrable(pem);
    },
  );

  it('is the same for an RSASSA-PSS key as for an RSA key', async () => {
    const pem = opensslCertificate(['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048']);
    const { kty, n, e } = certificateJwk(parseCertificate(pem));
    expect([kty, Buffer.from(n!, 'base64url').length, e]).toEqual(['RSA', 256, 'AQAB']);
    await expectRegistrable(pem);
  });

  it('is frozen, and has the certificate as its DER', async () => {
    const { certificate } = await selfSignedCertificate();
    const jwk = certificateJwk(certificate);
    expect([jwk, jwk.x5c].every(Object.isFrozen)).toBe(true);
    expect(parseCertificate(jwk.x5c[0]).thumbprint).toBe(certificate.thumbprint);
  });

  it('takes only what parseCertificate made', () => {
    expect(() => certificateJwk({ der: new Uint8Array(3) } as never)).toThrow(TypeError);
  });

  const explicit = [...ec('P-256'), '-pkeyopt', 'ec_param_enc:explicit'];
  const p256 = opensslCertificate(ec('P-256'));
  const ed25519 = opensslCertificate(['-algorithm', 'ED25519']);
  const point = Buffer.from(parseCertificate(p256).publicKey);
  const edwards = Buffer.from(parseCertificate(ed25519).publicKey);
  const changed = (spki: Buffer, change: (octets: Buffer) => void) => {
    const copy = Buffer.from(spki);
    change(copy);
    return copy;
  };

  it.each<[reason: string, what: string, pem: string]>([
    ['curve', 'secp256k1', opensslCertificate(ec('secp256k1'))],
    ['curve', 'brainpool', opensslCertificate(ec('brainpoolP256r1'))],
    ['explicit-parameters', 'P-256 in explicit parameters', opensslCertificate(explicit)],
    [
      'compressed-point',
      'a point that starts like a compressed one',
      withKey(
        p256,
        changed(point, (o) => void (o[26] = 2)),
      ),
    ],
    [
      'encoding',
      'a point in hybrid form',
      withKey(
        p256,
        changed(point, (o) => void (o[26] = 6)),
      ),
    ],
    [
      'encoding',
      'bits that are no octets',
      withKey(
        ed25519,
        changed(edwards, (o) => void ((o[11] = 1), (o[43] = 0))),
      ),
    ],
    // 1.3.101.110
    [
      'algorithm',
      'X25519, which signs nothing',
      withKey(
        ed25519,
        changed(edwards, (o) => void (o[8] = 0x6e)),
      ),
    ],
  ])('refuses a key without JWK form: %s, %s', (reason, _what, pem) => {
    expect(() => certificateJwk(parseCertificate(pem))).toThrow(
      expect.objectContaining({ code: 'ERR_CERTIFICATE_KEY', detail: { reason } }),
    );
  });

  it('refuses an RSA key that is malformed', () => {
    const pem = opensslCertificate(['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']);
    const spki = Buffer.from(parseCertificate(pem).publicKey);
    // the tag of RSAPublicKey
    const at = spki.indexOf(Buffer.from([0x30, 0x82, 0x01, 0x0a]));
    expect(() =>
      certificateJwk(
        parseCertificate(
          withKey(
            pem,
            changed(spki, (o) => void (o[at] = 0x31)),
          ),
        ),
      ),
    ).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_DER' }));
  });

  // FIPS 204 keys: any octets of the right length are one
  it.each([
    ['ML-DSA-44', 17, 1312],
    ['ML-DSA-65', 18, 1952],
    ['ML-DSA-87', 19, 2592],
  ])('is an AKP key for %s, on every runtime', async (alg, arc, size) => {
    const pub = Buffer.alloc(size, 7);
    const oid = Buffer.from([0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, arc]);
    const certificate = parseCertificate(Buffer.from(await certificateWith(oid, pub)));
    const { x5c, ...members } = certificateJwk(certificate);
    expect(members).toEqual({ kty: 'AKP', alg, pub: pub.toString('base64url') });
    expect(x5c[0]).toBe(Buffer.from(certificate.der).toString('base64'));
    const shorter = parseCertificate(Buffer.from(await certificateWith(oid, pub.subarray(1))));
    expect(() => certificateJwk(shorter)).toThrow(
      expect.objectContaining({ code: 'ERR_CERTIFICATE_KEY', detail: { reason: 'encoding' } }),
    );
  });
});

const sequence = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
};

/** A certificate with this kind of key; its signature is worthless. */
async function certificateWith(oid: Uint8Array, key: Uint8Array): Promise<Buffer> {
  const { certificate } = await selfSignedCertificate();
  const raw = Buffer.from(certificate.der);
  const old = Buffer.from(certificate.publicKey);
  const at = raw.indexOf(old);
  const tbsEnd = 4 + 4 + raw.readUInt16BE(6);
  const spki = sequence(0x30, sequence(0x30, oid), sequence(0x03, Buffer.from([0]), key));
  const tbs = sequence(0x30, raw.subarray(8, at), spki, raw.subarray(at + old.length, tbsEnd));
  return sequence(0x30, tbs, raw.subarray(tbsEnd));
}
