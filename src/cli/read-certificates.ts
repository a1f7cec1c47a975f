import { isMtlsError } from '../errors.js';
import { parseCertificate, type Certificate } from '../x509/certificate.js';
import { UsageError, type CommandContext } from './command.js';
import { inputName } from './read-input.js';

const BLOCK = /^-----BEGIN CERTIFICATE-----\r?\n[^-]*^-----END CERTIFICATE-----/gm;

/**
 * Every certificate of a file: PEM with any text around the blocks, DER, or base64 of DER.
 *
 * @throws UsageError for a file without a certificate, or with one that does not parse
 */
export async function readCertificates(context: CommandContext, path: string): Promise<readonly Certificate[]> {
  const bytes = await context.read(path);
  const text = bytes[0] === 0x30 ? undefined : new TextDecoder().decode(bytes);
  const inputs = text === undefined ? [bytes] : text.includes('-----BEGIN') ? (text.match(BLOCK) ?? []) : [text.trim()];
  if (inputs.length === 0) throw new UsageError(`${inputName(path)} holds no certificate`);
  return inputs.map((input, index) => {
    try {
      return parseCertificate(input);
    } catch (error) {
      if (!isMtlsError(error)) throw error;
      const { code, message, detail } = error;
      const place = inputs.length === 1 ? '' : `, certificate ${index + 1}`;
      const reason = detail.reason === undefined ? '' : ` (${detail.reason})`;
      throw new UsageError(`${inputName(path)}${place}: ${code}${reason}: ${message}`);
    }
  });
}

/** Every certificate of several files. */
export async function readAllCertificates(
  context: CommandContext,
  paths: readonly string[],
): Promise<readonly Certificate[]> {
  const lists: (readonly Certificate[])[] = [];
  for (const path of paths) lists.push(await readCertificates(context, path));
  return lists.flat();
}

/** The first certificate of a file, and the others as its chain. */
export async function readChain(
  context: CommandContext,
  path: string,
): Promise<{ readonly leaf: Certificate; readonly chain: readonly Certificate[] }> {
  const [leaf, ...chain] = await readCertificates(context, path);
  return { leaf: leaf!, chain };
}
