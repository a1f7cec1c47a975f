import { MtlsError, type MtlsErrorReason } from '../errors.js';

/** Identifier octets used by X.509, CRLs and OCSP. */
export const TAG = Object.freeze({
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  TELETEX_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  VISIBLE_STRING: 0x1a,
  UNIVERSAL_STRING: 0x1c,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const);

/**
 * Common deviations from DER or RFC 5280 that are unambiguous: an encoded DEFAULT, or a list without elements. They are
 * accepted, except by the strict profile.
 */
export type EncodingHabit = 'written-default' | 'empty-extensions' | 'empty-subject-alt-name';

/** Identifier octet of a context-specific tag: `context(0)` for primitive [0], `context(0, true)` for constructed. */
export function context(number: number, constructed = false): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

/**
 * Returns the end of the element at `at`. It must have this tag and a minimal definite length, and end within `limit`.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see X.690 §8.1, §10.1
 */
export function elementEnd(bytes: Uint8Array, at: number, limit: number, tag: number): number {
  // most elements have one length octet; kept short, so that it is inlined
  if (bytes[at] === tag) {
    const length = bytes[at + 1]!;
    const end = at + 2 + length;
    if (length < 0x80 && end <= limit) return end;
  }
  return longElementEnd(bytes, at, limit, tag);
}

function longElementEnd(bytes: Uint8Array, at: number, limit: number, tag: number): number {
  if (at >= limit || bytes[at] !== tag) throw malformed('unexpected-tag', at);
  if (at + 1 === limit) throw malformed('truncated', at);
  const first = bytes[at + 1]!;
  if (first === 0x80) throw malformed('indefinite-length', at + 1);
  // more than four octets exceed every limit here
  if (first > 0x84) throw malformed('length', at + 1);
  const start = at + 2 + (first & 0x7f);
  // also for one length octet of an element that exceeds the limit
  if (start > limit) throw malformed('truncated', at);
  let length = 0;
  for (let i = at + 2; i < start; i++) length = length * 256 + bytes[i]!;
  if (length < 0x80 || bytes[at + 2] === 0) throw malformed('non-minimal-length', at + 1);
  if (start + length > limit) throw malformed('truncated', at);
  return start + length;
}

/** Like {@link elementEnd}, for an element with any tag. */
export function anyEnd(bytes: Uint8Array, at: number, limit: number): number {
  if (at >= limit) throw malformed('truncated', at);
  const tag = bytes[at]!;
  // X.690 §8.1.2.4: no tag above 30 occurs in the structures read here
  if ((tag & 0x1f) === 0x1f || tag === 0) throw malformed('tag', at);
  return elementEnd(bytes, at, limit, tag);
}

/** The start of the content of the element at `at`, whose length {@link elementEnd} has checked. */
export function contentStart(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1]!;
  return (length & 0x80) === 0 ? at + 2 : at + 2 + (length & 0x7f);
}

/**
 * A cursor over strict DER: definite and minimal lengths, low tag numbers, and nothing beyond the end of the enclosing
 * element. It works on offsets and copies nothing. After each read, `header` (offset of the identifier octet), `start`
 * and `end` (of the content) describe the element that was read.
 *
 * Checks: lengths, tags and bounds. Does not check: the content of elements, which the callers interpret.
 *
 * @see X.690 §8.1, §10.1
 */
export class DerReader {
  header = 0;
  start = 0;
  /** End of the element that was read last, and start of the next one. */
  end: number;
  private readonly limit: number;

  constructor(
    readonly bytes: Uint8Array,
    start = 0,
    end = bytes.length,
    /** Collects the deviations that this reader, and those of {@link enter}, encounter. */
    readonly habits?: Set<EncodingHabit>,
  ) {
    this.end = start;
    this.limit = end;
  }

  /** Whether the enclosing element has been read completely. */
  get done(): boolean {
    return this.end === this.limit;
  }

  /** The identifier octet of the next element, or 0 at the end. */
  get peek(): number {
    return this.end < this.limit ? this.bytes[this.end]! : 0;
  }

  /** Reads the next element, with any tag, and returns its tag. */
  next(): number {
    const { bytes, end: header } = this;
    this.end = anyEnd(bytes, header, this.limit);
    this.header = header;
    this.start = contentStart(bytes, header);
    return bytes[header]!;
  }

  /** Reads the next element, which must have this tag. */
  expect(tag: number): this {
    const { bytes, end: header } = this;
    this.end = elementEnd(bytes, header, this.limit, tag);
    this.header = header;
    this.start = contentStart(bytes, header);
    return this;
  }

  /** Reads the next element if it has this tag, and returns whether it did. */
  optional(tag: number): boolean {
    if (this.peek !== tag) return false;
    this.next();
    return true;
  }

  /** Returns a reader over the content of the element that was read last. */
  enter(): DerReader {
    return new DerReader(this.bytes, this.start, this.end, this.habits);
  }

  /** Ends the enclosing element. Remaining content is an error. */
  finish(): void {
    if (this.end !== this.limit) throw malformed('trailing-bytes', this.end);
  }

  /** Returns the content of the element that was read last, as a view. */
  content(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Returns the whole element that was read last, with tag and length, as a view. */
  element(): Uint8Array {
    return this.bytes.subarray(this.header, this.end);
  }
}

export function malformed(reason: MtlsErrorReason<'ERR_ENCODING_DER'>, offset: number): MtlsError {
  return new MtlsError('ERR_ENCODING_DER', { reason, offset });
}
