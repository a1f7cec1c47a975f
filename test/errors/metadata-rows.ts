import { authenticateClient, parseClientMetadata, parseDistinguishedName, type MtlsErrorCode } from 'oauth-mtls';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import { certificateOfUnknownVersion, certificateWithDuplicateExtension, change, rowsOf, type Row } from './row.js';

const own = await selfSignedCertificate({ subject: 'CN=client' });
const other = await selfSignedCertificate({ subject: 'CN=client' });
const ofNoVersion = await certificateOfUnknownVersion();
const twice = await certificateWithDuplicateExtension();

/** id-ecPublicKey and prime256v1, as elements. */
const EC_KEY = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256 = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

const SYNTAX: Readonly<Record<string, string>> = {
  empty: '',
  'lone-surrogate': 'CN=\ud800',
  'attribute-type': 'CN',
  hex: 'CN=#0',
  quote: 'CN="client"',
  unescaped: 'CN=a;b',
  escape: 'CN=a\\z',
};

const VALUES: Readonly<Record<string, string>> = {
  empty: 'CN=',
  ber: 'CN=#0C80',
  nul: 'CN=a\\00b',
  'ia5-string': 'DC=bücher',
  'utf-8': 'CN=\\C3',
  encoding: 'CN=#0C01C3',
};

const SUBJECTS: readonly (readonly [member: string, reason: string, value: string])[] = [
  ...Object.entries({ ...VALUES, ...SYNTAX }).map(([reason, text]) => ['subject_dn', reason, text] as const),
  ['subject_dn', 'unknown-attribute', 'nickname=client'],
  ['san_dns', 'not-ascii', 'bücher.example'],
  ['san_dns', 'characters', 'a b.example'],
  ['san_dns', 'label', '-a.example'],
  ['san_dns', 'length', `${'a.'.repeat(126)}ab`],
  ['san_dns', 'leading-dot', '.client.example'],
  ['san_dns', 'trailing-dot', 'client.example.'],
  ['san_dns', 'ip-address', '192.0.2.1'],
  ['san_uri', 'no-scheme', 'client.example'],
  ['san_uri', 'no-host', 'https:///client'],
  ['san_uri', 'host', 'https://[client]/'],
  ['san_uri', 'port', 'https://client.example:a/'],
  ['san_uri', 'fragment', 'https://client.example/#a#b'],
  ['san_email', 'no-at-sign', 'client.example'],
  ['san_email', 'local-part', 'a..b@client.example'],
  ['san_email', 'domain', 'a@-.example'],
];

const bySubject = (members: object) => ({ token_endpoint_auth_method: 'tls_client_auth', ...members });
const byKeys = (members: object) => ({ token_endpoint_auth_method: 'self_signed_tls_client_auth', ...members });
const byId = (spiffe_id?: string, client_id?: string) => ({
  token_endpoint_auth_method: 'spiffe_x509',
  spiffe_id,
  client_id,
});
const byKey = (jwk: unknown) => byKeys({ jwks: { keys: [jwk] } });
const x5c = (...certificates: string[]) => byKey({ ...own.jwk, x5c: certificates });

/** Metadata that is refused, by code and reason. */
const refused: readonly (readonly [code: MtlsErrorCode, reason: string, metadata: object])[] = [
  ...SUBJECTS.map(
    ([member, reason, value]) =>
      ['ERR_METADATA_VALUE', reason, bySubject({ [`tls_client_auth_${member}`]: value })] as const,
  ),
  ['ERR_METADATA_SUBJECT', 'none', bySubject({})],
  [
    'ERR_METADATA_SUBJECT',
    'several',
    bySubject({ tls_client_auth_san_dns: 'a.example', tls_client_auth_subject_dn: 'CN=a' }),
  ],
  ['ERR_METADATA_SUBJECT', 'other-method', byKeys({ jwks: { keys: [own.jwk] }, tls_client_auth_san_dns: 'a.example' })],
  ['ERR_METADATA_KEYS', 'none', byKeys({})],
  ['ERR_METADATA_KEYS', 'both', byKeys({ jwks: { keys: [own.jwk] }, jwks_uri: 'https://client.example/jwks' })],
  ['ERR_METADATA_JWKS', 'not-an-object', byKey('key')],
  ['ERR_METADATA_JWKS', 'not-an-array', byKeys({ jwks: { keys: {} } })],
  ['ERR_METADATA_JWKS', 'not-a-string', byKey({ x5c: own.jwk.x5c })],
  ['ERR_METADATA_JWKS', 'not-strings', byKey({ ...own.jwk, x5c: [1] })],
  ['ERR_METADATA_JWKS', 'private-key', byKey({ ...own.jwk, d: 'AAAA' })],
  ['ERR_METADATA_JWKS', 'no-certificate', byKeys({ jwks: { keys: [] } })],
  ['ERR_METADATA_JWKS', 'ERR_ENCODING_BASE64', x5c('?')],
  ['ERR_METADATA_JWKS', 'ERR_ENCODING_EMPTY', x5c('')],
  ['ERR_METADATA_JWKS', 'ERR_ENCODING_TOO_LARGE', x5c('A'.repeat(4_000_000))],
  ['ERR_METADATA_JWKS', 'ERR_ENCODING_DER', x5c('AAAA')],
  ['ERR_METADATA_JWKS', 'ERR_CERTIFICATE_DUPLICATE_EXTENSION', x5c(twice)],
  ['ERR_METADATA_JWKS', 'ERR_CERTIFICATE_MALFORMED', x5c(ofNoVersion)],
  ['ERR_METADATA_X5C', 'other-key', x5c(other.jwk.x5c[0]!)],
  ['ERR_METADATA_X5C', 'key-type', x5c(change(own.certificate.der, EC_KEY, 2))],
  ['ERR_METADATA_X5C', 'curve', x5c(change(own.certificate.der, P256, 1))],
  ['ERR_METADATA_X5C', 'explicit-curve', x5c(change(own.certificate.der, [...EC_KEY, 6], 0x30))],
  ['ERR_METADATA_X5C', 'other-thumbprint', byKey({ ...own.jwk, 'x5t#S256': other.certificate.thumbprint })],
  ['ERR_METADATA_SPIFFE_ID', 'none', byId()],
  ['ERR_METADATA_SPIFFE_ID', 'length', byId(`spiffe://a.example/${'a'.repeat(2048)}`)],
  ['ERR_METADATA_SPIFFE_ID', 'scheme', byId('https://a.example/b')],
  ['ERR_METADATA_SPIFFE_ID', 'trust-domain', byId('spiffe:///b')],
  ['ERR_METADATA_SPIFFE_ID', 'path', byId('spiffe://a.example//b')],
  ['ERR_METADATA_SPIFFE_ID', 'no-path', byId('spiffe://a.example')],
  ['ERR_METADATA_SPIFFE_ID', 'other-id', byId('spiffe://a.example/b', 'spiffe://a.example/c')],
];

const names = (code: MtlsErrorCode, texts: Readonly<Record<string, string>>): Row[] =>
  Object.entries(texts).map(([reason, text]) => ({ code, reason, provoke: () => parseDistinguishedName(text) }));

/** Names, the metadata that contains them, and the stored clients that have such metadata. */
export const metadataRows: readonly Row[] = [
  ...names('ERR_NAME_SYNTAX', SYNTAX),
  ...names('ERR_NAME_VALUE', VALUES),
  ...refused.map(([code, reason, metadata]) => ({ code, reason, provoke: () => parseClientMetadata(metadata) })),
  ...rowsOf(
    'ERR_CLIENT_METADATA',
    Object.fromEntries(
      refused.map(([, reason, metadata]) => [reason, () => authenticateClient(undefined, metadata as never)]),
    ),
  ),
];
