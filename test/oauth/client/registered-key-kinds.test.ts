import { generateKeyPairSync } from 'node:crypto';
import { authenticateClient, isMtlsError, parseCertificate, parseClientMetadata } from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { TAG } from '../../../src/encoding/der.js';
import { oid, sequence, tlv } from '../../../src/testing/der-writer.js';
import { tbsParts } from '../../../src/testing/exact-names.js';
import { certificateFields } from '../../../src/x509/certificate.js';
import { OpenSsl } from '../../pki/openssl.js';

const register = (key: object) =>
  parseClientMetadata({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [key] } });

function refusal(key: object): unknown {
  try {
    register(key);
    return 'registered';
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return [error.code, error.detail.reason, error.detail.found];
  }
}

describe('AKP keys (RFC 9964) register on every runtime', async () => {
  const fields = certificateFields((await selfSignedCertificate({ subject: 'CN=pq' })).certificate);
  const { beforeAlgorithm, beforeKey, afterKey } = tbsParts(fields);

  /** A certificate whose key is these octets. Registration does not verify its signature. */
  function certificateOf(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
    const spki = sequence(algorithm, tlv(TAG.BIT_STRING, Uint8Array.of(0), key));
    const tbs = sequence(beforeAlgorithm, algorithm, beforeKey, spki, afterKey);
    return sequence(tbs, algorithm, tlv(TAG.BIT_STRING, new Uint8Array(2421)));
  }

  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

  it.each([
    ['ML-DSA-44', '2.16.840.1.101.3.4.3.17', 1312],
    ['ML-DSA-65', '2.16.840.1.101.3.4.3.18', 1952],
    ['ML-DSA-87', '2.16.840.1.101.3.4.3.19', 2592],
  ] as const)('%s', async (alg, dotted, octets) => {
    const key = new Uint8Array(octets).map((_, at) => at * 7);
    const der = certificateOf(sequence(oid(dotted)), key);
    const jwk = { kty: 'AKP', alg, pub: base64url(key), x5c: [base64(der)] };
    const certificate = parseCertificate(der);
    const { method } = await authenticateClient(presented(certificate), register(jwk));
    expect(method).toBe('self_signed_tls_client_auth');

    const otherKey = ['ERR_METADATA_X5C', 'other-key', undefined];
    const { alg: _alg, ...withoutAlg } = jwk;
    const { pub: _pub, ...withoutPub } = jwk;
    const parameters = certificateOf(sequence(oid(dotted), tlv(TAG.NULL)), key);
    for (const changed of [
      { ...jwk, pub: base64url(key.with(9, 1)) },
      { ...jwk, pub: base64url(key.subarray(1)) },
      { ...jwk, pub: `${jwk.pub}=` },
      { ...jwk, alg: alg === 'ML-DSA-44' ? 'ML-DSA-65' : 'ML-DSA-44' },
      { ...jwk, alg: 'EdDSA' },
      { ...jwk, kty: 'OKP' },
      { ...jwk, x5c: [base64(parameters)] },
      withoutAlg,
      withoutPub,
    ]) {
      expect(refusal(changed)).toEqual(otherKey);
    }
    expect(refusal({ ...jwk, priv: base64url(key) })).toEqual(['ERR_METADATA_JWKS', 'private-key', undefined]);
    const another = parseCertificate(certificateOf(sequence(oid(dotted)), key.with(0, 1)));
    await expect(authenticateClient(presented(another), register(jwk))).rejects.toMatchObject({
      code: 'ERR_CLIENT_CERTIFICATE_UNKNOWN',
    });
  });
});

describe('a certificate whose key is malformed has another key than its JWK', async () => {
  const { certificate } = await selfSignedCertificate({ subject: 'CN=c' });
  const { beforeAlgorithm, beforeKey, afterKey } = tbsParts(certificateFields(certificate));
  const rsa = sequence(oid('1.2.840.113549.1.1.1'), tlv(TAG.NULL));
  // ITU-T X.667: longer than a UUID
  const longArc = tlv(TAG.OID, Uint8Array.of(0x2a, ...Array<number>(20).fill(0x81), 1));

  it.each([
    ['no RSAPublicKey', rsa, [TAG.NULL, 0]],
    ['a third number in RSAPublicKey', rsa, [0x30, 9, 2, 1, 1, 2, 1, 3, 2, 1, 5]],
    ['an algorithm with a long arc', sequence(longArc), [1]],
  ])('%s', (_what, algorithm, octets) => {
    const spki = sequence(algorithm, tlv(TAG.BIT_STRING, Uint8Array.of(0, ...octets)));
    const signature = sequence(oid('1.2.840.10045.4.3.2'));
    const tbs = sequence(beforeAlgorithm, signature, beforeKey, spki, afterKey);
    const der = sequence(tbs, signature, tlv(TAG.BIT_STRING, new Uint8Array(71)));
    const x5c = [Buffer.from(der).toString('base64')];
    expect(refusal({ kty: 'RSA', n: 'AQ', e: 'AQ', x5c })).toEqual(['ERR_METADATA_X5C', 'other-key', undefined]);
  });
});

describe('keys that are not supported are refused for what they are', () => {
  const openssl = new OpenSsl();
  afterAll(() => openssl.dispose());

  function certificateOf(...key: readonly string[]): string {
    openssl.run(
      'req',
      '-x509',
      '-nodes',
      '-subj',
      '/CN=c',
      '-keyout',
      'key',
      '-out',
      'cert',
      '-outform',
      'DER',
      ...key,
    );
    return Buffer.from(openssl.read('cert')).toString('base64');
  }

  const ec = (...options: string[]): string =>
    certificateOf('-newkey', 'ec', ...options.flatMap((each) => ['-pkeyopt', each]));
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

  it.each([
    ['secp256k1', 'curve', ['secp256k1'], () => ec('ec_paramgen_curve:secp256k1')],
    ['brainpoolP256r1', 'curve', ['brainpoolP256r1'], () => ec('ec_paramgen_curve:brainpoolP256r1')],
    ['P-224', 'curve', ['P-224'], () => ec('ec_paramgen_curve:secp224r1')],
    ['a curve without a name here', 'curve', ['1.3.132.0.16'], () => ec('ec_paramgen_curve:sect283k1')],
    ['explicit parameters', 'explicit-curve', undefined, () => ec('ec_paramgen_curve:P-256', 'ec_param_enc:explicit')],
    ['P-384 in place of P-256', 'other-key', undefined, () => ec('ec_paramgen_curve:P-384')],
  ])('%s: %s', (what, reason, found, make) => {
    const x5c = [make()];
    for (const jwk of [own, { ...own, crv: what }]) {
      expect(refusal({ ...jwk, x5c })).toEqual(['ERR_METADATA_X5C', reason, found]);
    }
  });

  it('DSA: key-type', () => {
    openssl.run('dsaparam', '-out', 'parameters', '1024');
    const x5c = [certificateOf('-newkey', 'dsa:parameters')];
    expect(refusal({ ...own, x5c })).toEqual(['ERR_METADATA_X5C', 'key-type', ['DSA']]);
  });
});
