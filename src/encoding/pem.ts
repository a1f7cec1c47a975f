import { MtlsError } from '../errors.js';
import { toBase64 } from './bytes.js';

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';
/** Inside of a block; most have the first alone. */
const SPACES = ['\n', '\r', ' ', '\t'];

/**
 * The base64 inside of one PEM block (RFC 7468), without its white space: for a strict base64 decoder. The text
 * is that block, and nothing else but white space around it. Line breaks inside may be of any kind and
 * length, and spaces (Apache turns each line break into one). Explanatory text, a second block and any other
 * label are refused here, headers by the decoder.
 *
 * @throws MtlsError ERR_ENCODING_PEM, ERR_ENCODING_PEM_LABEL
 * @see RFC 7468 §3, §5.1
 */
export function pemBody(text: string, label: string): string {
  const from = skipWhitespace(text, 0);
  const to = skipWhitespaceBack(text, text.length);
  if (!text.startsWith(BEGIN, from)) throw new MtlsError('ERR_ENCODING_PEM', { reason: 'no-begin', offset: from });
  const labelEnd = text.indexOf(DASHES, from + BEGIN.length);
  if (labelEnd === -1) throw new MtlsError('ERR_ENCODING_PEM', { reason: 'no-begin', offset: from });
  if (labelEnd - from - BEGIN.length !== label.length || !text.startsWith(label, from + BEGIN.length)) {
    throw new MtlsError('ERR_ENCODING_PEM_LABEL', { expected: label });
  }
  const bodyStart = labelEnd + DASHES.length;
  const endLine = `${END}${label}${DASHES}`;
  const bodyEnd = text.indexOf(END, bodyStart);
  if (bodyEnd === -1) throw new MtlsError('ERR_ENCODING_PEM', { reason: 'no-end' });
  if (!text.startsWith(endLine, bodyEnd))
    throw new MtlsError('ERR_ENCODING_PEM', { reason: 'end-label', offset: bodyEnd });
  if (bodyEnd + endLine.length !== to) {
    throw new MtlsError('ERR_ENCODING_PEM', { reason: 'trailing-text', offset: bodyEnd + endLine.length });
  }
  let body = text.slice(bodyStart, bodyEnd);
  for (const space of SPACES) if (body.includes(space)) body = body.replaceAll(space, '');
  return body;
}

/** A PEM block (RFC 7468 §2) with lines of 64 characters, and a line break at the end. */
export function writePem(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return `${BEGIN}${label}${DASHES}\n${lines.join('\n')}\n${END}${label}${DASHES}\n`;
}

/** Whether a text is meant as PEM: it starts, after white space, with a BEGIN line. */
export function looksLikePem(text: string): boolean {
  return text.startsWith(DASHES, skipWhitespace(text, 0));
}

function skipWhitespace(text: string, at: number): number {
  while (at < text.length && isWhitespace(text.charCodeAt(at))) at++;
  return at;
}

function skipWhitespaceBack(text: string, at: number): number {
  while (at > 0 && isWhitespace(text.charCodeAt(at - 1))) at--;
  return at;
}

// RFC 7468 §3: W = WSP / CR / LF / %x0B / %x0C
function isWhitespace(char: number): boolean {
  return char === 0x20 || (char >= 0x09 && char <= 0x0d);
}
