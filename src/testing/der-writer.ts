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

/** Decodes hexadecimal text. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) throw new TypeError('The text must be hexadecimal');
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
