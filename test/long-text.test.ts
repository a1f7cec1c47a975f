import { isMtlsError, parseCertificates, parseClientMetadata, parseDistinguishedName } from 'oauth-mtls';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { expect, it } from 'vitest';

// A regular expression that repeats a group without a limit overflows the stack on such a text, with a RangeError.
const LENGTH = 24_000_000;
const letters = 'A'.repeat(LENGTH);
const pairs = (pair: string) => pair.repeat(LENGTH / 2);

const verify = createAccessTokenVerifier({ keys: { keys: [] }, issuer: 'https://as.example', audience: 'api' });
const metadata = (name: string, value: string) =>
  parseClientMetadata({ client_id: 'a', token_endpoint_auth_method: 'tls_client_auth', [name]: value });

it.each<[string, () => unknown]>([
  ['token without dots', () => verify(letters)],
  ['payload of a token', () => verify(`AAAA.${letters}.AAAA`)],
  ['attribute type', () => parseDistinguishedName(`${pairs('1.')}1=a`)],
  ['URI', () => metadata('tls_client_auth_san_uri', `https://a/${letters}`)],
  ['local part', () => metadata('tls_client_auth_san_email', `${pairs('a.')}a@example.com`)],
  ['quoted local part', () => metadata('tls_client_auth_san_email', `"${letters}"@example.com`)],
  ['DNS name', () => metadata('tls_client_auth_san_dns', `${pairs('a.')}com`)],
  ['BEGIN line', () => parseCertificates(`-----BEGIN ${pairs('a ')}A-----\n`)],
])('text of 24 million characters is a typed error, never a RangeError: %s', async (_what, read) => {
  const error: unknown = await (async () => read())().catch((thrown: unknown) => thrown);
  expect(isMtlsError(error)).toBe(true);
});
