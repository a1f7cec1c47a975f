import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type RemoteJWKSet,
} from 'jose';
import { isMtlsError, MtlsError } from '../errors.js';
import { notify } from '../errors/notify.js';
import { checkOptions, type OptionTable } from '../options.js';
import type { JwksSource } from '../oauth/client/authenticate-client.js';
import { readUsableKeys } from '../oauth/client/registered-keys.js';
import type { Certificate } from '../x509/certificate.js';
import { sha256Base64url } from '#platform/sha256';
import { guardedFetch, within } from '../loading/guarded-fetch.js';
import { checkPublicUrl, type PublicUrlOptions } from '../loading/public-url.js';
import { readJson } from '../loading/read-json.js';

export interface RemoteJwksOptions extends PublicUrlOptions {
  /** Age in milliseconds at which the set is loaded anew, while it goes on being used. Default 600000. */
  readonly cacheMaxAge?: number;
  /** Age in milliseconds from which the set is not used any more unless it is loaded anew. Default 3600000. */
  readonly maxStaleness?: number;
  /**
   * Time in milliseconds between two loads because of unknown certificates, and after one that failed. Default 30000.
   */
  readonly cooldownDuration?: number;
  /** Most milliseconds that a load takes, redirects and body included. Default 5000. */
  readonly timeoutDuration?: number;
  /** Largest document in bytes, decompressed. Default 262144. It may hold 500 keys at most, whatever their size. */
  readonly maxBytes?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: FetchImplementation;
  /**
   * Called for each load that failed, also in the background, and for each load with an entry that cannot be used: with
   * the error of the first, as registration by value would report it (`keys[0].x5c[0]`). What it throws is ignored.
   */
  readonly onFailure?: (error: MtlsError) => void;
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
 * Most keys of a set: a document within `maxBytes` could hold ninety thousand empty ones, which are seconds of work.
 */
const MAX_KEYS = 500;

/** A {@link JwksSource} that loads and keeps the set of its `uri`. */
export interface RemoteJwks extends JwksSource {
  /** A copy of the whole set as it was loaded last; undefined before. */
  jwks(): JSONWebKeySet | undefined;
}

class RemoteJwksSource implements RemoteJwks {
  readonly uri: string;
  readonly #set: RemoteJWKSet;
  readonly #limits: Limits;
  readonly #onFailure: ((error: MtlsError) => void) | undefined;
  fault: MtlsError | undefined;
  /** By thumbprint; made anew only where the document has changed. */
  #certificates: ReadonlyMap<string, Certificate> | undefined;
  #digest: string | undefined;
  #loadedAt = -Infinity;
  #coolingSince = -Infinity;
  #failure: MtlsError | undefined;
  #loading: Promise<ReadonlyMap<string, Certificate>> | undefined;

  constructor(uri: string, options: RemoteJwksOptions) {
    const { fetch = globalThis.fetch, onFailure } = options;
    this.uri = uri;
    this.#onFailure = onFailure;
    this.#limits = readLimits(options);
    const { cacheMaxAge, timeoutDuration, maxBytes } = this.#limits;
    const load = guardedFetch({ ...options, fetch, maxBytes });
    this.#set = createRemoteJWKSet(checkPublicUrl(uri, options), {
      cacheMaxAge,
      timeoutDuration,
      [customFetch]: async (...request) => limitKeys(await load(...request)),
    });
  }

  async find(thumbprint: string): Promise<Certificate | undefined> {
    const { maxStaleness, cooldownDuration } = this.#limits;
    const usable = within(this.#loadedAt, maxStaleness) ? this.#certificates : undefined;
    const known = usable?.get(thumbprint);
    const cooling = this.#loading === undefined && within(this.#coolingSince, cooldownDuration);
    if (known !== undefined) {
      // no caller waits for what is available
      if (!this.#set.fresh && !cooling) this.#load().catch(() => undefined);
      return known;
    }
    if (cooling && this.#failure !== undefined) throw this.#failure;
    if (cooling && usable !== undefined) return undefined;
    const found = (await this.#load()).get(thumbprint);
    // a first load that served its purpose leaves room for a certificate that is rotated in right after it
    if (usable !== undefined || found === undefined) this.#coolingSince = Date.now();
    return found;
  }

  jwks(): JSONWebKeySet | undefined {
    return this.#set.jwks();
  }

  /** One load at a time, for all who wait. */
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
      this.#coolingSince = Date.now();
      const failure = this.#failure;
      notify(() => this.#onFailure?.(failure));
      throw failure;
    }
    this.#failure = undefined;
    this.#loadedAt = Date.now();
    const { fault } = this;
    if (fault !== undefined) notify(() => this.#onFailure?.(fault));
    return certificates;
  }

  #readSet(): ReadonlyMap<string, Certificate> {
    const { keys } = this.#set.jwks()!;
    const digest = sha256Base64url(JSON.stringify(keys));
    if (this.#certificates === undefined || digest !== this.#digest) {
      const { certificates, fault } = readUsableKeys(keys);
      this.#certificates = certificates;
      this.fault = fault;
      this.#digest = digest;
    }
    return this.#certificates;
  }
}

/**
 * The certificates behind a client's `jwks_uri`, for `authenticateClient`. One source for each client, kept
 * as long as the client is: {@link createJwksSources} keeps them.
 *
 * - A certificate that is known is answered at once. From `cacheMaxAge` on, the set is loaded anew meanwhile;
 *   from `maxStaleness` on, it is not used before that has succeeded. So a certificate that the client has
 *   withdrawn is accepted for `cacheMaxAge` and one request more, and never longer than `maxStaleness`.
 * - A certificate that is unknown loads the set anew, at most once in `cooldownDuration`; in between it is
 *   unknown without a request. All who wait share one load.
 * - While the server is down, slow, or answers something else, certificates that are known stay so until
 *   `maxStaleness`; the others get the error.
 * - HTTP caching headers are not obeyed: `max-age` of a day would lock a rotated certificate out for a day.
 *
 * A key without a certificate, with one that does not parse or does not hold the key, and a private key are
 * left out; the others count. Leaving one out never adds trust, and one broken entry does not lock the client
 * out, as it would be at registration, where somebody can mend it. `onFailure` is called with what is wrong with it.
 *
 * Not checked: to which address the name in the URL resolves. Where clients register themselves, give the `publicFetch`
 * of `oauth-mtls/node`, which connects to public addresses only; the URL and each redirect are checked for `https` and
 * for addresses and names that are known to be private.
 *
 * @param uri as it is registered, character by character
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
 * @throws MtlsError ERR_JWKS_URI at once; ERR_JWKS_URI (of a redirect), ERR_JWKS_UNREACHABLE, ERR_JWKS_TIMEOUT,
 * ERR_JWKS_TOO_LARGE, ERR_JWKS_MALFORMED from `find`
 * @throws TypeError for an option of the wrong type
 * @see RFC 8705 §2.2, RFC 7517 §4.7, §5
 */
export function remoteJwks(uri: string | URL, options: RemoteJwksOptions = {}): RemoteJwks {
  checkOptions<RemoteJwksOptions>(options, JWKS_OPTIONS);
  return new RemoteJwksSource(typeof uri === 'string' ? uri : uri.href, options);
}

function readLimits(options: RemoteJwksOptions): Limits {
  const names = Object.keys(DEFAULTS) as (keyof Limits)[];
  return Object.fromEntries(names.map((name) => [name, options[name] ?? DEFAULTS[name]])) as Limits;
}

/** Before jose makes its copies of each key. */
async function limitKeys(response: Response): Promise<Response> {
  const set = await readJson(response);
  const { keys } = (set ?? {}) as { readonly keys?: unknown };
  if (Array.isArray(keys) && keys.length > MAX_KEYS)
    throw new MtlsError('ERR_JWKS_TOO_LARGE', { field: 'keys', limit: MAX_KEYS });
  return Response.json(set);
}

function loadError(cause: unknown): MtlsError {
  if (isMtlsError(cause)) return cause;
  if (cause instanceof errors.JWKSTimeout) return new MtlsError('ERR_JWKS_TIMEOUT', {}, { cause });
  // a set that is nested too deeply for its copies is a RangeError
  if (cause instanceof errors.JOSEError || cause instanceof RangeError)
    return new MtlsError('ERR_JWKS_MALFORMED', {}, { cause });
  return new MtlsError('ERR_JWKS_UNREACHABLE', { reason: 'network' }, { cause });
}
