import { MtlsError } from '../errors.js';
import { checkOptions } from '../options.js';
import { isJsonObject } from '../encoding/json-object.js';
import { readMember } from '../encoding/read-member.js';
import { sha256Base64url } from '#platform/sha256';
import { createExpiringCache } from './expiring-cache.js';
import {
  createIntrospectionRequest,
  REQUEST_OPTIONS,
  unavailable,
  type IntrospectionRequestOptions,
} from './introspection-request.js';

export interface IntrospectionOptions extends IntrospectionRequestOptions {
  /** `iss` of every token. Not checked if omitted. */
  readonly issuer?: string;
  /**
   * Accepted audiences. `aud` must contain one of them. Not checked if omitted: the authorization server must check it.
   */
  readonly audience?: string | readonly string[];
  /**
   * Number of cached responses and their maximum age in seconds, never beyond `exp`. False disables the cache. Default
   * 1000 and 30. A revoked token may be accepted for this time.
   */
  readonly cache?: false | { readonly maxEntries?: number; readonly maxAge?: number };
}

/** The response for an active token (RFC 7662 §2.2). */
export interface IntrospectionResponse {
  readonly active: true;
  readonly [member: string]: unknown;
}

/** Resolves for an active token and rejects for every other. */
export type Introspector = (token: string, options?: { readonly now?: Date }) => Promise<IntrospectionResponse>;

/**
 * Creates a function that introspects access tokens at the authorization server (RFC 7662). Pass it to an adapter, or
 * its result to `verifyConfirmation`. Create it once: it caches the responses of active tokens by the SHA-256 of the
 * token, and concurrent calls for the same token share one request.
 *
 * Checks: `active` is true, `exp`, `nbf`, and, if configured, `iss`, `aud` and the signature of the response.
 *
 * Does not check: the binding, scopes, and that the token is an access token. The endpoint may also report a refresh
 * token as active, unless `audience` distinguishes them. A token is refused if the authorization server does not
 * respond.
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
 * @throws TypeError for an invalid option
 * @throws MtlsError from the returned function: ERR_TOKEN_INACTIVE, ERR_TOKEN_INVALID, ERR_TOKEN_UNAVAILABLE without a
 * usable response
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
    // RFC 7662 §4: the cache key must not be a credential
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
    // each caller gets its own copy, which it may modify
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
    // Stryker disable next-line ArrayDeclaration: a required member that is not in the table is not looked for
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
    // malformed too; the text of the SyntaxError may quote the response
  }
  if (!isJsonObject(response)) throw unavailable('malformed');
  const [active, exp, nbf] = ['active', 'exp', 'nbf'].map((name) => readMember(response, name));
  const times = [exp, nbf].every((time) => time === undefined || typeof time === 'number');
  if (typeof active !== 'boolean' || !times) throw unavailable('malformed');
  return response;
}

function checkResponse(
  response: ReadResponse,
  seconds: number,
  issuer: string | undefined,
  audiences: readonly string[] | undefined,
): void {
  const { active, exp = Infinity, nbf = -Infinity } = response;
  // RFC 7662 §2.2
  if (active !== true) throw new MtlsError('ERR_TOKEN_INACTIVE');
  if (exp <= seconds) throw new MtlsError('ERR_TOKEN_INVALID', { field: 'exp' });
  if (nbf > seconds) throw new MtlsError('ERR_TOKEN_INVALID', { field: 'nbf' });
  if (issuer !== undefined && readMember(response, 'iss') !== issuer)
    throw new MtlsError('ERR_TOKEN_INVALID', { field: 'iss' });
  const aud = readMember(response, 'aud');
  const meant: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences !== undefined && !audiences.some((each) => meant.includes(each)))
    throw new MtlsError('ERR_TOKEN_INVALID', { field: 'aud' });
}
