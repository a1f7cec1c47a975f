import { MtlsError, type MtlsErrorReason } from '../errors.js';
import { toBase64 } from './bytes.js';

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';
/** White space in a block. Most blocks contain only the first. */
const SPACES = ['\n', '\r', ' ', '\t'];

/**
 * Returns the base64 of one PEM block (RFC 7468), without white space, for a strict base64 decoder. The text must be
 * that block, with only white space around it. Line breaks may have any form, and may be spaces (Apache replaces each
 * line break with one). Explanatory text, a second block and other labels are refused here, headers by the decoder.
 *
 * @throws MtlsError ERR_ENCODING_PEM, ERR_ENCODING_PEM_LABEL
 * @see RFC 7468 §3, §5.1
 */
export function pemBody(text: string, label: string): string {
  const from = skipWhitespace(text, 0);
  const to = skipWhitespaceBack(text, text.length);
  if (!text.startsWith(BEGIN, from)) {
    const reason = text.includes(BEGIN, from) ? 'text-before-block' : 'no-begin';
    throw new MtlsError('ERR_ENCODING_PEM', { reason, offset: from });
  }
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
    const reason = text.includes(BEGIN, bodyEnd) ? 'several-blocks' : 'trailing-text';
    throw new MtlsError('ERR_ENCODING_PEM', { reason, offset: bodyEnd + endLine.length });
  }
  let body = text.slice(bodyStart, bodyEnd);
  // Stryker disable next-line ConditionalExpression: the condition only saves half of the time
  for (const space of SPACES) if (body.includes(space)) body = body.replaceAll(space, '');
  return body;
}

/** One block of a PEM file. */
export interface PemBlock {
  /** The base64, without line breaks. */
  readonly body: string;
  /** Line of the BEGIN, counted from 1. */
  readonly line: number;
}

const BEGIN_LINE = /^-----BEGIN ([!-,.-~](?:[- ]?[!-,.-~]){0,65536})-----[ \t]*$/;
const BASE64_LINE = /^[A-Za-z0-9+/]+={0,2}[ \t]*$/;

/** A line and its break. */
const LINE = /[^\r\n]*(?:\r\n|\n|\r|$)/y;
/** Number of lines between two pauses: some milliseconds of work. */
const LINES_AT_ONCE = 10_000;

/**
 * Returns the blocks with this label in a configuration file, never in data from a client. Text around the blocks, a
 * byte order mark and blocks with other labels are ignored. A block begins at the start of a line and contains only
 * lines of base64.
 *
 * @throws MtlsError ERR_ENCODING_PEM, with the line, for no block, a BEGIN without its END, an END without its BEGIN,
 * or a line that is not base64
 * @see RFC 7468 §2, §5.2
 */
export function pemBlocks(text: string, label: string): readonly PemBlock[] {
  const steps = scanBlocks(text, label);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Like {@link pemBlocks}, for a large file, with pauses for the event loop. */
export async function pemBlocksInTurns(text: string, label: string): Promise<readonly PemBlock[]> {
  const steps = scanBlocks(text, label);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Yields at each possible pause. */
function* scanBlocks(text: string, label: string): Generator<undefined, readonly PemBlock[]> {
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly line: number; readonly lines: string[] } | undefined;
  let at = text.startsWith('\ufeff') ? 1 : 0;
  for (let line = 1; at < text.length; line++) {
    if (line % LINES_AT_ONCE === 0) yield;
    LINE.lastIndex = at;
    const whole = LINE.exec(text)![0];
    at += whole.length;
    const each = whole.replace(/[\r\n]+/, '');
    if (open === undefined) {
      if (each.startsWith(END)) throw badFile('no-begin', line);
      if (!each.startsWith(BEGIN.trimEnd())) continue;
      const begun = BEGIN_LINE.exec(each)?.[1];
      if (begun === undefined) throw badFile('begin-line', line);
      open = { label: begun, line, lines: [] };
    } else if (each.trimEnd() === `${END}${open.label}${DASHES}`) {
      if (open.label === label) blocks.push({ body: open.lines.join(''), line: open.line });
      open = undefined;
    } else if (each.startsWith(DASHES)) {
      throw badFile('no-end', open.line);
    } else if (open.label === label && each.trim() !== '') {
      // other blocks may contain headers, such as those of encrypted keys
      if (!BASE64_LINE.test(each)) throw badFile('not-base64', line);
      open.lines.push(each.trimEnd());
    }
  }
  if (open !== undefined) throw badFile('no-end', open.line);
  if (blocks.length === 0) throw new MtlsError('ERR_ENCODING_PEM', { reason: 'no-block', expected: label });
  return blocks;
}

function badFile(reason: MtlsErrorReason<'ERR_ENCODING_PEM'>, line: number): MtlsError {
  return new MtlsError('ERR_ENCODING_PEM', { reason, line });
}

/**
 * Whether bytes are text instead of DER, which starts with 30 and a length that is not a printable character.
 */
export function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.length > 1 && (bytes[0] !== 0x30 || /[\t\n\r -~]/.test(String.fromCharCode(bytes[1]!)));
}

/** Writes a PEM block (RFC 7468 §2) with lines of 64 characters, and a line break at the end. */
export function writePem(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).replaceAll(/.{64}(?=.)/g, '$&\n');
  return `${BEGIN}${label}${DASHES}\n${lines}\n${END}${label}${DASHES}\n`;
}

/** Whether a text contains a BEGIN line. */
export function looksLikePem(text: string): boolean {
  return text.includes(BEGIN) || text.startsWith(DASHES, skipWhitespace(text, 0));
}

function skipWhitespace(text: string, at: number): number {
  while (isWhitespace(text.charCodeAt(at))) at++;
  return at;
}

function skipWhitespaceBack(text: string, at: number): number {
  while (isWhitespace(text.charCodeAt(at - 1))) at--;
  return at;
}

// RFC 7468 §3: W = WSP / CR / LF / %x0B / %x0C; not NaN, the code outside a text
function isWhitespace(char: number): boolean {
  return char === 0x20 || (char >= 0x09 && char <= 0x0d);
}
