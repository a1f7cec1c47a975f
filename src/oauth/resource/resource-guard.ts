import { MtlsError } from '../../errors.js';
import { toError } from '../../errors/to-error.js';
import { checkOptions, type OptionTable } from '../../options.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';
import { acceptedSchemes, certificateSchemes, type CertificateScheme } from './accepted-schemes.js';
import { readAccessToken, readProof, usedScheme, type ResourceRequest } from './read-access-token.js';
import { readNodeRequest } from './read-node-request.js';
import { tokenError } from './token-error.js';
import {
  isRefusal,
  toErrorResponse,
  type AccessTokenScheme,
  type ChallengeOptions,
  type ErrorResponse,
} from '../error-response.js';
import { verifySenderConstraint, type RequiredBinding, type SenderConstraint } from './verify-sender-constraint.js';

/** Verifies an access token except for its binding, and resolves to its claims or to an introspection response. */
export type AccessTokenVerifier = (token: string) => Promise<object> | object;

/** The data for verifying a DPoP proof. */
export interface DpopContext<R> {
  /** The `DPoP` header. */
  readonly proof: string;
  /** The access token, for `ath`. */
  readonly token: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The framework's request, for `htm` and `htu`. */
  readonly request: R;
}

/** DPoP (RFC 9449) in addition to mutual TLS. The caller verifies the proof. */
export interface DpopOptions<R> {
  /**
   * Verifies the proof according to RFC 9449 §4.3 (signature, `htm`, `htu`, `ath`, `iat`, `jti`) and resolves to the
   * JWK thumbprint (RFC 7638) of its key, or to undefined for an invalid proof. The guard then checks that the token is
   * bound to this key.
   */
  readonly verify: (context: DpopContext<R>) => Promise<string | undefined> | string | undefined;
  /** JWS algorithms for the challenge. */
  readonly algorithms?: readonly string[];
}

/** The requirements of a resource server. `R` is the request type of its framework. */
export interface ResourceOptions<R extends object> {
  /** Returns the client certificate: `presentedCertificate`, a reader of `createCertificateReader`, … */
  readonly getCertificate: (request: R) => Promise<PresentedCertificate | undefined> | PresentedCertificate | undefined;
  /**
   * `createAccessTokenVerifier` or `createIntrospector` of `oauth-mtls/tokens`, or a custom function. It refuses a
   * token with an `MtlsError`, or with an error that has a code of jose, such as `ERR_JWT_EXPIRED`.
   */
  readonly verifyToken: AccessTokenVerifier;
  /** The required binding of a token. Default `any`. */
  readonly binding?: RequiredBinding;
  /**
   * Schemes of tokens that are not bound to a DPoP key. Default `['Bearer']`. Microsoft Entra uses `mtls_pop` for
   * certificate-bound tokens. With this scheme a token is accepted only with the certificate of its `x5t#S256`,
   * regardless of `binding`.
   */
  readonly schemes?: readonly CertificateScheme[];
  /** Accepts DPoP-bound tokens too. Without it, they are refused. */
  readonly dpop?: DpopOptions<R>;
  readonly realm?: string;
  /** URL of the protected resource metadata, for the challenge (RFC 9728 §5.1). */
  readonly resourceMetadata?: string;
  /** Accepts `x5t#S512` too (experimental, see `ConfirmationPolicy`). Default false. */
  readonly experimentalS512?: boolean;
  /**
   * Called for each refused request, for logging, and awaited before the response. The error contains no token.
   * `explainConfirmation` explains it further.
   */
  readonly onRefusal?: (error: MtlsError, request: R) => unknown;
}

/** An accepted access token. It contains no credential, neither the token nor the proof. Immutable. */
export interface VerifiedAccessToken extends SenderConstraint {
  readonly claims: Readonly<Record<string, unknown>>;
  /** The members of the `scope` claim. */
  readonly scopes: readonly string[];
}

/** Decides about requests for one resource. */
export interface ResourceGuard<R extends object> {
  /**
   * Resolves for a request that is allowed. Otherwise rejects with an Error: an `MtlsError` that refuses the request,
   * or the failure of a function that was passed to the guard. Each request is verified only once.
   */
  readonly authorize: (request: R) => Promise<VerifiedAccessToken>;
  /** Returns the response to a request that was not authorized. It is 500 for a failure, which should be logged. */
  readonly toResponse: (error: unknown, request: R) => ErrorResponse;
}

/** The members of {@link ResourceOptions}, for adapters with additional members. */
export const RESOURCE_OPTIONS: OptionTable<ResourceOptions<object>> = {
  getCertificate: 'function',
  verifyToken: 'function',
  binding: ['any', 'certificate', 'dpop', 'both', 'optional'],
  schemes: { arrayOf: certificateSchemes },
  dpop: 'object',
  realm: 'string',
  resourceMetadata: 'string',
  experimentalS512: 'boolean',
  onRefusal: 'function',
};

/** RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Creates resource guards for a framework without an adapter in this library. The returned function creates a guard
 * for a set of scopes, all of which are required.
 *
 * Checks: the Authorization header contains exactly one access token, `verifyToken` accepts it, it is bound to the
 * certificate of the connection and, with `dpop`, to the key of the proof, and it has the scopes. Otherwise the request
 * is refused with a response of RFC 6750 §3. Any other error of the given functions is a failure, which the caller
 * receives as an Error and answers with 500.
 *
 * Does not check: the certificate chain, which a resource server does not validate (RFC 8705 §6.2), and anything that
 * `verifyToken` does not check.
 *
 * @param read returns the headers and the query of a request. Default: those of Node's `IncomingMessage` or
 * `Http2ServerRequest`
 * @example
 * ```ts
 * import { createResourceGuard } from 'oauth-mtls';
 * import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
 * import { presentedCertificate } from 'oauth-mtls/node';
 * const verifyToken = createAccessTokenVerifier({
 *   keys: 'https://as.example/jwks',
 *   issuer: 'https://as.example',
 *   audience: 'https://api.example',
 * });
 * const guard = createResourceGuard({ getCertificate: presentedCertificate, verifyToken });
 * const { authorize, toResponse } = guard(['accounts:read']);
 * ```
 * @throws TypeError for invalid options or scopes
 * @see RFC 6750 §2, §3, RFC 8705 §3, RFC 9449 §7
 */
export function createResourceGuard<R extends object>(
  options: ResourceOptions<R>,
  read: (request: R) => ResourceRequest = readNodeRequest,
): (scopes?: readonly string[]) => ResourceGuard<R> {
  readOptions(options);
  if (typeof read !== 'function') throw new TypeError('read must be a function');
  const { getCertificate, verifyToken, dpop, realm, resourceMetadata } = options;
  const { binding = 'any', experimentalS512 = false } = options;
  const policy = { binding, experimentalS512 };
  const schemes = acceptedSchemes(options.schemes, binding, dpop !== undefined);
  /** A request that passes two guards is verified once, because a DPoP proof must not be used twice. */
  const verified = new WeakMap<R, Promise<VerifiedAccessToken>>();
  const common: ChallengeOptions = { schemes, realm, resourceMetadata, dpopAlgorithms: dpop?.algorithms };
  // a malformed challenge is reported now, not when the first request is refused
  toErrorResponse(undefined, common);

  const verify = async (request: R): Promise<VerifiedAccessToken> => {
    const parts = read(request);
    const { scheme, token } = readAccessToken(parts, schemes);
    // first, because the certificate is not available once the connection has closed
    const presented = (await getCertificate(request)) ?? undefined;
    const claims = await verifyClaims(token);
    const proveKey = async (): Promise<string> => {
      const key = await dpop?.verify({ proof: readProof(parts), token, claims, request });
      if (key === undefined) throw new MtlsError('ERR_TOKEN_PROOF', { reason: 'invalid' });
      return key;
    };
    const constraint = await verifySenderConstraint(claims, { presented, scheme, proveKey }, policy);
    return Object.freeze({ claims, scopes: readScopes(claims), ...constraint });
  };

  const verifyClaims = async (token: string): Promise<Readonly<Record<string, unknown>>> => {
    try {
      return (await verifyToken(token)) as Readonly<Record<string, unknown>>;
    } catch (thrown) {
      throw toError(tokenError(thrown));
    }
  };

  /** The error to reject with, once a refusal has been reported. */
  const report = async (thrown: unknown, request: R): Promise<Error> => {
    const error = toError(thrown);
    if (!isRefusal(error)) return error;
    try {
      await options.onRefusal?.(error, request);
      return error;
    } catch (failure) {
      return new Error('onRefusal failed', { cause: failure });
    }
  };

  const schemeOf = (request: R): AccessTokenScheme | undefined => {
    try {
      return usedScheme(read(request), schemes);
    } catch {
      // the request is refused because it cannot be read
      return undefined;
    }
  };

  return (scopes = []) => {
    if (!isScopes(scopes)) throw new TypeError('A scope must have the form of RFC 6749 §3.3');
    const challenge = { ...common, scopes };
    return {
      async authorize(request) {
        if (Object(request) !== request) throw new TypeError('The request must be an object');
        try {
          let pending = verified.get(request);
          if (pending === undefined) verified.set(request, (pending = verify(request)));
          const accessToken = await pending;
          // RFC 6750 §3.1
          if (!scopes.every((scope) => accessToken.scopes.includes(scope)))
            throw new MtlsError('ERR_TOKEN_SCOPE', { expected: scopes.join(' '), found: accessToken.scopes });
          return accessToken;
        } catch (thrown) {
          throw await report(thrown, request);
        }
      },
      toResponse: (error, request) =>
        // schemeOf accepts a request that cannot be read
        isRefusal(error) ? toErrorResponse(error, { ...challenge, scheme: schemeOf(request) }) : toErrorResponse(error),
    };
  };
}

function readOptions<R extends object>(options: ResourceOptions<R>): void {
  checkOptions<ResourceOptions<R>>(options, RESOURCE_OPTIONS, ['getCertificate', 'verifyToken']);
  const { binding, dpop } = options;
  if (dpop !== undefined)
    checkOptions<DpopOptions<R>>(dpop, { verify: 'function', algorithms: 'strings' }, ['verify'], 'dpop');
  else if (binding === 'dpop' || binding === 'both')
    throw new TypeError('This value of option "binding" requires option "dpop"');
}

/** RFC 6749 §3.3, RFC 9068 §2.2.3, RFC 7662 §2.2: one string, delimited by spaces. */
function readScopes({ scope }: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.freeze(typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : []);
}

function isScopes(value: unknown): boolean {
  return Array.isArray(value) && value.every((scope) => typeof scope === 'string' && SCOPE.test(scope));
}
