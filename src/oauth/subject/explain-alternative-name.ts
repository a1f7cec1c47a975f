import { toHex } from '../../encoding/bytes.js';
import { assertMtlsError, type MtlsErrorReason } from '../../errors.js';
import type { Certificate } from '../../x509/certificate.js';
import { GENERAL_NAME } from '../../x509/general-name.js';
import { parseIpAddress } from '../../x509/ip-address.js';
import { formCause, LABELS, sanType, type SanType } from './refusal-cause.js';
import type { SubjectExplanation, SubjectMismatchCause } from './subject-causes.js';
import { parseRegisteredSubject, type TlsClientAuthParameter } from './subject-matches.js';

const COMMON_NAME = '2.5.4.3';

/** RFC 3986 §3.3: a URI with dot segments is not suggested, because it may denote another path. */
const DOT_SEGMENT = /\/\.\.?(?:[/?#]|$)/;

/** First octet of an entry, in the form in which malformed entries are listed. */
const TAGS: Readonly<Record<SanType, string>> = {
  dns: toHex(Uint8Array.of(GENERAL_NAME.dNSName)),
  uri: toHex(Uint8Array.of(GENERAL_NAME.uniformResourceIdentifier)),
  ip: toHex(Uint8Array.of(GENERAL_NAME.iPAddress)),
  email: toHex(Uint8Array.of(GENERAL_NAME.rfc822Name)),
};

/** Explains why no alternative name of a certificate matches the registered one. */
export function explainAlternativeName(
  certificate: Certificate,
  parameter: TlsClientAuthParameter,
  expected: string,
): SubjectExplanation {
  const type = sanType(parameter);
  /** The cause, with the first candidate that the certificate matches as a suggestion. */
  const because = (cause: SubjectMismatchCause, ...candidates: readonly (string | undefined)[]): SubjectExplanation => {
    const suggestion = candidates.find(
      (candidate) => candidate !== undefined && matches(certificate, parameter, candidate),
    );
    return suggestion === undefined ? { cause } : { cause, suggestion };
  };
  const cause = formCause(type, expected, refusalReason(parameter, expected));
  switch (cause) {
    case undefined:
      return explainMismatch(certificate, type, expected, because);
    case 'surrounding-space':
      return because(cause, expected.trim());
    case 'label-prefix':
      return because(cause, expected.replace(LABELS[type], ''));
    case 'trailing-dot':
      return because(cause, expected.slice(0, -1));
    case 'u-label':
      return because(cause, ...asciiForms(type, expected));
  }
  const parts = expected.split(/[\s,;]+/, 20);
  if (parts.length > 1) {
    const several = because('several-values', ...parts);
    if (several.suggestion !== undefined) return several;
  }
  return because(cause, cause === 'ip-text-form' ? ipAddressIn(expected) : undefined);
}

/** Explains a value that can be registered. */
function explainMismatch(
  { subject, subjectAltNames }: Certificate,
  type: SanType,
  expected: string,
  because: (cause: SubjectMismatchCause, ...candidates: readonly (string | undefined)[]) => SubjectExplanation,
): SubjectExplanation {
  const own = subjectAltNames.filter((name) => name.type === type).map(({ value }) => value);
  const folded = expected.toLowerCase();
  const otherCase = own.find((value) => value.toLowerCase() === folded);
  if (otherCase !== undefined) return because('different-case', otherCase);
  const near = nearName(type, own, expected);
  if (near !== undefined) return because(near.cause, DOT_SEGMENT.test(near.value) ? undefined : near.value);
  if (
    subject.rdns.flat().some((attribute) => attribute.type === COMMON_NAME && attribute.value?.toLowerCase() === folded)
  ) {
    return { cause: 'value-in-common-name' };
  }
  if (subjectAltNames.some((name) => name.type !== type && name.value.toLowerCase() === folded))
    return { cause: 'other-san-type' };
  if (own.length > 0) return { cause: 'different-value' };
  const malformed = subjectAltNames.some((name) => name.type === 'other' && name.value.startsWith(TAGS[type]));
  return { cause: malformed ? 'malformed-san' : 'no-san-of-type' };
}

/** A name of the certificate that looks like the registered name but is different. */
function nearName(
  type: SanType,
  own: readonly string[],
  expected: string,
): { readonly cause: SubjectMismatchCause; readonly value: string } | undefined {
  let cause: SubjectMismatchCause;
  let value: string | undefined;
  switch (type) {
    case 'dns':
      cause = 'wildcard';
      value = own.find((name) => covers(name, expected) || covers(expected, name));
      break;
    case 'ip':
      cause = 'ipv4-mapped';
      value = own.find((name) => mapped(name) === mapped(expected));
      break;
    case 'uri': {
      cause = 'uri-not-normalised';
      const normal = normalise(expected);
      value = normal === undefined ? undefined : own.find((name) => normalise(name) === normal);
      break;
    }
    case 'email':
      return undefined;
  }
  return value === undefined ? undefined : { cause, value };
}

/** Whether a TLS client would match a host with a wildcard (RFC 9525 §6.3). */
function covers(wildcard: string, host: string): boolean {
  return wildcard.startsWith('*.') && wildcard.slice(1).toLowerCase() === host.slice(host.indexOf('.')).toLowerCase();
}

/** An address as IPv6 in hexadecimal, IPv4 in its mapped form (RFC 4291 §2.5.5.2). */
function mapped(address: string): string {
  const octets = parseIpAddress(address)!;
  return octets.length === 4 ? `${'00'.repeat(10)}ffff${toHex(octets)}` : toHex(octets);
}

/** A URI after normalisation (RFC 3986 §6.2), for reports only. */
function normalise(uri: string): string | undefined {
  if (!URL.canParse(uri)) return undefined;
  return new URL(uri).href.replace(/%[0-9A-Fa-f]{2}/g, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : octet.toUpperCase();
  });
}

/** The forms that a value with an internationalised host may have in a certificate. */
function asciiForms(type: SanType, text: string): readonly (string | undefined)[] {
  if (type === 'uri') {
    const href = normalise(text);
    return [href, href?.replace(/\/$/, '')];
  }
  const at = text.lastIndexOf('@') + 1;
  const url = `https://${text.slice(at)}`;
  return [URL.canParse(url) ? text.slice(0, at) + new URL(url).hostname : undefined];
}

/** The address in a text with brackets, a port, a zone or a prefix length. */
function ipAddressIn(text: string): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::[0-9]*)?$/.exec(text)?.[1] ?? text;
  const bare = bracketed.replace(/[%/][^]*/, '');
  return bare.includes('.')
    ? bare.replace(/:[0-9]+$/, (port) => (bare.indexOf(':') === bare.length - port.length ? '' : port))
    : bare;
}

function matches(certificate: Certificate, parameter: TlsClientAuthParameter, value: string): boolean {
  return refusalReason(parameter, value) === undefined && parseRegisteredSubject(parameter, value).matches(certificate);
}

/** Why a value can never be registered. Undefined for one that can. */
function refusalReason(parameter: TlsClientAuthParameter, value: string): MtlsErrorReason | undefined {
  try {
    parseRegisteredSubject(parameter, value);
    return undefined;
  } catch (error) {
    assertMtlsError(error, 'ERR_METADATA_VALUE');
    return error.detail.reason;
  }
}
