import {
  parseCertificate,
  parseDistinguishedName,
  certificateJwk,
  parseClientId,
  parseClientMetadata,
} from 'oauth-mtls';
import {
  createCertificateReader,
  fromAddresses,
  nginx,
  rfc9440,
  withSharedSecret,
  type ForwardedRequest,
} from 'oauth-mtls/forwarded';
import { remoteJwks } from 'oauth-mtls/jwks';
import { presentedCertificate } from 'oauth-mtls/node';
import { parseSpiffeId } from 'oauth-mtls/spiffe';
import { fakeTlsSocket } from 'oauth-mtls/testing';
import { byKey, byKeys, bySubject, JWKS_URI, NAME, other, own, SECRET, type MarkedRow } from './marked.js';
import { certificateOfUnknownVersion, certificateWithDuplicateExtension, change } from './row.js';

const subject = `CN=${NAME}`;
const P256 = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const ofNoVersion = await certificateOfUnknownVersion(subject);
const twice = await certificateWithDuplicateExtension(subject);
const body = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

type Rows = readonly (readonly [code: MarkedRow['code'], what: string, run: () => unknown])[];

const certificates: Rows = [
  ['ERR_ENCODING_EMPTY', 'no content', () => parseCertificate(body(''))],
  ['ERR_ENCODING_TOO_LARGE', 'a small limit', () => parseCertificate(own.pem, { maxBytes: 100 })],
  ['ERR_ENCODING_BASE64', 'garbage', () => parseCertificate(`${SECRET}!`)],
  ['ERR_ENCODING_BASE64', 'garbage in PEM', () => parseCertificate(body(`${SECRET}!`))],
  ['ERR_ENCODING_PEM', 'text after the block', () => parseCertificate(own.pem + SECRET)],
  ['ERR_ENCODING_PEM_LABEL', 'a private key', () => parseCertificate(own.privateKeyPem)],
  [
    'ERR_ENCODING_DER',
    'a certificate and more',
    () => parseCertificate(Buffer.concat([own.certificate.der, Buffer.from(SECRET)])),
  ],
  ['ERR_CERTIFICATE_MALFORMED', 'an unknown version', () => parseCertificate(ofNoVersion)],
  ['ERR_CERTIFICATE_DUPLICATE_EXTENSION', 'an extension twice', () => parseCertificate(twice)],
  [
    'ERR_CERTIFICATE_KEY',
    'an unknown curve',
    () => certificateJwk(parseCertificate(change(own.certificate.der, P256, 1))),
  ],
  [
    'ERR_CERTIFICATE_UNAVAILABLE',
    'a closed connection',
    () => presentedCertificate(fakeTlsSocket({ certificate: own, destroyed: true })),
  ],
  ['ERR_NAME_SYNTAX', 'slashes', () => parseDistinguishedName(`/CN=${NAME}`)],
  ['ERR_NAME_ATTRIBUTE', 'an unknown attribute', () => parseDistinguishedName(`${NAME}=x`)],
  ['ERR_NAME_VALUE', 'a domain beyond ASCII', () => parseDistinguishedName(`DC=${NAME}é`)],
  ['ERR_SPIFFE_ID', 'another scheme', () => parseSpiffeId(`https://${NAME}/payments`)],
  ['ERR_CLIENT_UNKNOWN', 'no client_id', () => parseClientId(`client=${NAME}&client_secret=${SECRET}`)],
  ['ERR_CLIENT_ID_REPEATED', 'two of them', () => parseClientId(`client_id=${SECRET}&client_id=${SECRET}2`)],
];

const register = (members: object) => () => parseClientMetadata(members);
const spiffe = { token_endpoint_auth_method: 'spiffe_x509', client_secret: SECRET };

const metadata: Rows = [
  ['ERR_METADATA_TYPE', 'text as jwks', register({ ...byKeys(), jwks: SECRET })],
  ['ERR_METADATA_SUBJECT', 'two subjects', register({ ...bySubject, tls_client_auth_san_dns: `${NAME}.example` })],
  ['ERR_METADATA_VALUE', 'slashes', register({ ...bySubject, tls_client_auth_subject_dn: `/CN=${NAME}` })],
  ['ERR_METADATA_VALUE', 'PEM', register({ ...bySubject, tls_client_auth_subject_dn: own.pem.replace(/\n/g, ' ') })],
  ['ERR_METADATA_KEYS', 'two sets', register({ ...byKeys(own.jwk), jwks_uri: JWKS_URI })],
  ['ERR_METADATA_JWKS', 'a private key', register(byKey({ d: SECRET }))],
  ['ERR_METADATA_JWKS', 'garbage in x5c', register(byKey({ x5c: [SECRET] }))],
  ['ERR_METADATA_JWKS', 'PEM in x5c', register(byKey({ x5c: [own.pem] }))],
  ['ERR_METADATA_JWKS', 'a key of the wrong type', register(byKey({ kty: 1 }))],
  ['ERR_METADATA_JWKS_URI', 'http', register({ ...byKeys(), jwks: undefined, jwks_uri: `http://${NAME}.example/` })],
  [
    'ERR_METADATA_JWKS_URI',
    'a password',
    register({ ...byKeys(), jwks: undefined, jwks_uri: `https://user:${SECRET}@${NAME}.example/` }),
  ],
  ['ERR_JWKS_URI', 'a password', () => remoteJwks(`https://${SECRET}@${NAME}.example/`)],
  ['ERR_JWKS_URI', 'no URL', () => remoteJwks(`//user:${SECRET}@${NAME}.example/`)],
  ['ERR_METADATA_X5C', 'another key', register(byKeys({ ...other.jwk, x5c: own.jwk.x5c, kid: SECRET }))],
  ['ERR_METADATA_SPIFFE_ID', 'another scheme', register({ ...spiffe, spiffe_id: `https://${NAME}/payments` })],
  ['ERR_METADATA_PROFILE', 'unbound tokens', () => parseClientMetadata(byKeys(own.jwk), { profile: 'fapi' })],
];

type Trust = (request: ForwardedRequest) => boolean;
const trusted: Trust = () => true;
const forwarded =
  (trust: Trust, ...headers: string[]) =>
  () =>
    createCertificateReader({ format: nginx(), trust })({ rawHeaders: headers });
const CERT = 'X-SSL-Client-Cert';
const escaped = encodeURIComponent(own.pem);

const headers: Rows = [
  ['ERR_FORWARDED_UNTRUSTED', 'another peer', forwarded(fromAddresses(['127.0.0.1']), CERT, SECRET)],
  [
    'ERR_FORWARDED_UNTRUSTED',
    'another secret',
    forwarded(withSharedSecret({ header: 'x-secret', secret: SECRET.repeat(3) }), CERT, SECRET, 'X-Secret', SECRET),
  ],
  ['ERR_FORWARDED_DUPLICATE', 'two headers', forwarded(trusted, CERT, SECRET, CERT, SECRET)],
  ['ERR_FORWARDED_TOO_LARGE', 'a long header', forwarded(trusted, CERT, SECRET.repeat(10_000))],
  ['ERR_FORWARDED_MALFORMED', 'garbage', forwarded(trusted, CERT, SECRET)],
  ['ERR_FORWARDED_MALFORMED', 'a broken escape', forwarded(trusted, CERT, `${escaped}%`)],
  [
    'ERR_FORWARDED_MALFORMED',
    'a structured field',
    () =>
      createCertificateReader({ format: rfc9440(), trust: trusted })({ rawHeaders: ['Client-Cert', `:${SECRET}?:`] }),
  ],
  [
    'ERR_FORWARDED_CONTRADICTION',
    'a certificate of nobody',
    forwarded(trusted, CERT, escaped, 'X-SSL-Client-Verify', 'NONE'),
  ],
];

/** Certificates and names, registrations, headers. */
export const markedInputs: readonly MarkedRow[] = [...certificates, ...metadata, ...headers].map(
  ([code, what, run]) => ({
    code,
    what,
    run,
  }),
);
