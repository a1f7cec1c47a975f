import { MtlsError, type MtlsErrorReason } from '../../errors.js';

/** Larger than any number of proxies in front of a server. */
const MAX_ELEMENTS = 32;

const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

/** The values of one element, written by one proxy, by lower-case key. */
export type XfccElement = ReadonlyMap<string, readonly string[]>;

/**
 * Splits an `x-forwarded-client-cert` value into its elements: `key=value` pairs separated by `;`, elements separated
 * by `,`. A quoted value must be quoted as a whole. Inside quotes, separators are text, and a backslash escapes the
 * next character. Runs in one pass.
 *
 * @throws MtlsError ERR_FORWARDED_MALFORMED, ERR_FORWARDED_TOO_LARGE
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
 */
export function parseXfcc(text: string): XfccElement[] {
  const elements: XfccElement[] = [];
  let element = new Map<string, string[]>();
  let at = 0;
  for (;;) {
    const equals = text.indexOf('=', at);
    const key = text.slice(at, Math.max(equals, at)).toLowerCase();
    if (!/^[a-z]+$/.test(key)) throw malformed('key', at);
    const { value, end } = readValue(text, equals + 1);
    const values = element.get(key);
    if (values === undefined) element.set(key, [value]);
    else values.push(value);
    if (text.charCodeAt(end) === SEMICOLON) {
      at = end + 1;
      continue;
    }
    elements.push(element);
    if (end === text.length) return elements;
    if (elements.length === MAX_ELEMENTS) {
      throw new MtlsError('ERR_FORWARDED_TOO_LARGE', { reason: 'elements', limit: MAX_ELEMENTS });
    }
    element = new Map();
    at = end + 1;
    // where header lines were joined, a space follows the comma
    while (text.charCodeAt(at) === 0x20) at++;
  }
}

/** Reads the value at `start` up to a separator or the end of the text. */
function readValue(text: string, start: number): { value: string; end: number } {
  if (text.charCodeAt(start) === QUOTE) return readQuoted(text, start + 1);
  for (let at = start; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === COMMA || char === SEMICOLON) return { value: text.slice(start, at), end: at };
    if (char === QUOTE) throw malformed('quote', at);
  }
  return { value: text.slice(start), end: text.length };
}

function readQuoted(text: string, start: number): { value: string; end: number } {
  const pieces: string[] = [];
  let from = start;
  for (let at = start; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) {
      pieces.push(text.slice(from, at));
      from = ++at;
    } else if (char === QUOTE) {
      const end = at + 1;
      const next = text.charCodeAt(end);
      if (end < text.length && next !== COMMA && next !== SEMICOLON) throw malformed('quote', end);
      return { value: pieces.join('') + text.slice(from, at), end };
    }
  }
  throw malformed('unbalanced-quote', start - 1);
}

function malformed(reason: MtlsErrorReason<'ERR_FORWARDED_MALFORMED'>, offset: number): MtlsError {
  return new MtlsError('ERR_FORWARDED_MALFORMED', { reason, offset });
}
