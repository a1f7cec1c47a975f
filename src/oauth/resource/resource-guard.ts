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

/** Verifies an access token, all but its binding, and resolves to its claims or to an introspection response. */
export type AccessTokenVerifier = (token: string) => Promise<object> | object;

/** What a proof of possession is verified against. */
export interface DpopContext<R> {
  /** The one `DPoP` header. */
  readonly proof: string;
  /** The access token, for `ath`. */
  readonly token: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The request of the framework, for `htm` and `htu`. */
  readonly request: R;
}

/** DPoP (RFC 9449) in addition to mutual TLS. The caller verifies the proof. */
export interface DpopOptions<R> {
  /**
   * Verifies the proof as RFC 9449 §4.3 says (signature, `htm`, `htu`, `ath`, `iat`, `jti`) and resolves to the JWK
   * thumbprint (RFC 7638) of its key; to undefined where the proof is not valid. That the token is bound to this key
   * is checked afterwards.
   */
  readonly verify: (context: DpopContext<R>) => Promise<string | undefined> | string | undefined;
  /** JWS algorithms for the challenge. */
  readonly algorithms?: readonly string[];
}

/** What a resource server accepts. `R` is what its framework calls a request. */
export interface ResourceOptions<R extends object> {
  /** Where the certificate comes from: `presentedCertificate`, a reader of `createCertificateReader`, … */
  readonly getCertificate: (request: R) => Promise<PresentedCertificate | undefined> | PresentedCertificate | undefined;
  /**
   * `createAccessTokenVerifier` or `createIntrospector` of `oauth-mtls/tokens`, or a function of the caller. It refuses
   * a token with an `MtlsError`, or with an error that has a code of jose, such as `ERR_JWT_EXPIRED`.
   */
  readonly verifyToken: AccessTokenVerifier;
  /** Which binding a token needs. Default `any`. */
  readonly binding?: RequiredBinding;
  /**
   * Schemes of tokens that are not bound to a DPoP key. Default `['Bearer']`. `mtls_pop` is Microsoft Entra's for
   * certificate-bound tokens: with it, a token is accepted only with the certificate of its `x5t#S256`, whatever
   * `binding` says.
   */
  readonly schemes?: readonly CertificateScheme[];
  /** Accepts DPoP-bound tokens too. Without it, such a token is refused. */
  readonly dpop?: DpopOptions<R>;
  readonly realm?: string;
  /** URL of the protected resource metadata, for the challenge (RFC 9728 §5.1). */
  readonly resourceMetadata?: string;
  /** Experimental, default false: takes `x5t#S512` too; see `ConfirmationPolicy`. */
  readonly experimentalS512?: boolean;
  /**
   * Called for each refused request, for logging, and awaited before the answer; `explainConfirmation` says more about
   * the error. It contains no token.
   */
  readonly onRefusal?: (error: MtlsError, request: R) => unknown;
}

/** An access token that was accepted. It holds no credential: neither the token nor the proof. Immutable. */
export interface VerifiedAccessToken extends SenderConstraint {
  readonly claims: Readonly<Record<string, unknown>>;
  /** The members of the `scope` claim. */
  readonly scopes: readonly string[];
}

/** The decision about requests for one resource. */
export interface ResourceGuard<R extends object> {
  /**
   * Resolves for a request that may pass. Rejects for every other, always with an Error: an `MtlsError` that refuses
   * the request, or a failure of a function that the guard was given. Verifies a request once, however often it is
   * asked.
   */
  readonly authorize: (request: R) => Promise<VerifiedAccessToken>;
  /** The answer to a request that was not authorized: 500 where the error is no refusal. Then log it. */
  readonly toResponse: (error: unknown, request: R) => ErrorResponse;
}

/** The members of {@link ResourceOptions}, for adapters with members of their own. */
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
 * Makes the decision that every adapter of this library takes, for a framework that has none. The result makes
 * a guard for each set of scopes that a request needs, all of them.
 *
 * It takes exactly one access token, from the Authorization header; asks `verifyToken` for its claims; checks its
 * binding to the certificate of the connection and, with `dpop`, to the key of the proof; and its scopes.
 * Without the one or the other being as it must, the request is refused, with the answer of RFC 6750 §3. Anything
 * else that the given functions throw is a failure: the caller gets it as an Error, and answers 500.
 *
 * Not checked: the certificate's chain, which does not matter here (RFC 8705 §6.2), and what `verifyToken` does not
 * check.
 *
 * @param read finds the headers and the query of a request; by default in Node's `IncomingMessage` or
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
 * @throws TypeError, when made, for options that are not what they should be
 * @see RFC 6750 §2, §3, RFC 8705 §3, RFC 9449 §7
 */
export function createResourceGuard<R extends object>(
  options: ResourceOptions<R>,
  read: (request: R) => ResourceRequest = readNodeRequest,
): (scopes?: readonly string[]) => ResourceGuard<R> {
  readOptions(options);
  const { getCertificate, verifyToken, dpop, realm, resourceMetadata } = options;
  const { binding = 'any', experimentalS512 = false } = options;
  const policy = { binding, experimentalS512 };
  const schemes = acceptedSchemes(options.schemes, binding, dpop !== undefined);
  /** A request that passes two guards is verified once: a DPoP proof does not count twice. */
  const verified = new WeakMap<R, Promise<VerifiedAccessToken>>();
  const common: ChallengeOptions = { schemes, realm, resourceMetadata, dpopAlgorithms: dpop?.algorithms };
  // what cannot be quoted is found now, not when the first request is refused
  toErrorResponse(undefined, common);

  const verify = async (request: R): Promise<VerifiedAccessToken> => {
    const parts = read(request);
    const { scheme, token } = readAccessToken(parts, schemes);
    // before anything that takes time: the certificate is not available on a closed connection
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
      // refused because it cannot be read
      return undefined;
    }
  };

  return (scopes = []) => {
    if (!scopes.every((scope) => typeof scope === 'string' && SCOPE.test(scope)))
      throw new TypeError('A scope must have the form of RFC 6749 §3.3');
    const challenge = { ...common, scopes };
    return {
      async authorize(request) {
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
        // a request that cannot be read is such a failure
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

/** RFC 6749 §3.3, RFC 9068 §2.2.3, RFC 7662 §2.2: one text, delimited by spaces. */
function readScopes({ scope }: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.freeze(typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : []);
}
