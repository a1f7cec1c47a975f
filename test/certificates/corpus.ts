import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What may be a certificate: a file in DER, or a block of a PEM file. */
export interface Candidate {
  /** The path below the folder; of further blocks of a file, with their number. */
  readonly name: string;
  readonly der: Buffer;
}

/** Not the reader that is tested: a PEM file as loosely as OpenSSL reads it. */
const BLOCK = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END /g;

/**
 * Everything below a folder that starts as DER does, certificate or not, and every PEM block of a certificate, once.
 */
export function readCandidates(folder: string): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path);
    const blocks = content[0] === 0x30 ? [content] : pemBlocks(content);
    for (const [index, der] of blocks.entries()) {
      const key = der.toString('base64');
      const name = relative(folder, path) + (blocks.length > 1 ? `#${index + 1}` : '');
      if (!found.has(key)) found.set(key, { name, der });
    }
  }
  return [...found.values()];
}

function pemBlocks(content: Buffer): Buffer[] {
  const text = content.toString('latin1');
  return Array.from(text.matchAll(BLOCK), ([, body]) => Buffer.from(body!, 'base64'));
}

/** What a reader says of a certificate; undefined where it refuses it. */
export interface Reading {
  readonly thumbprint: string;
  /** Upper-case hexadecimal. */
  readonly serialNumber: string;
  /** RDNs in the order of RFC 4514, each with its attributes as `OID=#DER`, sorted. */
  readonly subject: readonly string[];
  readonly issuer: readonly string[];
  /** Milliseconds since 1970. */
  readonly validity: readonly number[];
}

/** DNS names, URIs, addresses of both kinds, as node:crypto has them: `DNS:a.example`. */
export type AlternativeNames = readonly string[];

/** A certificate as node:crypto reads it. */
export function readWithNode(
  der: Buffer,
): { readonly thumbprint: string; readonly names: AlternativeNames } | undefined {
  try {
    const { raw, fingerprint256, subjectAltName } = new X509Certificate(der);
    // it ignores bytes after the certificate
    if (!raw.equals(der)) return undefined;
    const thumbprint = Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    return { thumbprint, names: splitNames((subjectAltName as string | null | undefined) ?? '') };
  } catch {
    return undefined;
  }
}

/** Values with special characters are JSON strings; other kinds of name are left out. */
function splitNames(text: string): string[] {
  const entries = text.matchAll(/(?:^|, )(DNS|URI|email|IP Address):(?:("(?:[^"\\]|\\.)*")|([^,]*))/g);
  return Array.from(entries, ([, kind, json, plain]) => {
    const value = json === undefined ? plain! : (JSON.parse(json) as string);
    return `${kind!}:${kind === 'IP Address' ? canonicalAddress(value) : value}`;
  });
}

/** IPv6 in one form. */
export function canonicalAddress(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
