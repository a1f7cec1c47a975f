// What encoders write although DER or RFC 5280 forbids it, and what the library reads: each at its place in a real
// certificate, CRL or OCSP response, where it can be replaced by anything and signed again.
import { sign } from 'node:crypto';
import {
  explainSubject,
  parseCertificate,
  parseClientMetadata,
  subjectMatches,
  suggestClientMetadata,
} from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { join, listElements, splice } from './mutate-der.js';
import { hold } from './violation.js';

/**
 * @typedef {{ der: Uint8Array, signed: Uint8Array, accept: (der: Uint8Array) => unknown }} Seed what is accepted, with
 * the part of it that is signed
 *
 * @typedef {object} Rule
 * @property {string} name
 * @property {string} written the piece as encoders write it, in hexadecimal
 * @property {(piece: Uint8Array) => unknown} run gives what holds the piece to the library; returns if it is accepted
 * @property {RegExp} [meanings] the pieces, in hexadecimal, with which it may be accepted; without, none
 */

/** @param {string} hex */
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
/** @param {Uint8Array} of */
const toHex = (of) => Buffer.from(of).toString('hex');

/** @param {number} tag @param {...Uint8Array} parts */
function tlv(tag, ...parts) {
  const content = join(...parts);
  return join(splice(Uint8Array.of(tag, 0), [{ start: 0, content: 2, end: 2 }], 2, 2, content));
}

/** The first element with this encoding. @param {Uint8Array} der @param {Uint8Array} encoding */
function find(der, encoding) {
  const found = listElements(der).find((each) => toHex(der.subarray(each.start, each.end)) === toHex(encoding));
  if (found === undefined) throw new Error('The template has no such element');
  return found;
}

/**
 * Signs again what is signed: the first element in the SEQUENCE that is the element `outer`, with two more behind it.
 *
 * @param {Uint8Array} der @param {number} outer @param {Parameters<typeof sign>[2]} key
 * @returns {Seed['signed'][]} the whole, and what is signed
 */
function signAgain(der, outer, key) {
  const elements = listElements(der);
  const tbs = elements[outer + 1];
  const algorithm = elements.find(({ start }) => start === tbs?.end);
  const signature = elements.find(({ start }) => start === algorithm?.end);
  // of a tree that is too large to be listed
  if (tbs === undefined || signature === undefined) return [der, der];
  const signed = der.slice(tbs.start, tbs.end);
  const value = tlv(3, Uint8Array.of(0), sign('sha256', signed, key));
  return [splice(der, elements, signature.start, signature.end, value), signed];
}

/** A template in which an element is replaced. @param {Uint8Array} der @param {Uint8Array} element */
function templateOf(der, element) {
  const elements = listElements(der);
  const { start, end } = find(der, element);
  return (/** @type {Uint8Array} */ piece) => splice(der, elements, start, end, piece);
}

/** @param {Parameters<typeof createCertificateAuthority>[0]} options */
const authority = async (options) => createCertificateAuthority({ subject: 'CN=Relaxed', ...options });

/** @returns {Promise<{ rules: Rule[], seeds: Seed[] }>} */
export async function createRelaxedRules() {
  const root = await authority({});
  const pss = await authority({ keyType: 'RSA-PSS-2048' });
  const san = { dns: 'a.example' };
  const client = await root.issue({ subject: 'CN=client', serialNumber: '41', san });
  const other = await root.issue({ subject: 'CN=other', serialNumber: '42' });
  const path = createPathVerifier({ trustAnchors: [root.pem] });
  const pssPath = createPathVerifier({ trustAnchors: [pss.pem] });
  /** @type {Seed[]} */
  const seeds = [];
  /** @type {Rule[]} */
  const rules = [];

  /**
   * @param {string} name @param {string} written @param {RegExp} meanings
   * @param {(piece: Uint8Array) => Uint8Array[]} build @param {(der: Uint8Array) => unknown} accept
   */
  const add = (name, written, meanings, build, accept) => {
    const [der, signed] = build(bytes(written));
    if (der === undefined || signed === undefined) throw new Error('There is nothing to start from');
    seeds.push({ der, signed, accept });
    rules.push({ name, written, meanings, run: (piece) => accept(build(piece)[0] ?? piece) });
  };
  /** @param {Uint8Array} der @param {Uint8Array} element @param {(piece: Uint8Array) => Uint8Array} [around] */
  const certificate = (der, element, around = (piece) => piece) => {
    const template = templateOf(der, element);
    return (/** @type {Uint8Array} */ piece) => signAgain(template(around(piece)), 0, root.privateKeyPem);
  };
  /** @param {Uint8Array} der */
  const leads = (der) => path.verify(der);

  const oid = bytes('06032a0304');
  const odd = await root.issue({ extensions: [{ oid: '1.2.3.4', value: bytes('0500') }] });
  add(
    'critical FALSE',
    '010100',
    /^(010100)?$/,
    certificate(odd.certificate.der, oid, (piece) => join(oid, piece)),
    leads,
  );

  const constrained = await root.issueAuthority({
    subject: 'CN=Middle',
    basicConstraints: { ca: true },
    keyUsage: ['digitalSignature', 'keyCertSign'],
  });
  const child = await constrained.issue();
  const basic = bytes('30030101ff');
  const issuer = certificate(constrained.certificate.der, basic);
  add('cA FALSE in an end entity', '3003010100', /^30/, issuer, leads);
  rules.push({
    name: 'cA FALSE in an issuer',
    written: '3003010100',
    meanings: /^30..0101ff/,
    run: (piece) => path.verify(child.pem, [issuer(piece)[0] ?? piece]),
  });

  const plain = parseCertificate(odd.certificate.der).der;
  const extensions = listElements(plain).find(({ start }) => plain[start] === 0xa3);
  if (extensions === undefined) throw new Error('The certificate has no extensions');
  const list = plain.slice(extensions.start, extensions.end);
  // or a unique identifier, which is in the same place
  add('an empty list of extensions', 'a3023000', /^(a3023000|8[12].*)?$/, certificate(plain, list), leads);
  const bare = templateOf(plain, list)(new Uint8Array(0));
  add('version v1', 'a003020100', /^(a00302010[012])?$/, certificate(bare, bytes('a003020102')), leads);

  const names = bytes('300b8209612e6578616d706c65');
  const unnamed = (await root.issue({ subject: 'CN=unnamed', san })).certificate.der;
  add('an empty subjectAltName', '3000', /^30/, certificate(unnamed, names), (der) => {
    agree(parseCertificate(der));
    return path.verify(der);
  });

  const salted = await pss.issue();
  const salt = bytes('a203020120');
  add(
    'trailerField 1',
    'a303020101',
    /^(a303020101)?$/,
    pssCertificate(salted.certificate.der, salt, pss.privateKeyPem),
    (der) => pssPath.verify(der),
  );

  // an authority for names below example, that excludes the piece
  const permitted = 'a00b30098207' + toHex(new TextEncoder().encode('example'));
  const value = bytes(`3015${permitted}a106` + '300482022222');
  const bound = await root.issueAuthority({
    subject: 'CN=Bound',
    extensions: [{ oid: '2.5.29.30', critical: true, value }],
  });
  const outside = await bound.issue({ san: { dns: 'a.test' } });
  const inside = await bound.issue({ san: { uri: 'https://a.test/' } });
  const bounds = certificate(bound.certificate.der, bytes('300482022222'));
  rules.push({
    name: 'a constraint that cannot be processed',
    written: '300482022222',
    async run(piece) {
      const [der = piece] = bounds(piece);
      await path.verify(inside.pem, [der]).catch(() => undefined);
      return path.verify(outside.pem, [der]);
    },
  });

  const number = { oid: '2.5.29.20', value: bytes('020101') };
  const scope = { oid: '2.5.29.28', critical: true, value: bytes('3003820100') };
  const crl = await root.crl({
    revoked: [{ serialNumber: '41', reason: 1 }],
    extensions: [number, scope, { oid: '1.2.3.4', value: bytes('0500') }],
  });
  /** @param {Uint8Array} list @param {string} target */
  const withCrl = (list, target) =>
    createPathVerifier({ trustAnchors: [root.pem], crls: [list], revocation: 'require' }).verify(target);
  /** @param {string} name @param {string} written @param {(piece: Uint8Array) => Uint8Array[]} build */
  const addCrl = (name, written, build) => {
    const [der, signed] = build(bytes(written));
    if (der === undefined || signed === undefined) throw new Error('There is nothing to start from');
    seeds.push({ der, signed, accept: (changed) => withCrl(changed, other.pem) });
    // whatever is in it, it does not clear whom it revokes
    rules.push({ name, written, run: (piece) => withCrl(build(piece)[0] ?? piece, client.pem) });
  };
  addCrl('flags FALSE of a CRL’s scope', '3006810100820100', certificate(crl.der, scope.value));
  addCrl(
    'critical FALSE in a CRL',
    '010100',
    certificate(crl.der, oid, (piece) => join(oid, piece)),
  );
  const reason = bytes('0603551d15');
  addCrl(
    'critical FALSE in an entry of a CRL',
    '010100',
    certificate(crl.der, reason, (piece) => join(reason, piece)),
  );
  const listed = listElements(crl.der).find(({ start }) => crl.der[start] === 0xa0);
  if (listed === undefined) throw new Error('The CRL has no extensions');
  addCrl(
    'an empty list of extensions in a CRL',
    'a0023000',
    certificate(crl.der, crl.der.slice(listed.start, listed.end)),
  );

  /** @param {import('oauth-mtls/testing').TestCertificate} about @param {'good' | 'revoked'} status */
  const response = async (about, status) => {
    const { der } = await root.ocspResponse(about, { status });
    const elements = listElements(der);
    // BasicOCSPResponse is in an OCTET STRING
    const outer = elements.findIndex(({ start }) => der[start] === 4) + 1;
    const first = elements[outer + 2];
    if (first === undefined) throw new Error('The response is too short');
    const id = der.slice(first.start, first.end);
    return (/** @type {Uint8Array} */ piece) =>
      signAgain(splice(der, elements, first.start, first.end, join(piece, id)), outer, root.privateKeyPem);
  };
  /** @param {Uint8Array} ocsp @param {string} target */
  const withOcsp = (ocsp, target) =>
    createPathVerifier({ trustAnchors: [root.pem], ocspResponses: [ocsp], revocation: 'require' }).verify(target);
  const revoked = await response(client, 'revoked');
  const [der, signed] = (await response(other, 'good'))(bytes('a003020100'));
  if (der === undefined || signed === undefined) throw new Error('There is nothing to start from');
  seeds.push({ der, signed, accept: (changed) => withOcsp(changed, other.pem) });
  rules.push({
    name: 'version v1 of an OCSP response',
    written: 'a003020100',
    run: (piece) => withOcsp(revoked(piece)[0] ?? piece, client.pem),
  });

  // id-ml-dsa-44; a key of zeros is as good as any where nothing is verified
  const key = new Uint8Array(1312).fill(7);
  const info = tlv(0x30, bytes('300b0609608648016503040311'), tlv(3, Uint8Array.of(0), key));
  const self = client.certificate.der;
  const spki = listElements(self).find(({ start }) => toHex(self.subarray(start + 2, start + 4)) === '3013');
  if (spki === undefined) throw new Error('The certificate has no key');
  const x5c = [Buffer.from(splice(self, listElements(self), spki.start, spki.end, info)).toString('base64')];
  rules.push({
    name: 'a JWK of type AKP',
    written: toHex(key),
    meanings: new RegExp(`^${toHex(key)}$`),
    run(piece) {
      const pub = Buffer.from(piece).toString('base64url');
      const jwks = { keys: [{ kty: 'AKP', alg: 'ML-DSA-44', pub, x5c }] };
      return parseClientMetadata({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks });
    },
  });
  // what encoders write is read, or a rule of which nothing is accepted would show nothing
  for (const { der, accept } of seeds) await accept(der);
  await path.verify(child.pem, [issuer(basic)[0] ?? basic]);
  await path.verify(inside.pem, [bounds(bytes('300482022222'))[0] ?? basic]);
  return { rules, seeds };
}

/** @param {Uint8Array} der @param {Uint8Array} last element of the parameters @param {string} key */
function pssCertificate(der, last, key) {
  const elements = listElements(der);
  const places = elements.filter(({ start, end }) => toHex(der.subarray(start, end)) === toHex(last));
  return (/** @type {Uint8Array} */ piece) => {
    // the last place first, so that the elements before it stay where they are
    let changed = der;
    for (const { start, end } of places.reverse()) {
      changed = splice(changed, listElements(changed), start, end, join(last, piece));
    }
    return signAgain(changed, 0, { key, padding: 6, saltLength: 32 });
  };
}

/** The functions that read names agree about them. @param {import('oauth-mtls').Certificate} certificate */
function agree(certificate) {
  const report = explainSubject(certificate, 'tls_client_auth_san_dns', 'a.example');
  let matches = false;
  try {
    matches = subjectMatches(certificate, 'tls_client_auth_san_dns', 'a.example');
  } finally {
    hold(report.matches === matches, 'explainSubject and subjectMatches disagree');
  }
  const names = certificate.subjectAltNames.filter(({ type }) => type === 'dns');
  hold(!matches || names.length > 0, 'a name that is not there matches');
  suggestClientMetadata(certificate);
}
