import { createPathVerifier, type OcspInput, type PathVerifierOptions } from 'oauth-mtls/pki';
import {
  createCertificateAuthority,
  type TestAuthority,
  type TestCertificate,
  type TestCertificateOptions,
} from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DerReader, TAG } from '../../../src/encoding/der.js';
import { fromHex } from '../../../src/testing/der-writer.js';
import { OpenSsl } from '../openssl.js';

const HOUR = 3_600_000;
const NO_CHECK = { oid: '1.3.6.1.5.5.7.48.1.5', value: fromHex('0500') };

const openssl = new OpenSsl();
afterAll(() => openssl.dispose());

let root: TestAuthority;
let leaf: TestCertificate;
let responder: TestCertificate;

beforeAll(async () => {
  root = await createCertificateAuthority({ subject: 'CN=Root' });
  leaf = await root.issue({ serialNumber: '4a01' });
  responder = await root.issue({ subject: 'CN=Responder', extendedKeyUsage: ['ocspSigning'], extensions: [NO_CHECK] });
});

interface ResponseOptions {
  readonly signer?: Pick<TestCertificate, 'pem' | 'privateKeyPem'>;
  readonly issuer?: Pick<TestCertificate, 'pem'>;
  readonly target?: TestCertificate;
  /** V valid, R revoked; undefined leaves the certificate out, so that it is unknown. */
  readonly state?: 'V' | 'R' | undefined;
  /** Options of `openssl ocsp` for the request, and for the response. */
  readonly request?: readonly string[];
  readonly response?: readonly string[];
}

/** A response that OpenSSL makes, valid for an hour from now. */
function respond(options: ResponseOptions = {}): Uint8Array {
  const { signer = responder, issuer = root, target = leaf, request = [], response = ['-nmin', '60'] } = options;
  const state = 'state' in options ? options.state : 'V';
  const serial = target.certificate.serialNumber.toUpperCase();
  const line = `${state}\t400101000000Z\t${state === 'R' ? '240101000000Z' : ''}\t${serial}\tunknown\t/CN=test\n`;
  const [issuerFile, index] = [openssl.write(issuer.pem), openssl.write(state === undefined ? '' : line)];
  const targetFile = openssl.write(target.pem);
  openssl.run('ocsp', ...request, '-issuer', issuerFile, '-cert', targetFile, '-reqout', 'request', '-no_nonce');
  const keys = ['-rsigner', openssl.write(signer.pem), '-rkey', openssl.write(signer.privateKeyPem)];
  openssl.run(
    'ocsp',
    '-index',
    index,
    '-CA',
    issuerFile,
    ...keys,
    '-reqin',
    'request',
    '-respout',
    'response',
    ...response,
  );
  return openssl.read('response');
}

async function outcome(
  responses: readonly OcspInput[],
  options: Partial<PathVerifierOptions> = {},
  now?: Date,
  target = leaf,
) {
  const paths = createPathVerifier({
    trustAnchors: [root.pem],
    revocation: 'require',
    ocspResponses: responses,
    ...options,
  });
  try {
    return (await paths.verify(target.pem, [], now ? { now } : {})).revocation.join();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const GOOD = 'ocsp';
const REVOKED = 'ERR_PATH_REVOKED';
const UNKNOWN = 'ERR_PATH_REVOCATION_UNKNOWN';

describe('RFC 6960 §3.2: a response', () => {
  it('of the issuer, or of a responder that it certified', async () => {
    expect(await outcome([respond({ signer: root })])).toBe(GOOD);
    expect(await outcome([respond()])).toBe(GOOD);
    expect(await outcome([respond({ response: ['-nmin', '60', '-resp_key_id'] })])).toBe(GOOD);
    expect(await outcome([respond({ state: 'R' })])).toBe(REVOKED);
    expect(await outcome([respond({ signer: root, state: 'R' })])).toBe(REVOKED);
  });

  it('may name the certificate by SHA-1, SHA-256, SHA-384 or SHA-512', async () => {
    for (const hash of ['-sha1', '-sha256', '-sha384', '-sha512']) {
      expect(await outcome([respond({ request: [hash] })])).toBe(GOOD);
    }
    for (const revocation of ['require', 'if-available'] as const) {
      expect(await outcome([respond({ request: ['-md5'] })], { revocation })).toBe(UNKNOWN);
    }
  });

  it('that does not know the certificate', async () => {
    expect(await outcome([respond({ state: undefined })])).toBe(UNKNOWN);
    expect(await outcome([respond({ state: undefined })], { revocation: 'if-available' })).toBe(UNKNOWN);
  });

  it('with a serial number in more octets than needed is refused at once, not passed over', () => {
    const padded = Buffer.from(
      Buffer.from(respond({ state: 'R' }))
        .toString('hex')
        .replace('02024a01', '02020001'),
      'hex',
    );
    expect(() => createPathVerifier({ trustAnchors: [root.pem], ocspResponses: [padded] })).toThrow(
      expect.objectContaining({ code: 'ERR_PATH_REVOCATION_MALFORMED' }),
    );
  });

  it('about another certificate says nothing', async () => {
    const other = await root.issue();
    const response = respond({ target: other, state: 'R' });
    expect(await outcome([response])).toBe(UNKNOWN);
    expect(await outcome([response], { revocation: 'if-available' })).toBe('not-checked');
    // the same serial number of another issuer
    const elsewhere = await createCertificateAuthority({ subject: 'CN=Elsewhere' });
    const twin = await elsewhere.issue({ serialNumber: '4a01' });
    const foreign = respond({ target: twin, issuer: elsewhere, signer: elsewhere });
    expect(await outcome([foreign])).toBe(UNKNOWN);
  });

  it('from the future or past its time: cannot be used, required or not', async () => {
    const response = respond();
    const late = new Date(Date.now() + 2 * HOUR);
    const early = new Date(Date.now() - HOUR / 2);
    for (const revocation of ['require', 'if-available'] as const) {
      expect(await outcome([response], { revocation }, late)).toBe(UNKNOWN);
      expect(await outcome([response], { revocation }, early)).toBe(UNKNOWN);
    }
  });

  it('without nextUpdate: cannot be used', async () => {
    expect(await outcome([respond({ response: [] })])).toBe(UNKNOWN);
  });

  it('beside a CRL: whatever revokes decides', async () => {
    const crls = [(await root.crl()).pem];
    const revoking = [(await root.crl({ revoked: [leaf] })).pem];
    expect(await outcome([respond()], { crls: revoking })).toBe(REVOKED);
    expect(await outcome([respond({ state: 'R' })], { crls })).toBe(REVOKED);
    expect(await outcome([respond({ state: undefined })], { crls })).toBe('crl');
  });
});

describe('RFC 6960 §4.2.2.2: responders', () => {
  it.each<[string, TestCertificateOptions]>([
    ['without id-kp-OCSPSigning', { extendedKeyUsage: ['clientAuth'] }],
    ['with anyExtendedKeyUsage', { extendedKeyUsage: ['any'] }],
    ['without extendedKeyUsage', { extendedKeyUsage: [] }],
    ['past their time', { extendedKeyUsage: ['ocspSigning'], notAfter: new Date(Date.now() - HOUR / 60) }],
    ['without digitalSignature', { extendedKeyUsage: ['ocspSigning'], keyUsage: ['keyEncipherment'] }],
  ])('%s may not answer', async (_what, options) => {
    const signer = await root.issue({ subject: 'CN=Responder', extensions: [NO_CHECK], ...options });
    expect(await outcome([respond({ signer })])).toBe(UNKNOWN);
    expect(await outcome([respond({ signer })], { revocation: 'if-available' })).toBe(UNKNOWN);
  });

  it('of another authority may not answer, even one under the same anchor', async () => {
    const options = { subject: 'CN=Responder', extendedKeyUsage: ['ocspSigning'], extensions: [NO_CHECK] };
    const middle = await root.issueAuthority();
    const impostor = await createCertificateAuthority({ subject: 'CN=Root' });
    for (const authority of [middle, impostor]) {
      expect(await outcome([respond({ signer: await authority.issue(options) })])).toBe(UNKNOWN);
      expect(await outcome([respond({ signer: authority })])).toBe(UNKNOWN);
    }
  });

  it('the certificate in question does not answer for itself', async () => {
    expect(await outcome([respond({ signer: leaf })])).toBe(UNKNOWN);
  });

  it('whose certificate did not come may not answer', async () => {
    expect(await outcome([respond({ response: ['-nmin', '60', '-resp_no_certs'] })])).toBe(UNKNOWN);
    expect(await outcome([respond({ signer: root, response: ['-nmin', '60', '-resp_no_certs'] })])).toBe(GOOD);
  });

  it('without nocheck need a CRL that clears them', async () => {
    const signer = await root.issue({ subject: 'CN=Responder', extendedKeyUsage: ['ocspSigning'] });
    const response = respond({ signer });
    expect(await outcome([response])).toBe(UNKNOWN);
    expect(await outcome([response], { crls: [(await root.crl()).pem] })).toBe(GOOD);
    // a revoked responder's answer counts for nothing: here the CRL clears the certificate itself
    expect(await outcome([response], { crls: [(await root.crl({ revoked: [signer] })).pem] })).toBe('crl');
    expect(
      await outcome([respond({ signer, state: 'R' })], { crls: [(await root.crl({ revoked: [signer] })).pem] }),
    ).toBe('crl');
  });
});

describe('a response that was changed', () => {
  it('is not signed any more', async () => {
    const response = respond({ state: 'R' });
    for (const at of [response.length - 1, response.length - 400]) {
      const changed = response.slice();
      changed[at]! ^= 1;
      try {
        expect(await outcome([changed])).toBe(UNKNOWN);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_PATH_REVOCATION_MALFORMED' });
      }
    }
  });

  it('from revoked to good is not signed any more', async () => {
    const response = respond({ signer: root, state: 'R', response: ['-nmin', '60', '-resp_no_certs'] });
    const good = respond({ signer: root, response: ['-nmin', '60', '-resp_no_certs'] });
    // the signature of the one under the data of the other
    const spliced = splice(good, response);
    expect(await outcome([spliced])).toBe(UNKNOWN);
  });
});

describe('RFC 9654: nonces', () => {
  it('have to be those of the request', async () => {
    const plain = respond();
    openssl.run(
      'ocsp',
      '-issuer',
      openssl.write(root.pem),
      '-cert',
      openssl.write(leaf.pem),
      '-reqout',
      'with-nonce',
      '-nonce',
    );
    const index = openssl.write(`V\t400101000000Z\t\t4A01\tunknown\t/CN=test\n`);
    const keys = ['-rsigner', openssl.write(responder.pem), '-rkey', openssl.write(responder.privateKeyPem)];
    openssl.run(
      'ocsp',
      '-index',
      index,
      '-CA',
      openssl.write(root.pem),
      ...keys,
      '-reqin',
      'with-nonce',
      '-respout',
      'answer',
      '-nmin',
      '60',
    );
    const response = openssl.read('answer');
    const nonce = findNonce(response);
    expect(await outcome([{ response, nonce }])).toBe(GOOD);
    expect(await outcome([{ response, nonce: nonce.map((octet) => octet ^ 1) }])).toBe(UNKNOWN);
    expect(await outcome([{ response: plain, nonce }])).toBe(UNKNOWN);
    expect(await outcome([response])).toBe(GOOD);
  });
});

describe('what the caller gives', () => {
  it('may be base64, and is refused at once where it does not parse', async () => {
    const response = respond();
    expect(await outcome([Buffer.from(response).toString('base64')])).toBe(GOOD);
    const malformed = expect.objectContaining({ code: 'ERR_PATH_REVOCATION_MALFORMED' });
    // tryLater (3): an error says nothing about any certificate
    for (const bad of ['AAAA', fromHex('30030a0103'), response.subarray(1), Uint8Array.of(...response, 0)]) {
      expect(() => createPathVerifier({ trustAnchors: [root.pem], ocspResponses: [bad] })).toThrow(malformed);
    }
    for (const bad of [1, null, {}, { response }, { response, nonce: 'x' }, { nonce: response }]) {
      expect(() => createPathVerifier({ trustAnchors: [root.pem], ocspResponses: [bad as never] })).toThrow(TypeError);
    }
  });
});

/** `a` with the signature of `b`; both have the same algorithm and no certificates. */
function splice(a: Uint8Array, b: Uint8Array): Uint8Array {
  const [inA, inB] = [signatureOf(a), signatureOf(b)];
  if (inA.length !== inB.length)
    return splice(a, respond({ signer: root, state: 'R', response: ['-nmin', '60', '-resp_no_certs'] }));
  const out = a.slice();
  out.set(inB, inA.byteOffset - a.byteOffset);
  return out;
}

function signatureOf(response: Uint8Array): Uint8Array {
  const outer = new DerReader(response).expect(TAG.SEQUENCE).enter();
  outer.next();
  outer.next();
  const typed = outer.enter().expect(TAG.SEQUENCE).enter();
  typed.next();
  typed.next();
  const basic = typed.enter().expect(TAG.SEQUENCE).enter();
  basic.next();
  basic.next();
  return basic.expect(TAG.BIT_STRING).content();
}

/** The octets of the nonce: OpenSSL prints them, this looks for the extension. */
function findNonce(response: Uint8Array): Uint8Array {
  const oid = fromHex('06092b0601050507300102');
  const at = response.findIndex((_, start) => oid.every((octet, i) => response[start + i] === octet));
  const value = new DerReader(response, at + oid.length).expect(TAG.OCTET_STRING).enter();
  return value.expect(TAG.OCTET_STRING).content().slice();
}
