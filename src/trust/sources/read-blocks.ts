import { pemBlocksInTurns } from '../../encoding/pem.js';
import { assertMtlsError } from '../../errors.js';
import { decodeBase64 } from '#platform/base64';
import type { Content } from './name-source.js';
import { sourceError } from './source-error.js';

/** The first octet of DER: a SEQUENCE. PEM never starts with it. */
const SEQUENCE = 0x30;

/**
 * Returns the DER of every block with a label. Blocks with other labels and the text around blocks are ignored. A
 * content that ends within a block is an incomplete write.
 *
 * @throws MtlsError ERR_TRUST_SOURCE
 */
export async function readBlocks(contents: readonly Content[], label: string, name: string): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  for (const content of contents) {
    if (typeof content !== 'string' && content[0] === SEQUENCE) blocks.push(new Uint8Array(content));
    else blocks.push(...(await readPem(toText(content), label, name)));
  }
  if (blocks.length === 0) throw sourceError(name, 'empty');
  return blocks;
}

export function toText(content: Content): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}

async function readPem(text: string, label: string, name: string): Promise<Uint8Array[]> {
  try {
    return (await pemBlocksInTurns(text, label)).map(({ body }) => decodeBase64(body));
  } catch (cause) {
    assertMtlsError(cause);
    if (cause.detail.reason === 'no-block') return [];
    throw sourceError(name, cause.detail.reason === 'no-end' ? 'truncated' : 'malformed', cause);
  }
}
