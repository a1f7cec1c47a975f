import { pemBody } from '../../encoding/pem.js';
import { isMtlsError } from '../../errors.js';
import { decodeBase64 } from '#platform/base64';
import type { Content } from './name-source.js';
import { sourceError } from './source-error.js';

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';
/** The first octet of DER: a SEQUENCE. PEM never starts with it. */
const SEQUENCE = 0x30;

/**
 * The DER of every block with a label. Blocks with other labels and the text around blocks are ignored. A content that
 * ends within a block has not been written to its end.
 *
 * @throws MtlsError ERR_TRUST_SOURCE
 */
export function readBlocks(contents: readonly Content[], label: string, name: string): Uint8Array[] {
  const blocks = contents.flatMap((content) =>
    typeof content !== 'string' && content[0] === SEQUENCE
      ? [new Uint8Array(content)]
      : readPem(toText(content), label, name),
  );
  if (blocks.length === 0) throw sourceError(name, 'empty');
  return blocks;
}

export function toText(content: Content): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}

function readPem(text: string, label: string, name: string): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = text.indexOf(BEGIN); at >= 0;) {
    const end = text.indexOf(END, at);
    const close = end < 0 ? -1 : text.indexOf(DASHES, end + END.length);
    const next = text.indexOf(BEGIN, at + BEGIN.length);
    if (close < 0 || (next >= 0 && next < close)) throw sourceError(name, 'truncated');
    if (text.startsWith(`${label}${DASHES}`, at + BEGIN.length)) {
      try {
        blocks.push(decodeBase64(pemBody(text.slice(at, close + DASHES.length), label)));
      } catch (cause) {
        if (!isMtlsError(cause)) throw cause;
        throw sourceError(name, 'malformed', cause);
      }
    }
    at = next;
  }
  return blocks;
}
