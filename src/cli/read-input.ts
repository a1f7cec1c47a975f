import { createReadStream } from 'node:fs';
import { UsageError } from './command.js';

/** Largest input, in bytes. Large CRLs have some tens of megabytes. */
const MAX_BYTES = 67_108_864;

const PROBLEMS = new Map([
  ['ENOENT', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
  ['ENAMETOOLONG', 'the name is too long'],
]);

/**
 * Reads a file, or standard input for `-`.
 *
 * @throws UsageError for a file that cannot be read, and an input that is empty or larger than 64 MiB
 */
export async function readInput(path: string, stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of path === '-' ? stdin : (createReadStream(path) as AsyncIterable<Uint8Array>)) {
      length += chunk.length;
      if (length > MAX_BYTES) throw new UsageError(`${inputName(path)} is larger than 64 MiB`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as { code?: unknown };
    const problem = PROBLEMS.get(String(code)) ?? (typeof code === 'string' ? code : 'unknown problem');
    throw new UsageError(`Cannot read ${inputName(path)}: ${problem}`);
  }
  if (length === 0) throw new UsageError(`${inputName(path)} is empty`);
  return Buffer.concat(chunks);
}

/**
 * The name of an input for messages. Text that was pasted instead of a file name may be a key, so it is not repeated.
 */
export function inputName(path: string): string {
  if (path === '-') return 'standard input';
  return path.length > 200 || /-----|\n/.test(path) ? 'the given file' : path;
}
