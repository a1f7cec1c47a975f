import { MtlsError } from '../errors.js';
import { checkOptions } from '../options.js';
import { isJsonObject } from '../encoding/json-object.js';
import { sha256Base64url } from '#platform/sha256';
import { createExpiringCache } from './expiring-cache.js';
import {
  createIntrospectionRequest,
  REQUEST_OPTIONS,
  unavailable,
  type IntrospectionRequestOptions,
} from './introspection-request.js';

export interface IntrospectionOptions extends IntrospectionRequestOptions {
  /** `iss` of every token. Not checked without. */
  readonly issuer?: string;
  /** One of these has to be in `aud`. Not checked without: then it is for the authorization server alone to do. */
  readonly audience?: string | readonly string[];
  /**
   * How many responses are kept for how many seconds, never beyond `exp`; false for none. Default 1000, 30. A token
   * that is revoked is accepted for as long.
   */
  readonly cache?: false | { readonly maxEntries?: number; readonly maxAge?: number };
}

/** The response for an active token (RFC 7662 §2.2). */
export interface IntrospectionResponse {
  readonly active: true;
  readonly [member: string]: unknown;
}

/** Resolves for a token that is active, rejects for every other. */
export type Introspector = (token: string, options?: { readonly now?: Date }) => Promise<IntrospectionResponse>;

/**
 * Makes a function that asks the authorization server about access tokens (RFC 7662), for an adapter, or for
 * `verifyConfirmation` of its result. Make it once: it keeps the responses of active tokens, by the SHA-256 of the
 * token, and sends one request for all who wait for the same token.
 *
 * Checked: `active` is true, `exp` and `nbf`, and where they are given `iss`, `aud` and the signature of the response.
 * Not checked: the binding, scopes, and that the token is an access token: the endpoint may find a refresh token
 * active too, unless `audience` distinguishes them. A token without an answer from the authorization server is refused.
 *
 * @example
 * ```ts
 * import { createIntrospector } from 'oauth-mtls/tokens';
 * import { mutualTlsFetch } from 'oauth-mtls/node';
 * declare const key: string, cert: string;
 * const introspect = createIntrospector({
 *   endpoint: 'https://mtls.as.example/introspect',
 *   clientId: 'api',
 *   fetch: mutualTlsFetch({ key, cert }),
 *   audience: 'https://api.example',
 * });
 * ```
 * @throws TypeError, when made, for a bad option
 * @throws MtlsError, when called: ERR_TOKEN_INACTIVE, ERR_TOKEN_INVALID; ERR_TOKEN_UNAVAILABLE where there is no
 * answer, or none that can be used
 * @see RFC 7662 §2, §4, RFC 9701 §5
 */
export function createIntrospector(options: IntrospectionOptions): Introspector {
  readOptions(options);
  const { cache: cacheOptions = {}, issuer, audience } = options;
  const audiences = audience === undefined ? undefined : [audience].flat();
  const ask = createIntrospectionRequest(options);
  const { maxEntries = 1000, maxAge = 30 } = cacheOptions === false ? { maxEntries: 0 } : cacheOptions;
  const cache = createExpiringCache<string>(maxEntries, maxAge);
  const waiting = new Map<string, Promise<string>>();

  return async (token, callOptions = {}) => {
    checkOptions<{ now?: Date }>(callOptions, { now: 'date' });
    if (typeof token !== 'string') throw new TypeError('An access token must be a string');
    const { now = new Date() } = callOptions;
    const seconds = now.getTime() / 1000;
    // RFC 7662 §4: the key of the cache is no credential
    const hash = sha256Base64url(token);
    let text = cache.get(hash, seconds);
    const cached = text !== undefined;
    if (text === undefined) {
      let request = waiting.get(hash);
      if (request === undefined) {
        request = ask(token, now).finally(() => waiting.delete(hash));
        waiting.set(hash, request);
      }
      text = await request;
    }
    // a copy for each caller: what one changes, another does not see
    const response = readResponse(text);
    checkResponse(response, seconds, issuer, audiences);
    if (!cached) cache.set(hash, text, seconds, response.exp);
    return response as IntrospectionResponse;
  };
}

function readOptions(options: IntrospectionOptions): void {
  checkOptions<IntrospectionOptions>(
    options,
    { ...REQUEST_OPTIONS, issuer: 'string', audience: 'oneOrMore', cache: 'any' },
    ['endpoint'],
  );
  const { cache } = options;
  if (cache !== undefined && cache !== false)
    checkOptions<Exclude<typeof cache, false>>(cache, { maxEntries: 'count', maxAge: 'seconds' }, [], 'cache');
}

interface ReadResponse extends Readonly<Record<string, unknown>> {
  readonly exp?: number;
  readonly nbf?: number;
}

function readResponse(text: string): ReadResponse {
  let response: unknown;
  try {
    response = JSON.parse(text);
  } catch {
    // the text of a SyntaxError may quote the response
    throw unavailable('malformed');
  }
  if (!isJsonObject(response)) throw unavailable('malformed');
  const { active, exp, nbf } = response;
  const times = [exp, nbf].every((time) => time === undefined || typeof time === 'number');
  if (typeof active !== 'boolean' || !times) throw unavailable('malformed');
  return response;
}

function checkResponse(
  { active, exp, nbf, iss, aud }: ReadResponse,
  seconds: number,
  issuer: string | undefined,
  audiences: readonly string[] | undefined,
): void {
  // RFC 7662 §2.2
  if (active !== true) throw new MtlsError('ERR_TOKEN_INACTIVE');
  if (exp !== undefined && exp <= seconds) throw new MtlsError('ERR_TOKEN_INVALID', { field: 'exp' });
  if (nbf !== undefined && nbf > seconds) throw new MtlsError('ERR_TOKEN_INVALID', { field: 'nbf' });
  if (issuer !== undefined && iss !== issuer) throw new MtlsError('ERR_TOKEN_INVALID', { field: 'iss' });
  const meant: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences !== undefined && !audiences.some((each) => meant.includes(each)))
    throw new MtlsError('ERR_TOKEN_INVALID', { field: 'aud' });
}
