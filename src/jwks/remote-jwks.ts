import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type RemoteJWKSet,
} from 'jose';
import { readMember } from '../encoding/read-member.js';
import { isMtlsError, MtlsError } from '../errors.js';
import { notify } from '../errors/notify.js';
import { checkedClock, checkOptions, type OptionTable } from '../options.js';
import type { JwksSource } from '../oauth/client/authenticate-client.js';
import { readUsableKeys } from '../oauth/client/registered-keys.js';
import type { Certificate } from '../x509/certificate.js';
import { sha256Base64url } from '#platform/sha256';
import { guardedFetch, within } from '../loading/guarded-fetch.js';
import { checkPublicUrl, type PublicUrlOptions } from '../loading/check-public-url.js';
import { readJson } from '../loading/read-json.js';

/**
 * Durations are in milliseconds, as in jose. Those of `oauth-mtls/pki`, `/trust` and `/spiffe` are in seconds.
 */
export interface RemoteJwksOptions extends PublicUrlOptions {
  /** Age in milliseconds at which the set is loaded again in the background. Default 600000. */
  readonly cacheMaxAge?: number;
  /** Age in milliseconds from which the set is no longer used until it has been loaded again. Default 3600000. */
  readonly maxStaleness?: number;
  /**
   * Milliseconds between two loads for unknown certificates, and after a failed load. Default 30000.
   */
  readonly cooldownDuration?: number;
  /** Timeout of a load in milliseconds, including redirects and body. Default 5000. */
  readonly timeoutDuration?: number;
  /** Largest document in bytes, decompressed. Default 262144. It may contain at most 500 keys of any size. */
  readonly maxBytes?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: FetchImplementation;
  /**
   * Called for each failed load, including background loads, and for each load with an unusable entry: with the error
   * of the first such entry, as registration by value would report it (`keys[0].x5c[0]`). Its exceptions are ignored.
   */
  readonly onFailure?: (error: MtlsError) => void;
  /** The clock by which the set ages. Default: the system clock. A result other than a valid Date is a TypeError. */
  readonly now?: () => Date;
}

/** The members of {@link RemoteJwksOptions}. */
export const JWKS_OPTIONS: OptionTable<RemoteJwksOptions> = {
  cacheMaxAge: 'milliseconds',
  maxStaleness: 'milliseconds',
  cooldownDuration: 'milliseconds',
  timeoutDuration: 'milliseconds',
  maxBytes: 'positive',
  fetch: 'function',
  onFailure: 'function',
  now: 'function',
  unsafeAllowHttp: 'boolean',
  unsafeAllowPrivateAddresses: 'boolean',
};

type Limits = Readonly<
  Record<'cacheMaxAge' | 'maxStaleness' | 'cooldownDuration' | 'timeoutDuration' | 'maxBytes', number>
>;

const DEFAULTS: Limits = Object.freeze({
  cacheMaxAge: 600_000,
  maxStaleness: 3_600_000,
  cooldownDuration: 30_000,
  timeoutDuration: 5000,
  maxBytes: 262_144,
});

/**
 * Maximum number of keys in a set. A document within `maxBytes` could contain 90,000 empty ones, which take seconds.
 */
const MAX_KEYS = 500;

/** A {@link JwksSource} that loads and keeps the set of its `uri`. */
export interface RemoteJwks extends JwksSource {
  /** Returns a copy of the whole set that was loaded last. Undefined before the first load. */
  jwks(): JSONWebKeySet | undefined;
}

class RemoteJwksSource implements RemoteJwks {
  readonly uri: string;
  readonly #set: RemoteJWKSet;
  readonly #limits: Limits;
  readonly #onFailure: ((error: MtlsError) => void) | undefined;
  readonly #now: () => Date;
  fault: MtlsError | undefined;
  /** By thumbprint. Created again only if the document has changed. */
  #certificates: ReadonlyMap<string, Certificate> = new Map();
  #digest: string | undefined;
  // Stryker disable next-line UnaryOperator: less time than a duration has passed since neither of the infinities
  #loadedAt = -Infinity;
  // Stryker disable next-line UnaryOperator: as above
  #coolingSince = -Infinity;
  #failure: MtlsError | undefined;
  #loading: Promise<ReadonlyMap<string, Certificate>> | undefined;

  constructor(uri: string, options: RemoteJwksOptions) {
    const { fetch = globalThis.fetch, onFailure } = options;
    this.uri = uri;
    this.#onFailure = onFailure;
    this.#now = checkedClock(options.now);
    this.#limits = readLimits(options);
    const { timeoutDuration, maxBytes } = this.#limits;
    const load = guardedFetch({ ...options, fetch, maxBytes });
    this.#set = createRemoteJWKSet(checkPublicUrl(uri, options), {
      timeoutDuration,
      [customFetch]: async (...request) => limitKeys(await load(...request)),
    });
  }

  async find(thumbprint: string): Promise<Certificate | undefined> {
    if (typeof thumbprint !== 'string') throw new TypeError('A thumbprint is a string');
    const { cacheMaxAge, maxStaleness, cooldownDuration } = this.#limits;
    const time = this.#time();
    const usable = within(this.#loadedAt, maxStaleness, time) ? this.#certificates : undefined;
    const known = usable?.get(thumbprint);
    const cooling = within(this.#coolingSince, cooldownDuration, time);
    if (known !== undefined) {
      // callers do not wait for a refresh
      if (!within(this.#loadedAt, cacheMaxAge, time) && !cooling) this.#load().catch(() => undefined);
      return known;
    }
    if (cooling && this.#failure !== undefined) throw this.#failure;
    if (cooling && usable !== undefined) return undefined;
    const found = (await this.#load()).get(thumbprint);
    // a first load that found the certificate starts no cool-down: a rotation may follow immediately
    if (usable !== undefined || found === undefined) this.#coolingSince = this.#time();
    return found;
  }

  jwks(): JSONWebKeySet | undefined {
    return this.#set.jwks();
  }

  #time(): number {
    return this.#now().getTime();
  }

  /** One load at a time, shared by all callers. */
  #load(): Promise<ReadonlyMap<string, Certificate>> {
    return (this.#loading ??= this.#reload().finally(() => (this.#loading = undefined)));
  }

  async #reload(): Promise<ReadonlyMap<string, Certificate>> {
    let certificates: ReadonlyMap<string, Certificate>;
    try {
      await this.#set.reload();
      certificates = this.#readSet();
    } catch (cause) {
      this.#failure = loadError(cause);
      const failure = this.#failure;
      // Stryker disable next-line OptionalChaining: notify ignores the TypeError
      notify(() => this.#onFailure?.(failure));
      this.#coolingSince = this.#time();
      throw failure;
    }
    this.#failure = undefined;
    this.#loadedAt = this.#time();
    const { fault } = this;
    // Stryker disable next-line OptionalChaining: notify ignores the TypeError
    if (fault !== undefined) notify(() => this.#onFailure?.(fault));
    return certificates;
  }

  #readSet(): ReadonlyMap<string, Certificate> {
    const { keys } = this.#set.jwks()!;
    const digest = sha256Base64url(JSON.stringify(keys));
    if (digest !== this.#digest) {
      const { certificates, fault } = readUsableKeys(keys);
      this.#certificates = certificates;
      this.fault = fault;
      this.#digest = digest;
    }
    return this.#certificates;
  }
}

/**
 * Creates a source of the certificates at a client's `jwks_uri`, for `authenticateClient`. Use one source for each
 * client and keep it as long as the client: {@link createJwksSources} does.
 *
 * - A known certificate is returned immediately. After `cacheMaxAge` the set is loaded again in the background. After
 *   `maxStaleness` it is not used until it has been loaded again. So a withdrawn certificate is accepted for
 *   `cacheMaxAge` and one further request, and never longer than `maxStaleness`.
 * - For an unknown certificate the set is loaded again, at most once in `cooldownDuration`. In between, it is unknown
 *   without a request. Concurrent callers share one load.
 * - While loads fail, known certificates are accepted until `maxStaleness`, and unknown ones fail with the error.
 * - HTTP caching headers are ignored: a `max-age` of a day would lock out a rotated certificate for a day.
 *
 * Unusable entries are ignored, and the others remain usable: a key without a certificate, with one that does not parse
 * or has another key, and a private key. Unlike at registration, the client cannot correct them during the request.
 * `onFailure` is called with their errors.
 *
 * Checks: the URL and each redirect are `https`, without addresses and names that are known to be private.
 *
 * Does not check: the address to which the name in the URL resolves. If clients register themselves, pass the
 * `publicFetch` of `oauth-mtls/node`, which connects to public addresses only.
 *
 * @param uri exactly as it is registered
 * @example
 * ```ts
 * import { authenticateClient, parseClientMetadata, type PresentedCertificate } from 'oauth-mtls';
 * import { remoteJwks } from 'oauth-mtls/jwks';
 * declare const presented: PresentedCertificate | undefined;
 * const client = parseClientMetadata({
 *   token_endpoint_auth_method: 'self_signed_tls_client_auth',
 *   jwks_uri: 'https://client.example.com/jwks',
 * });
 * const jwksSource = remoteJwks(client.jwks_uri!);
 * await authenticateClient(presented, client, { jwksSource });
 * ```
 * @throws MtlsError ERR_JWKS_URI; from `find` ERR_JWKS_URI (of a redirect), ERR_JWKS_UNREACHABLE, ERR_JWKS_TIMEOUT,
 * ERR_JWKS_TOO_LARGE, ERR_JWKS_MALFORMED
 * @throws TypeError for an option of the wrong type
 * @see RFC 8705 §2.2, RFC 7517 §4.7, §5
 */
export function remoteJwks(uri: string | URL, options: RemoteJwksOptions = {}): RemoteJwks {
  checkOptions<RemoteJwksOptions>(options, JWKS_OPTIONS);
  if (typeof uri !== 'string' && !(uri instanceof URL)) throw new TypeError('A jwks_uri is a string or a URL');
  return new RemoteJwksSource(typeof uri === 'string' ? uri : uri.href, options);
}

function readLimits(options: RemoteJwksOptions): Limits {
  const names = Object.keys(DEFAULTS) as (keyof Limits)[];
  return Object.fromEntries(names.map((name) => [name, options[name] ?? DEFAULTS[name]])) as Limits;
}

/** Limits the number of keys before jose copies each of them. */
async function limitKeys(response: Response): Promise<Response> {
  const set = await readJson(response);
  const keys = readMember(Object(set) as object, 'keys');
  // jose would read an inherited member
  if (keys === undefined) throw new errors.JWKSInvalid();
  if (Array.isArray(keys) && keys.length > MAX_KEYS)
    throw new MtlsError('ERR_JWKS_TOO_LARGE', { field: 'keys', limit: MAX_KEYS });
  return Response.json(set);
}

function loadError(cause: unknown): MtlsError {
  if (isMtlsError(cause)) return cause;
  if (cause instanceof errors.JWKSTimeout) return new MtlsError('ERR_JWKS_TIMEOUT', {}, { cause });
  // a set that is nested too deeply causes a RangeError
  if (cause instanceof errors.JOSEError || cause instanceof RangeError)
    return new MtlsError('ERR_JWKS_MALFORMED', {}, { cause });
  return new MtlsError('ERR_JWKS_UNREACHABLE', { reason: 'network' }, { cause });
}
