import { readFile } from 'node:fs/promises';
import { sourceError } from './source-error.js';

/** PEM text with any number of blocks, or DER. */
export type Content = string | Uint8Array;

/**
 * The source of certificates, keys or CRLs. A string with a PEM block is the content itself, any other string is the
 * path of a file. Bytes are DER or PEM. A function is called for every reload.
 */
export type TrustSource = Content | ((signal: AbortSignal) => Promise<Content | readonly Content[]>);

/** A source with a name for status and errors. */
export interface NamedSource {
  readonly name: string;
  /** The file to watch. */
  readonly path: string | undefined;
  readonly read: (signal: AbortSignal) => Promise<readonly Content[]>;
}

/** A longer read counts as failed, in milliseconds. It must not delay the other sources. */
const READ_TIMEOUT = 10_000;
const PEM_BLOCK = '-----BEGIN ';
/**
 * Base64 of DER or of PEM, a JWK, or several lines. Such a string may be a private key in an unsupported form. As the
 * path of a file, it would be in errors and in the status.
 */
const OTHER_CONTENT = /^\s*(?:M[A-P][\w+/=-]{62}|LS0tLS1CRUdJTi|\{)|[\r\n]/;

/**
 * Reads a source option.
 *
 * @param option its name, which names a source that is not a file
 * @throws TypeError
 */
export function nameSource(source: TrustSource, option: string): NamedSource {
  if (source instanceof Uint8Array) {
    const copy = new Uint8Array(source);
    return { name: option, path: undefined, read: () => Promise.resolve([copy]) };
  }
  if (typeof source === 'function') {
    return { name: option, path: undefined, read: (signal) => callSource(source, option, signal) };
  }
  if (typeof (source as unknown) !== 'string' || source === '') {
    throw new TypeError(`Option "${option}" must be a file path, PEM, DER or a function`);
  }
  if (source.includes(PEM_BLOCK)) return { name: option, path: undefined, read: () => Promise.resolve([source]) };
  if (OTHER_CONTENT.test(source)) throw new TypeError(`Option "${option}" must be a file path, PEM, DER or a function`);
  return { name: source, path: source, read: (signal) => readWhole(source, signal) };
}

async function readWhole(path: string, signal: AbortSignal): Promise<readonly Content[]> {
  try {
    return [await withTimeout(readFile(path, { signal }), path)];
  } catch (cause) {
    throw sourceError(path, 'unreadable', cause);
  }
}

async function callSource(
  source: Exclude<TrustSource, Content>,
  name: string,
  signal: AbortSignal,
): Promise<readonly Content[]> {
  let contents: readonly unknown[];
  try {
    const result: unknown = await withTimeout(Promise.resolve(source(signal)), name);
    contents = Array.isArray(result) ? result : [result];
  } catch (cause) {
    throw sourceError(name, 'unreadable', cause);
  }
  if (!contents.every(isContent)) throw sourceError(name, 'malformed');
  return contents;
}

/** Whether a value is content. A function must not return a path, because its result may come from a third party. */
function isContent(value: unknown): value is Content {
  return value instanceof Uint8Array || (typeof value === 'string' && value.includes(PEM_BLOCK));
}

function withTimeout<T>(work: Promise<T>, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(sourceError(name, 'timeout')), READ_TIMEOUT).unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
