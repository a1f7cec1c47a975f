// Certification paths: leaf, intermediate, root. `npm run bench -- paths`.
import 'reflect-metadata/lite';
import { verify, webcrypto, X509Certificate } from 'node:crypto';

import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { Certificate, CertificateChainValidationEngine, CryptoEngine, setEngine } from 'pkijs';

import { compare } from './measure.js';

const BARE = 'two crypto.verify, issuers imported';
/** A verifier keeps the certificates of accepted paths: what is new is the leaf. */
const OURS = 'verify(), another leaf each time';
const AGAIN = 'verify(), the same leaf again';
const COLD = 'verify(), another verifier each time';
/** More than a verifier keeps, so that each is forgotten before its turn comes again. */
const LEAVES = 1200;
const WARM_UP = 5000;
const PKIJS = 'pkijs CertificateChainValidationEngine';

/** @param {'P-256' | 'RSA-2048'} keyType */
async function compareKeyType(keyType) {
  const root = await createCertificateAuthority({ subject: 'CN=Root', keyType });
  const middle = await root.issueAuthority({ subject: 'CN=Middle', keyType });
  const leaf = await middle.issue({ subject: 'CN=client', keyType });
  // one key for all leaves, and none of an authority
  const { keyPair } = await createCertificateAuthority({ keyType });
  /** @type {Uint8Array[]} */
  const leaves = [];
  while (leaves.length < LEAVES) {
    const { certificate } = await middle.issue({ subject: `CN=client ${leaves.length}`, keyPair });
    leaves.push(certificate.der);
  }
  let turn = 0;
  const nextLeaf = () => /** @type {Uint8Array} */ (leaves[(turn = (turn + 1) % LEAVES)]);

  const signatures = [signedBy(leaf.certificate.der, middle.pem), signedBy(middle.certificate.der, root.pem)];
  const trustAnchors = [root.pem];
  const paths = createPathVerifier({ trustAnchors });
  const target = leaf.certificate.der;
  const intermediates = [middle.certificate.der];

  // a server validates paths all day: what is measured is compiled code
  for (let i = 0; i < WARM_UP; i++) await paths.verify(nextLeaf(), intermediates);

  const read = (/** @type {string} */ pem) => Certificate.fromBER(new X509Certificate(pem).raw);
  const trustedCerts = [read(root.pem)];

  return compare(
    `leaf + intermediate + root, ${keyType}`,
    [
      { name: BARE, run: () => signatures.every((run) => run()) },
      { name: OURS, run: () => paths.verify(nextLeaf(), intermediates) },
      { name: AGAIN, run: () => paths.verify(target, intermediates) },
      { name: COLD, run: () => createPathVerifier({ trustAnchors }).verify(target, intermediates) },
      {
        name: PKIJS,
        run: () => {
          const certs = [Certificate.fromBER(intermediates[0]), Certificate.fromBER(target)];
          return new CertificateChainValidationEngine({ trustedCerts, certs }).verify();
        },
      },
    ],
    [
      { of: OURS, to: BARE, atMost: 1.2 },
      { of: AGAIN, to: BARE, atMost: 0.4 },
      { of: PKIJS, to: OURS, atLeast: 20 },
    ],
  );
}

/**
 * A verification with the issuer's key imported beforehand.
 * @param {Uint8Array} der
 * @param {string} issuerPem
 */
function signedBy(der, issuerPem) {
  const { publicKey } = new X509Certificate(issuerPem);
  const { tbs, signature } = split(der);
  return () => verify('sha256', tbs, publicKey, signature);
}

/** What is signed, and the signature: for certificates of fewer than 65536 octets. @param {Uint8Array} der */
function split(der) {
  const length = (/** @type {number} */ at) => {
    const first = der[at + 1] ?? 0;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    const size =
      octets === 0 ? first : octets === 1 ? (der[at + 2] ?? 0) : (der[at + 2] ?? 0) * 256 + (der[at + 3] ?? 0);
    return { content: at + 2 + octets, end: at + 2 + octets + size };
  };
  const tbsStart = length(0).content;
  const tbsEnd = length(tbsStart).end;
  const bits = length(length(tbsEnd).end);
  return { tbs: der.subarray(tbsStart, tbsEnd), signature: der.subarray(bits.content + 1, bits.end) };
}

export async function run() {
  setEngine('node', new CryptoEngine({ name: 'node', crypto: /** @type {never} */ (webcrypto) }));
  const ec = await compareKeyType('P-256');
  const rsa = await compareKeyType('RSA-2048');
  return ec && rsa;
}
