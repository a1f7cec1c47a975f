import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { validityAt } from '../../x509/validity.js';
import { readBlocks, toText } from './read-blocks.js';
import { nameSource, type Content, type TrustSource } from './name-source.js';
import { sourceError } from './source-error.js';

/** A private key with its certificate chain, both PEM. They have been checked to belong together. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
  /** The authorities that verify the peer. Undefined if the option has none. */
  readonly ca: readonly string[] | undefined;
  /** Of the first certificate. */
  readonly notAfter: Date;
}

/** The sources of a key pair. */
export interface KeyPairSources {
  readonly key: TrustSource;
  readonly cert: TrustSource;
  readonly ca?: TrustSource | undefined;
}

/** The first octet of DER, here of PKCS #8. */
const SEQUENCE = 0x30;

/** Creates a reader of a key, a chain and authorities, with one content each. */
export function keyPairReader(sources: KeyPairSources, option: string) {
  const key = nameSource(sources.key, `${option}.key`);
  const cert = nameSource(sources.cert, `${option}.cert`);
  const ca = sources.ca === undefined ? undefined : nameSource(sources.ca, `${option}.ca`);
  return {
    name: cert.name,
    paths: [key.path, cert.path, ca?.path],
    read: async (signal: AbortSignal): Promise<readonly Content[]> => {
      const [keys, chain, authorities] = await Promise.all([key.read(signal), cert.read(signal), ca?.read(signal)]);
      if (keys.length !== 1) throw sourceError(key.name, 'malformed');
      const contents = [toKey(keys[0]!, key.name), (await toPem(chain, cert.name)).join('')];
      return authorities === undefined ? contents : [...contents, (await toPem(authorities, ca!.name)).join('')];
    },
  };
}

/**
 * Checks that a key and a certificate belong together and that TLS accepts them. An expired certificate does not
 * replace another one.
 *
 * @throws MtlsError ERR_TRUST_SOURCE
 */
export function readKeyPair(
  [keyContent, certContent, caContent]: readonly Content[],
  held: KeyPair | undefined,
  context: SecureContextOptions,
  name: string,
  now: Date,
): KeyPair {
  const key = toText(keyContent!);
  const cert = toText(certContent!);
  const ca = caContent === undefined ? undefined : splitPem(toText(caContent));
  const leaf = new X509Certificate(cert);
  const notAfter = new Date(leaf.validTo);
  if (held !== undefined && validityAt(now.getTime(), -Infinity, notAfter.getTime()) === 'expired')
    throw sourceError(name, 'expired');
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key, passphrase: context.passphrase });
  } catch (cause) {
    throw sourceError(name, 'malformed', cause);
  }
  if (!leaf.checkPrivateKey(privateKey)) throw sourceError(name, 'key-mismatch');
  try {
    createSecureContext({ ...context, key, cert, ...(ca && { ca: [...ca] }) });
  } catch (cause) {
    throw sourceError(name, 'unusable', cause);
  }
  return Object.freeze({ key, cert, ca, notAfter });
}

/** PEM of each certificate. */
async function toPem(contents: readonly Content[], name: string): Promise<string[]> {
  return (await readBlocks(contents, 'CERTIFICATE', name)).map((der) => {
    try {
      return new X509Certificate(der).toString();
    } catch (cause) {
      throw sourceError(name, 'malformed', cause);
    }
  });
}

function splitPem(text: string): string[] {
  return text.split(/(?<=-----END CERTIFICATE-----\n)/);
}

function toKey(content: Content, name: string): string {
  if (typeof content === 'string' || content[0] !== SEQUENCE) return toText(content);
  try {
    const key = createPrivateKey({ key: Buffer.from(content), format: 'der', type: 'pkcs8' });
    return key.export({ format: 'pem', type: 'pkcs8' }) as string;
  } catch (cause) {
    throw sourceError(name, 'malformed', cause);
  }
}
