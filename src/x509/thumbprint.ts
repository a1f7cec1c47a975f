import { toBase64 } from '../encoding/bytes.js';
import { writePem } from '../encoding/pem.js';
import { sha256Base64url } from '#platform/sha256';
import { sha512Base64url } from '#platform/sha512';
import { certificateFields, type Certificate } from './certificate.js';

/** Returns `x5t#S512` of a draft: base64url without padding of the SHA-512 of the DER, 86 characters. */
export function sha512Thumbprint(certificate: Certificate): string {
  return sha512Base64url(certificateFields(certificate).bytes);
}

/** Data that is hashed by mistake instead of the DER of a certificate. */
export type WrongDigest = 'hash-of-pem' | 'hash-of-base64' | 'hash-of-public-key';

/** Returns the SHA-256, in base64url, of each kind of data that is hashed by mistake. */
export function wrongThumbprints(certificate: Certificate): ReadonlyMap<string, WrongDigest> {
  const base64 = toBase64(certificate.der);
  const digests = new Map<string, WrongDigest>();
  for (const lineEnd of ['\n', '\r\n']) {
    const body = base64.replace(/.{64}(?=.)/g, `$&${lineEnd}`);
    const pem = writePem('CERTIFICATE', certificate.der).replaceAll('\n', lineEnd);
    for (const text of [pem, pem.trimEnd()]) digests.set(hashText(text), 'hash-of-pem');
    digests.set(hashText(body), 'hash-of-base64');
  }
  digests.set(hashText(base64), 'hash-of-base64');
  digests.set(sha256Base64url(certificate.publicKey), 'hash-of-public-key');
  return digests;
}

/** Returns the SHA-256 of ASCII text. */
function hashText(text: string): string {
  return sha256Base64url(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
