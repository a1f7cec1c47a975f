import { TAG } from '../encoding/der.js';
import { encodeOid } from '../x509/oid.js';

/** One DER element: tag, minimal definite length, content. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return concat(Uint8Array.from(length < 128 ? [tag, length] : [tag, 0x80 | octets.length, ...octets]), ...parts);
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return tlv(TAG.SEQUENCE, ...parts);
}

export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  return tlv(TAG.OID, encodeOid(dotted));
}

export function text(tag: number, value: string): Uint8Array<ArrayBuffer> {
  return tlv(tag, new TextEncoder().encode(value));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Bytes of a hexadecimal text. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) throw new TypeError('Not hexadecimal');
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** A PEM block (RFC 7468) with lines of 64 characters. */
export function toPem(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
