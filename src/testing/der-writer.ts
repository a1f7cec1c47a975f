import { TAG } from '../encoding/der.js';
import { concat, derElement as tlv } from '../encoding/der-element.js';
import { encodeOid } from '../x509/oid.js';

export { concat, tlv };

export function sequence(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return tlv(TAG.SEQUENCE, ...parts);
}

export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  return tlv(TAG.OID, encodeOid(dotted));
}

export function text(tag: number, value: string): Uint8Array<ArrayBuffer> {
  return tlv(tag, new TextEncoder().encode(value));
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
