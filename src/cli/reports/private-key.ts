/** PEM of any private key, and PuTTY's own form. */
const LABEL = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|PuTTY-User-Key-File/;
/** RFC 7518 §6.2.2, §6.3.2, §6.4.1; `priv` of draft-ietf-cose-dilithium. */
const SECRET_MEMBER = /"(?:d|p|q|dp|dq|qi|oth|k|priv)"\s*:/;

/**
 * Whether text contains a private key: as PEM, as a JWK, or as the base64 of a PKCS #1, PKCS #8, SEC 1 or PKCS #12
 * structure. For programs that print their input.
 */
export function holdsPrivateKey(text: string): boolean {
  return LABEL.test(text) || (text.includes('"kty"') && SECRET_MEMBER.test(text)) || isBareKey(text);
}

/** All of these start with a version: SEQUENCE, INTEGER 0, 1 or 3. A certificate starts with two SEQUENCEs. */
function isBareKey(text: string): boolean {
  const base64 = text.replace(/\s/g, '').slice(0, 16);
  if (!/^M[\w+/-]{15}$/.test(base64)) return false;
  const octets = Array.from(atob(base64.replaceAll('-', '+').replaceAll('_', '/')), (octet) => octet.charCodeAt(0));
  const start = 2 + Math.max(0, octets[1]! - 0x80);
  return octets[start] === 2 && octets[start + 1] === 1 && [0, 1, 3].includes(octets[start + 2]!);
}
