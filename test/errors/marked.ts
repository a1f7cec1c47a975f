import { authenticateClient, type AuthenticateClientOptions, type MtlsClientMetadata } from 'oauth-mtls';
import type { JwksSource, MtlsErrorCode, PresentedCertificate } from 'oauth-mtls';
import { createCertificateAuthority, presented, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';

/** In tokens, keys, certificates, passwords and header values: nowhere at all. */
export const SECRET = 'MarkedSecret';
/** In names and in the words of a proxy: in `detail` and `hint` for the operator, and nowhere else. */
export const NAME = 'MarkedName';
export const MARKED_NAME = new RegExp(`${NAME}|${Buffer.from(NAME).toString('hex')}`, 'i');

/** A real refusal of marked inputs. */
export interface MarkedRow {
  /** Of the error that is thrown, or of one that led to it. */
  readonly code: MtlsErrorCode;
  readonly what: string;
  readonly run: () => unknown;
  /** What was authenticated, for the log line of an authorization server. */
  readonly client?: { readonly metadata: object; readonly presented: PresentedCertificate | undefined };
  readonly jwksSource?: JwksSource | undefined;
}

const long = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') };
const far = { notBefore: new Date('2120-01-01'), notAfter: new Date('2120-02-01') };

export const own = await selfSignedCertificate({ subject: `CN=${NAME}`, san: { dns: `${NAME}.example` } });
export const other = await selfSignedCertificate({ subject: `CN=${NAME}2` });
export const authority = await createCertificateAuthority({ subject: `CN=${NAME} Root` });
export const issued = await authority.issue({ subject: `CN=${NAME}` });
export const expired = await selfSignedCertificate({ subject: `CN=${NAME}`, ...long });
export const early = await selfSignedCertificate({ subject: `CN=${NAME}`, ...far });
export const evidence = presented(own, { verification: 'verified' });

/** A token with marks in each of its parts. */
export const jwt = [{ alg: 'ES256', typ: 'at+jwt', kid: SECRET }, { sub: SECRET, iss: SECRET }, SECRET]
  .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
  .join('.');

/** Pieces of what is as secret as the whole: of certificates, of their keys, of tokens. */
export const PIECES: readonly string[] = [
  ...[own, other, authority, issued, expired, early].flatMap(piecesOf),
  ...jwt.split('.').map((part) => part.slice(0, 16)),
];

function piecesOf({ certificate: { der }, privateKeyPem }: TestCertificate): string[] {
  const bytes = Buffer.from(der);
  const key = privateKeyPem.split('\n')[2]!;
  return [bytes.toString('base64').slice(40, 80), bytes.toString('hex').slice(60, 100), key.slice(0, 40)];
}

/** Metadata of a client of `tls_client_auth`, with a subject that no certificate here has. */
export const bySubject = {
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: `CN=${NAME}3`,
  client_secret: SECRET,
};
export const byKeys = (...keys: object[]) => ({
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  jwks: { keys },
  client_secret: SECRET,
});
export const byKey = (members: object) => byKeys({ ...own.jwk, kid: SECRET, ...members });
export const JWKS_URI = `https://${NAME}.example/jwks`;
export const byUri = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: JWKS_URI };

/** A client that is refused, with what the log of an authorization server has to explain it. */
export function refused(
  code: MtlsErrorCode,
  what: string,
  metadata: object,
  which: PresentedCertificate | undefined = evidence,
  options: AuthenticateClientOptions = {},
): MarkedRow {
  const run = (): unknown => authenticateClient(which, metadata as MtlsClientMetadata, options);
  return { code, what, run, client: { metadata, presented: which }, jwksSource: options.jwksSource };
}
