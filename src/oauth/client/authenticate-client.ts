import { assertMtlsError, isMtlsError, MtlsError, reasonOf } from '../../errors.js';
import { checkOptions } from '../../options.js';
import { certificateFields, type Certificate } from '../../x509/certificate.js';
import { validityAt } from '../../x509/validity.js';
import { assertPresented, type PresentedCertificate } from '../../presented/presented-certificate.js';
import {
  parseClientMetadata,
  registeredCertificate,
  registeredSpiffeId,
  registeredSubject,
  type MtlsClientMetadata,
} from './parse-client-metadata.js';
import { publishAuthentication } from '../decision-messages.js';
import { createConfirmation, type Confirmation } from '../confirmation/create-confirmation.js';
import { authenticateSvid } from './authenticate-svid.js';
import { isMutualTlsMethod, type MutualTlsMethod } from '../mutual-tls-method.js';
import type { SvidVerifier } from './svid-verifier.js';
import type { TlsClientAuthParameter } from '../subject/subject-matches.js';

/** Validates the chain of a certificate. `createPathVerifier` of `oauth-mtls/pki` creates one. */
export interface PathVerifier {
  /** Resolves to evidence (an object). Rejects if the chain does not lead to a trust anchor. */
  verify(
    certificate: Certificate,
    intermediates: readonly Certificate[],
    options?: { readonly now?: Date },
  ): Promise<object>;
}

/** The certificates at a `jwks_uri`. `remoteJwks` of `oauth-mtls/jwks` creates one. */
export interface JwksSource {
  /** The `jwks_uri` that is loaded. */
  readonly uri: string;
  /**
   * Resolves to the registered certificate with this thumbprint. For an unknown thumbprint the source loads the set
   * again, subject to its cool-down. Rejects if the set cannot be loaded.
   */
  find(thumbprint: string): Promise<Certificate | undefined>;
  /** The fault of an entry in the set that was loaded last. It becomes the cause of a refusal. */
  readonly fault?: MtlsError | undefined;
  /** The set that was loaded last, for `explainRegistration`. Undefined before the first load. */
  jwks?(): { readonly keys: readonly object[] } | undefined;
}

export interface AuthenticateClientOptions {
  /** For `tls_client_auth`: always validates the chain. Without it, the presented certificate must be `verified`. */
  readonly pathVerifier?: PathVerifier | undefined;
  /** For `self_signed_tls_client_auth` with a `jwks_uri`. Its `uri` must be the registered one. */
  readonly jwksSource?: JwksSource | undefined;
  /** For `spiffe_x509` (experimental): the trust domains whose SVIDs are accepted. */
  readonly spiffeTrust?: SvidVerifier | undefined;
  /** Time of the decision. Default: the current time. */
  readonly now?: Date;
  /** Accepts a registered self-signed certificate past its `notAfter`. Has no effect on `tls_client_auth`. */
  readonly unsafeAllowExpired?: boolean;
}

/** An authenticated client: its certificate, the metadata that matched, and the confirmation for its tokens. */
export interface AuthenticatedClient {
  readonly method: MutualTlsMethod;
  readonly certificate: Certificate;
  /** The metadata member that matched, and the registered subject or the certificate's thumbprint. */
  readonly matched: {
    readonly parameter: TlsClientAuthParameter | 'jwks' | 'jwks_uri' | 'spiffe_id';
    readonly value: string;
  };
  /** With `spiffe_x509`: the ID in the SVID. It identifies the workload where the registered ID ends in `/*`. */
  readonly spiffeId?: string;
  readonly confirmation: Confirmation;
}

/**
 * Authenticates an OAuth client by the certificate that it presented in the TLS handshake.
 *
 * Checks for `tls_client_auth`: the chain leads to a trust anchor (according to `pathVerifier`, or to the TLS layer or
 * proxy), the certificate is within its validity period, and it contains the registered subject. For
 * `self_signed_tls_client_auth`: the certificate is identical to a registered one, and within its validity period. For
 * `spiffe_x509` (experimental): the certificate is an X.509-SVID of a trust domain of `spiffeTrust`, with the
 * registered ID.
 *
 * Does not check: that the `client_id` of the request belongs to this client (look the client up by it), revocation
 * unless `pathVerifier` does, and the choice of trust anchors. A subject identifies a client only under anchors that
 * issue it to no other client (RFC 8705 §7.4).
 *
 * Each decision is published on the diagnostics channel `oauth-mtls:authentication`.
 *
 * @example
 * ```ts
 * import { authenticateClient, parseClientMetadata } from 'oauth-mtls';
 * import { presentedCertificate } from 'oauth-mtls/node';
 * import type { IncomingMessage } from 'node:http';
 * const client = parseClientMetadata({
 *   token_endpoint_auth_method: 'tls_client_auth',
 *   tls_client_auth_subject_dn: 'CN=client,O=Acme,C=US',
 * });
 * export async function authenticate(request: IncomingMessage) {
 *   const { confirmation } = await authenticateClient(presentedCertificate(request), client);
 *   return { cnf: confirmation };
 * }
 * ```
 * @throws MtlsError ERR_CLIENT_*; the OAuth response is 401 invalid_client
 * @throws MtlsError ERR_PATH_STALE from a `pathVerifier` whose trust anchors are out of date, ERR_PATH_ANCHOR from one
 * that creates its verifier on demand with an unusable anchor; the response is 503
 * @throws TypeError for invalid evidence, metadata or options
 * @see RFC 8705 §2.1, §2.2
 */
export async function authenticateClient(
  presented: PresentedCertificate | undefined,
  client: MtlsClientMetadata,
  options: AuthenticateClientOptions = {},
): Promise<AuthenticatedClient> {
  checkOptions<AuthenticateClientOptions>(options, {
    pathVerifier: { method: 'verify' },
    jwksSource: { method: 'find' },
    spiffeTrust: { method: 'verifySvid' },
    now: 'date',
    unsafeAllowExpired: 'boolean',
  });
  const { now = new Date() } = options;
  let method: string | undefined;
  try {
    const metadata = readMetadata(client);
    method = metadata.token_endpoint_auth_method;
    const authenticated = await decide(presented, metadata, now, options);
    publishAuthentication(presented, method);
    return authenticated;
  } catch (error) {
    publishAuthentication(presented, method, error);
    throw error;
  }
}

async function decide(
  presented: PresentedCertificate | undefined,
  metadata: MtlsClientMetadata,
  now: Date,
  options: AuthenticateClientOptions,
): Promise<AuthenticatedClient> {
  const method = metadata.token_endpoint_auth_method;
  if (!isMutualTlsMethod(method)) {
    throw new MtlsError('ERR_CLIENT_METHOD', { field: 'token_endpoint_auth_method' });
  }
  // a resolver written in JavaScript may return null for absence
  const evidence = presented ?? undefined;
  if (evidence === undefined) throw new MtlsError('ERR_CLIENT_CERTIFICATE_MISSING');
  assertPresented(evidence);
  const { certificate } = evidence;
  if (method === 'spiffe_x509') {
    checkValidity(certificate, now, false);
    const registered = registeredSpiffeId(metadata);
    const spiffeId = await authenticateSvid(evidence, registered, now, options.spiffeTrust);
    const matched = { parameter: 'spiffe_id', value: registered.value } as const;
    return { method, certificate, matched, spiffeId, confirmation: createConfirmation(certificate) };
  }
  const matched =
    method === 'tls_client_auth'
      ? await matchSubject(evidence, metadata, now, options)
      : await matchRegistered(certificate, metadata, now, options);
  return { method, certificate, matched, confirmation: createConfirmation(certificate) };
}

function readMetadata(client: MtlsClientMetadata): MtlsClientMetadata {
  try {
    return parseClientMetadata(client);
  } catch (cause) {
    assertMtlsError(cause);
    const reason = reasonOf('ERR_CLIENT_METADATA', cause.detail.reason);
    throw new MtlsError('ERR_CLIENT_METADATA', { ...cause.detail, reason }, { cause });
  }
}

/** RFC 8705 §2.1: a validated chain, and the single registered subject. */
async function matchSubject(
  { certificate, intermediates, verification, reason }: PresentedCertificate,
  metadata: MtlsClientMetadata,
  now: Date,
  { pathVerifier }: AuthenticateClientOptions,
): Promise<AuthenticatedClient['matched']> {
  checkValidity(certificate, now, false);
  if (pathVerifier !== undefined) {
    await validatePath(pathVerifier, certificate, intermediates, now);
  } else if (verification !== 'verified') {
    const found = reason === undefined ? [verification] : [verification, reason];
    throw new MtlsError('ERR_CLIENT_UNVERIFIED', { found, thumbprint: certificate.thumbprint });
  }
  const { parameter, value, matches } = registeredSubject(metadata);
  let same: boolean;
  try {
    same = matches(certificate);
  } catch (cause) {
    // a malformed name is not the registered one
    assertMtlsError(cause);
    throw subjectMismatch(parameter, value, certificate, cause);
  }
  if (!same) throw subjectMismatch(parameter, value, certificate);
  return { parameter, value };
}

async function validatePath(
  pathVerifier: PathVerifier,
  certificate: Certificate,
  intermediates: readonly Certificate[],
  now: Date,
): Promise<void> {
  const { thumbprint } = certificate;
  let path: unknown;
  try {
    path = await pathVerifier.verify(certificate, intermediates, { now });
  } catch (cause) {
    // outdated or unusable anchors are a fault of the server, not of the client
    if (!isMtlsError(cause) || cause.code === 'ERR_PATH_STALE' || cause.code === 'ERR_PATH_ANCHOR') throw cause;
    throw new MtlsError('ERR_CLIENT_PATH', { reason: reasonOf('ERR_CLIENT_PATH', cause.code), thumbprint }, { cause });
  }
  // only an object is evidence: a boolean or nothing shows no path
  if (typeof path !== 'object' || path === null)
    throw new MtlsError('ERR_CLIENT_PATH', { reason: 'no-path', thumbprint });
}

function subjectMismatch(
  parameter: string,
  expected: string,
  { thumbprint }: Certificate,
  cause?: MtlsError,
): MtlsError {
  return new MtlsError('ERR_CLIENT_SUBJECT_MISMATCH', { field: parameter, expected, thumbprint }, { cause });
}

/** RFC 8705 §2.2: one of the certificates that the client registered. The chain is not validated. */
async function matchRegistered(
  certificate: Certificate,
  metadata: MtlsClientMetadata,
  now: Date,
  { jwksSource, unsafeAllowExpired }: AuthenticateClientOptions,
): Promise<AuthenticatedClient['matched']> {
  const { thumbprint } = certificate;
  const parameter = metadata.jwks_uri === undefined ? 'jwks' : 'jwks_uri';
  const registered = await (metadata.jwks_uri === undefined
    ? registeredCertificate(metadata, thumbprint)
    : findRemote(metadata.jwks_uri, thumbprint, jwksSource));
  // the thumbprint is over the whole certificate, not over its key
  if (registered?.thumbprint !== thumbprint) {
    const fault = metadata.jwks_uri === undefined ? undefined : jwksSource?.fault;
    const reason = fault && reasonOf('ERR_CLIENT_CERTIFICATE_UNKNOWN', fault.code);
    const found = fault?.detail.field === undefined ? undefined : [fault.detail.field];
    throw new MtlsError(
      'ERR_CLIENT_CERTIFICATE_UNKNOWN',
      { field: parameter, reason, found, thumbprint },
      { cause: fault },
    );
  }
  checkValidity(certificate, now, unsafeAllowExpired === true);
  return { parameter, value: thumbprint };
}

async function findRemote(
  uri: string,
  thumbprint: string,
  jwksSource: JwksSource | undefined,
): Promise<Certificate | undefined> {
  if (jwksSource === undefined) throw new TypeError('A client with jwks_uri requires option "jwksSource"');
  // a source for an earlier jwks_uri does not contain what is registered now
  if (jwksSource.uri !== uri)
    throw new MtlsError('ERR_CLIENT_KEYS_UNAVAILABLE', { reason: 'other-uri', expected: uri });
  try {
    return await jwksSource.find(thumbprint);
  } catch (cause) {
    assertMtlsError(cause);
    throw new MtlsError(
      'ERR_CLIENT_KEYS_UNAVAILABLE',
      { reason: reasonOf('ERR_CLIENT_KEYS_UNAVAILABLE', cause.code) },
      { cause },
    );
  }
}

function checkValidity(certificate: Certificate, now: Date, allowExpired: boolean): void {
  const { notBefore, notAfter } = certificateFields(certificate);
  const { thumbprint } = certificate;
  const validity = validityAt(now.getTime(), notBefore, notAfter);
  if (validity === 'not-yet-valid') throw new MtlsError('ERR_CLIENT_NOT_YET_VALID', { thumbprint });
  if (validity === 'expired' && !allowExpired) throw new MtlsError('ERR_CLIENT_EXPIRED', { thumbprint });
}
