import { looksLikePem, looksLikeText } from '../encoding/pem.js';
import { assertMtlsError, type MtlsError } from '../errors.js';
import { parseCertificate, type Certificate } from '../x509/certificate.js';
import { parseCertificates, textOf } from '../x509/parse-certificates.js';
import { UsageError, type CommandContext } from './command.js';
import { inputName } from './read-input.js';

/**
 * Reads every certificate of a file: PEM with any text around the blocks, DER, or base64 of DER.
 *
 * @throws UsageError for a file without a certificate, or with one that does not parse
 */
export async function readCertificates(context: CommandContext, path: string): Promise<readonly Certificate[]> {
  const bytes = await context.read(path);
  try {
    if (!looksLikeText(bytes)) return [parseCertificate(bytes)];
    const text = textOf(bytes);
    return looksLikePem(text) ? parseCertificates(text) : [parseCertificate(text.trim())];
  } catch (error) {
    assertMtlsError(error);
    const { reason, index, line } = error.detail;
    if (reason === 'no-block') throw new UsageError(`${inputName(path)} contains no certificate`);
    const which = index === undefined ? '' : `, certificate ${index + 1}`;
    const place = line === undefined ? which : `${which}, line ${line}`;
    throw new UsageError(`${inputName(path)}${place}: ${describeFault(error)}`);
  }
}

/** Describes an error of the library in one line. */
export function describeFault({ code, message, detail: { reason } }: MtlsError): string {
  return `${code}${reason === undefined ? '' : ` (${reason})`}: ${message}`;
}

/** Reads every certificate of several files. */
export async function readAllCertificates(
  context: CommandContext,
  paths: readonly string[],
): Promise<readonly Certificate[]> {
  const lists: (readonly Certificate[])[] = [];
  for (const path of paths) lists.push(await readCertificates(context, path));
  return lists.flat();
}

/** Reads the first certificate of a file, and the others as its chain. */
export async function readChain(
  context: CommandContext,
  path: string,
): Promise<{ readonly leaf: Certificate; readonly chain: readonly Certificate[] }> {
  const [leaf, ...chain] = await readCertificates(context, path);
  return { leaf: leaf!, chain };
}
