import type { MtlsError } from '../../errors.js';
import { escapeText } from '../../x509/name/rfc4514.js';
import type { SubjectMismatchCause } from './subject-causes.js';

/** Attribute names of other systems, and their RFC 4514 form. */
const FOREIGN_NAMES = new Map([
  ['S', 'ST'],
  ['E', 'emailAddress'],
  ['EMAIL', 'emailAddress'],
  ['T', 'title'],
  ['G', 'givenName'],
]);

/** The likely form of a text that is not a valid distinguished name. */
export function causeOfRefusal({ code, detail }: MtlsError, text: string): SubjectMismatchCause {
  if (/^\s*(?:subject|issuer)\s*[=:]/i.test(text)) return 'label-prefix';
  if (/^\s*\//.test(text)) return 'openssl-oneline';
  if (isNewlineForm(text)) return 'newline-form';
  if (/(?:^|[,+;])\s*OID\./i.test(text)) return 'oid-prefix';
  if (detail.reason === 'quote') return 'quoted-value';
  if (detail.reason === 'unescaped' && text[detail.offset!] === ';') return 'semicolon-separator';
  if (detail.reason === 'ia5-string') return 'u-label';
  if (detail.reason === 'nul') return 'unusable-characters';
  return code === 'ERR_NAME_ATTRIBUTE' ? 'unknown-attribute' : 'invalid-value';
}

/** Whether each RDN is on its own line, as Node.js prints a subject, or OpenSSL with `-nameopt multiline`. */
export function isNewlineForm(text: string): boolean {
  const lines = text.trim().split('\n');
  return lines.length > 1 && lines.every((line) => /^ *[A-Za-z0-9.]+ *=/.test(line));
}

/** Converts a name in one of the other forms to an RFC 4514 string, as far as it is recognised. */
export function rewriteName(text: string): string {
  const bare = trim(text).replace(/^(?:subject|issuer)\s*[=:]\s*/i, '');
  return renameAttributes(bare.startsWith('/') ? rewriteOneline(bare) : rewriteSeparators(bare));
}

/** Removes white space at both ends, but keeps an escaped space. */
function trim(text: string): string {
  const trimmed = text.trim();
  return trimmed.endsWith('\\') && /\s$/.test(text) ? `${trimmed} ` : trimmed;
}

/** `/C=US/CN=a`: in certificate order, with unescaped values, and unprintable octets as `\xC3`. */
function rewriteOneline(text: string): string {
  return text
    .slice(1)
    .split(/\/(?=[A-Za-z0-9.]+=)/)
    .map((part) => {
      const equals = part.indexOf('=');
      return `${part.slice(0, equals)}=${escapeText(part.slice(equals + 1)).replace(/\\\\x([0-9A-Fa-f]{2})/g, '\\$1')}`;
    })
    .reverse()
    .join(',');
}

/** Quotation marks, semicolons and line breaks. */
function rewriteSeparators(text: string): string {
  const unquoted = text.replace(
    /= *"((?:[^"\\]|\\[^]){0,65536})"/g,
    (_, value: string) => `=${escapeText(value.replace(/\\([^])/g, '$1'))}`,
  );
  if (isNewlineForm(unquoted)) return unquoted.split(/\r?\n/).reverse().join(',');
  return unquoted.replace(/(?<!\\);/g, ',');
}

/** Attribute types with an `OID.` prefix, and names of other systems. */
function renameAttributes(text: string): string {
  return text.replace(
    /(^|(?<!\\)[,+])( *)(?:OID\.)?([A-Za-z0-9.]+)(?= *=)/gi,
    (_, separator: string, space: string, name: string) =>
      `${separator}${space}${FOREIGN_NAMES.get(name.toUpperCase()) ?? name}`,
  );
}
