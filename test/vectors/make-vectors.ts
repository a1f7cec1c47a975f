import { readFileSync } from 'node:fs';
import { isMtlsError, parseCertificate, type Certificate } from 'oauth-mtls';
import { createCertificateReader } from 'oauth-mtls/forwarded';
import { forwardedHeaders, hostileHeaders, type ForwardedFormatName } from 'oauth-mtls/testing';
import { fromRoot } from '../../subpaths.js';
import { forwardedFormats } from '../../src/testing/requests/forwarded-headers.js';
import { certificateOf, parameterOf, readNameVectors, type NameVector } from '../oauth/subject/name-vectors.js';

/** Raised by hand when vectors change: see vectors/README.md. */
export const VERSION = '1.0.0';

const base64 = ({ der }: Certificate): string => Buffer.from(der).toString('base64');
const file = (name: string): Certificate => parseCertificate(readFileSync(fromRoot(`test/cli/files/${name}`), 'utf8'));
const owner = file('leaf.pem');
const other = file('renewed.pem');
const hash = owner.thumbprint;
const octets = Buffer.from(hash, 'base64url');

/** fixtures/name-matching.json with certificates in DER. */
export function nameVectors(): object[] {
  return readNameVectors().map((vector: NameVector & { readonly latitude?: boolean; readonly ref?: string }) => ({
    id: vector.id,
    parameter: parameterOf(vector),
    certificate: base64(certificateOf(vector)),
    registered: vector.expected,
    result: vector.result === 'invalid-metadata' ? 'invalid' : vector.result,
    latitude: vector.latitude === true,
    why: vector.why,
    ref: vector.ref ?? '',
  }));
}

type Binding = readonly [
  id: string,
  token: object,
  result: 'bound' | 'refused',
  why: string,
  certificate?: Certificate | null,
];
const cnf = (value: unknown): object => ({ cnf: { 'x5t#S256': value } });

const BINDINGS: readonly Binding[] = [
  ['jwt', { sub: 'client', ...cnf(hash) }, 'bound', 'claims of a JWT (§3.1)'],
  ['introspection', { active: true, ...cnf(hash) }, 'bound', 'an introspection response (§3.2)'],
  ['other-certificate', cnf(hash), 'refused', 'another certificate', other],
  ['no-certificate', cnf(hash), 'refused', 'no certificate was presented', null],
  ['same-subject', cnf(other.thumbprint), 'refused', 'the binding is to a certificate, not to a name'],
  ['inactive', { active: false, ...cnf(hash) }, 'refused', 'a token that is not active'],
  ['active-text', { active: 'true', ...cnf(hash) }, 'refused', 'active is a boolean'],
  ['unbound', { sub: 'client' }, 'refused', 'no cnf, where a binding is required'],
  ['cnf-null', { cnf: null }, 'refused', 'cnf is an object'],
  ['cnf-text', { cnf: hash }, 'refused', 'cnf is an object'],
  ['cnf-list', { cnf: [{ 'x5t#S256': hash }] }, 'refused', 'cnf is an object'],
  ['cnf-empty', { cnf: {} }, 'refused', 'cnf without a confirmation method'],
  ['value-null', cnf(null), 'refused', 'the thumbprint is text'],
  ['value-list', cnf([hash]), 'refused', 'the thumbprint is text'],
  ['value-empty', cnf(''), 'refused', 'an empty thumbprint'],
  ['padded', cnf(`${hash}=`), 'refused', 'base64url is without padding'],
  ['standard-base64', cnf(octets.toString('base64')), 'refused', 'base64url, not base64'],
  ['hexadecimal', cnf(octets.toString('hex')), 'refused', 'base64url, not hexadecimal'],
  [
    'hexadecimal-base64url',
    cnf(Buffer.from(octets.toString('hex')).toString('base64url')),
    'refused',
    'the hash, not its hexadecimal text',
  ],
  ['upper-case', cnf(hash.toUpperCase()), 'refused', 'base64url is case-sensitive'],
  ['truncated', cnf(hash.slice(0, -1)), 'refused', 'a prefix of the thumbprint'],
  ['white-space', cnf(` ${hash}`), 'refused', 'white space around the thumbprint'],
  [
    'stray-bits',
    cnf(hash.slice(0, -1) + String.fromCharCode(hash.charCodeAt(42) + 1)),
    'refused',
    'the last character has bits that belong to no octet',
  ],
  ['sha1', { cnf: { x5t: octets.subarray(0, 20).toString('base64url') } }, 'refused', 'x5t is SHA-1'],
  ['jkt-only', { cnf: { jkt: hash } }, 'refused', 'bound to a DPoP key, not to a certificate'],
  ['top-level', { 'x5t#S256': hash }, 'refused', 'the confirmation belongs in cnf'],
];

export function bindingVectors(): object[] {
  return BINDINGS.map(([id, token, result, why, certificate = owner]) => ({
    id,
    certificate: certificate === null ? null : base64(certificate),
    token,
    result,
    why,
    ref: 'RFC 8705 §3',
  }));
}

const FORMATS = Object.keys(forwardedFormats) as ForwardedFormatName[];
const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** What each proxy sends, and what attackers have sent, for a certificate that does not change. */
export async function headerVectors(): Promise<object[]> {
  const regular = FORMATS.flatMap((format) =>
    (['verified', 'unverified', 'absent'] as const).map((state) => {
      const headers = forwardedHeaders(
        format,
        state === 'absent' ? undefined : owner,
        state === 'absent' ? {} : { verification: state },
      );
      return vector(`${slug(format)}-${state}`, format, Object.entries(headers), `${format}: ${state}`);
    }),
  );
  const hostile = await hostileHeaders({ victim: owner, attacker: other });
  return [
    ...regular,
    ...hostile.map(({ name, format, rawHeaders, hazard }) => {
      const pairs = rawHeaders.flatMap((each, at) => (at % 2 === 0 ? [[each, rawHeaders[at + 1]!] as const] : []));
      return vector(`hostile-${slug(name)}`, format, pairs, hazard);
    }),
  ];
}

function vector(id: string, format: ForwardedFormatName, headers: readonly (readonly [string, string])[], why: string) {
  const read = createCertificateReader({ format: forwardedFormats[format](), trust: () => true });
  const shared = { id, format, headers };
  try {
    const found = read({ rawHeaders: headers.flat() });
    if (found === undefined) return { ...shared, result: 'absent', why };
    const { certificate, verification } = found;
    const verified = verification === 'verified';
    return { ...shared, result: 'certificate', thumbprint: certificate.thumbprint, verified, why };
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return { ...shared, result: 'refused', why };
  }
}
