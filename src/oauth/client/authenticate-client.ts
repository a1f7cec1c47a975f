import { isMtlsError, MtlsError, reasonOf } from '../../errors.js';
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

/** Validates the chain of a certificate: `createPathVerifier` of `oauth-mtls/pki` makes one. */
export interface PathVerifier {
  /** Resolves to evidence (an object), rejects where the chain does not lead to a trust anchor. */
  verify(
    certificate: Certificate,
    intermediates: readonly Certificate[],
    options?: { readonly now?: Date },
  ): Promise<object>;
}

/** The certificates behind a `jwks_uri`: `remoteJwks` of `oauth-mtls/jwks` makes one. */
export interface JwksSource {
  /** The `jwks_uri` that is loaded. */
  readonly uri: string;
  /**
   * The registered certificate with this thumbprint. An unknown one makes the source load the set once more,
   * within its cool-down. Rejects where the set cannot be loaded.
   */
  find(thumbprint: string): Promise<Certificate | undefined>;
  /** What is wrong with an entry of the set that was loaded last; the cause of a refusal. */
  readonly fault?: MtlsError | undefined;
  /** The set that was loaded last, for `explainRegistration`; undefined before. */
  jwks?(): { readonly keys: readonly object[] } | undefined;
}

export interface AuthenticateClientOptions {
  /** For `tls_client_auth`: always validates the chain. Without it, the presented certificate has to be `verified`. */
  readonly pathVerifier?: PathVerifier | undefined;
  /** For `self_signed_tls_client_auth` with a `jwks_uri`. Its `uri` has to be the registered one. */
  readonly jwksSource?: JwksSource | undefined;
  /** For `spiffe_x509` (experimental): the trust domains whose SVIDs are accepted. */
  readonly spiffeTrust?: SvidVerifier | undefined;
  /** Moment of the decision. Default: the present. */
  readonly now?: Date;
  /** Accepts a registered self-signed certificate past its `notAfter`. Has no effect on `tls_client_auth`. */
  readonly unsafeAllowExpired?: boolean;
}

/** An authenticated client: which certificate, by what, and the confirmation to put into its tokens. */
export interface AuthenticatedClient {
  readonly method: MutualTlsMethod;
  readonly certificate: Certificate;
  /** The metadata member that decided, and the registered subject or the certificate's thumbprint. */
  readonly matched: {
    readonly parameter: TlsClientAuthParameter | 'jwks' | 'jwks_uri' | 'spiffe_id';
    readonly value: string;
  };
  /** With `spiffe_x509`: the ID in the SVID. Where the registered one ends in `/*`, this is which workload it is. */
  readonly spiffeId?: string;
  readonly confirmation: Confirmation;
}

/**
 * Authenticates an OAuth client by the certificate that it presented in the TLS handshake.
 *
 * `tls_client_auth`: the chain leads to a trust anchor (by `pathVerifier`, or by the TLS layer or proxy), the
 * certificate is within its validity period, and it carries the one registered subject. `self_signed_tls_client_auth`:
 * it is one of the registered certificates, byte for byte, and within its validity period. `spiffe_x509`
 * (experimental): it is an X.509-SVID of a trust domain of `spiffeTrust`, and its ID is the registered one.
 *
 * Not checked: that the request's `client_id` is this client's (look the client up by it), revocation unless
 * `pathVerifier` does, and the trust anchors themselves: a subject means nothing under anchors that certify
 * everybody (RFC 8705 §7.4).
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
 * @throws MtlsError ERR_CLIENT_*; as an OAuth response 401 invalid_client
 * @throws MtlsError ERR_PATH_STALE from a `pathVerifier` that could not be reloaded for too long, ERR_PATH_ANCHOR from
 * one that makes its verifier on demand; 503
 * @throws TypeError for evidence, metadata or options that are not what they should be
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
    if (!isMtlsError(cause)) throw cause;
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
    // a name that cannot be read is not the registered one
    if (!isMtlsError(cause)) throw cause;
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
    // anchors that are too old, or cannot be used, show nothing about the client
    if (!isMtlsError(cause) || cause.code === 'ERR_PATH_STALE' || cause.code === 'ERR_PATH_ANCHOR') throw cause;
    throw new MtlsError('ERR_CLIENT_PATH', { reason: reasonOf('ERR_CLIENT_PATH', cause.code), thumbprint }, { cause });
  }
  // a verifier that answers with nothing, or with a boolean, has not shown a path
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

/** RFC 8705 §2.2: one of the certificates that the client registered; its chain does not matter. */
async function matchRegistered(
  certificate: Certificate,
  metadata: MtlsClientMetadata,
  now: Date,
  { jwksSource, unsafeAllowExpired }: AuthenticateClientOptions,
): Promise<AuthenticatedClient['matched']> {
  const { thumbprint } = certificate;
  const parameter = metadata.jwks_uri === undefined ? 'jwks' : 'jwks_uri';
  const registered =
    metadata.jwks_uri === undefined
      ? registeredCertificate(metadata, thumbprint)
      : await findRemote(metadata.jwks_uri, thumbprint, jwksSource);
  // the thumbprint is that of the whole certificate, not of its key
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
  // the source of a former jwks_uri is not what the client trusts now
  if (jwksSource.uri !== uri)
    throw new MtlsError('ERR_CLIENT_KEYS_UNAVAILABLE', { reason: 'other-uri', expected: uri });
  try {
    return await jwksSource.find(thumbprint);
  } catch (cause) {
    if (!isMtlsError(cause)) throw cause;
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
