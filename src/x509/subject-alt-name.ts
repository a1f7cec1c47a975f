import { toHex } from '../encoding/bytes.js';
import { asciiText } from './name/directory-string.js';
import { readName, type DistinguishedName } from './name/distinguished-name.js';
import { forEachGeneralName, GENERAL_NAME, isPrintableIa5 } from './general-name.js';
import { formatIpAddress } from './ip-address.js';

/**
 * One entry of the subjectAltName extension (RFC 5280 §4.2.1.6).
 *
 * - `dns`, `uri`, `email`: the unchanged text.
 * - `ip`: IPv4 in dotted decimals or IPv6 in the form of RFC 5952.
 * - `dn`: an RFC 4514 string. `name` is the parsed name for comparison.
 * - `other`: the whole GeneralName in DER, in lower-case hexadecimal. Contains every other choice, and invalid entries
 *   of the first four types: octets outside printable ASCII (a NUL, UTF-8), or an address of neither 4 nor 16 octets.
 *   Such an entry matches nothing.
 */
export type SubjectAltName =
  | { readonly type: 'dns' | 'uri' | 'email' | 'ip' | 'other'; readonly value: string }
  | { readonly type: 'dn'; readonly value: string; readonly name: DistinguishedName };

/**
 * Reads the entries of a GeneralNames element.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readSubjectAltNames(bytes: Uint8Array, start: number, end: number): SubjectAltName[] {
  const names: SubjectAltName[] = [];
  forEachGeneralName(bytes, start, end, (tag, contentStart, contentEnd, header) => {
    names.push(
      Object.freeze(
        readEntry(tag, bytes, contentStart, contentEnd) ?? { type: 'other', value: toHex(bytes, header, contentEnd) },
      ),
    );
  });
  return names;
}

function readEntry(tag: number, bytes: Uint8Array, start: number, end: number): SubjectAltName | undefined {
  switch (tag) {
    case GENERAL_NAME.dNSName:
      return textEntry('dns', bytes, start, end);
    case GENERAL_NAME.uniformResourceIdentifier:
      return textEntry('uri', bytes, start, end);
    case GENERAL_NAME.rfc822Name:
      return textEntry('email', bytes, start, end);
    case GENERAL_NAME.iPAddress:
      if (end - start !== 4 && end - start !== 16) return undefined;
      return { type: 'ip', value: formatIpAddress(bytes.subarray(start, end)) };
    case GENERAL_NAME.directoryName: {
      const name = readName(bytes, start, end);
      return { type: 'dn', value: name.toString(), name };
    }
    default:
      return undefined;
  }
}

function textEntry(
  type: 'dns' | 'uri' | 'email',
  bytes: Uint8Array,
  start: number,
  end: number,
): SubjectAltName | undefined {
  return isPrintableIa5(bytes, start, end) ? { type, value: asciiText(bytes, start, end)! } : undefined;
}
