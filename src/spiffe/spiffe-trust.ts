import { notify } from '../errors/notify.js';
import type { MtlsError } from '../errors.js';
import type { SvidVerifier } from '../oauth/client/svid-verifier.js';
import { checkedClock, checkOptions, withDefaults } from '../options.js';
import type { PresentedCertificate } from '../presented/presented-certificate.js';
import { isTrustDomain } from '../x509/spiffe-id.js';
import { BundleSource, type BundleSettings, type BundleStatus } from './bundle-source.js';
import { bundleLoader, type BundleFetch } from './bundle-loader.js';
import type { SpiffeBundleInput } from './parse-bundle.js';
import { readTrustBundle, type TrustBundle } from './trust-bundle.js';
import { verifySvid, type VerifiedX509Svid, type VerifySvidOptions } from './verify-svid.js';

/** The source of the bundle of a trust domain: exactly one of the three members. */
export interface TrustDomainOptions {
  /** The bundle itself: a JWK Set, as an object or as JSON text, or the certificates of the authorities in PEM. */
  readonly bundle?: SpiffeBundleInput;
  /** The `https` URL that serves the bundle (SPIFFE Federation, profile `https_web`). */
  readonly bundleEndpoint?: { readonly url: string };
  /** Loads the bundle from another source, such as a file. Called whenever an endpoint would be requested. */
  readonly load?: () => SpiffeBundleInput | Promise<SpiffeBundleInput>;
}

export interface SpiffeTrustOptions {
  /** Trust domains by name, such as `example.org`. */
  readonly trustDomains: Readonly<Record<string, TrustDomainOptions>>;
  /**
   * Age in seconds at which a bundle is loaded again. Default: its `spiffe_refresh_hint`, or 300 without one. A hint is
   * limited to between one second and half of `maxStaleness`.
   */
  readonly refreshInterval?: number;
  /** Age in seconds, not milliseconds, from which a bundle that cannot be reloaded is no longer used. Default 3600. */
  readonly maxStaleness?: number;
  /** Seconds after a failed load, and between two loads for unknown authorities. Default 30. */
  readonly cooldown?: number;
  /** Timeout of a load in seconds, including redirects and body. Default 5. */
  readonly timeout?: number;
  /** Largest document in bytes, decompressed. Default 262144. */
  readonly maxBytes?: number;
  /** Default: the global `fetch`. Required for an endpoint without a certificate of a public authority. */
  readonly fetch?: BundleFetch;
  /** Called for each failed load; its exceptions are ignored. The last bundle is used until `maxStaleness`. */
  readonly onFailure?: (error: MtlsError, trustDomain: string) => void;
  /** The clock for the age of bundles. Default: the current time. A result other than a valid Date is a TypeError. */
  readonly now?: () => Date;
  /** For tests: accepts `http:` in the URL of an endpoint. */
  readonly unsafeAllowHttp?: boolean;
}

/** The trusted trust domains, each with its own authorities. For the option `spiffeTrust`. */
export interface SpiffeTrust extends SvidVerifier {
  verifySvid(presented: PresentedCertificate | undefined, options?: VerifySvidOptions): Promise<VerifiedX509Svid>;
  /** Loads every bundle again. Rejects with the first failure. The bundles that were loaded are used. */
  reload(): Promise<void>;
  /** By trust domain. */
  readonly status: Readonly<Record<string, BundleStatus>>;
}

const DEFAULTS = { maxStaleness: 3600, cooldown: 30, timeout: 5, maxBytes: 262_144 };

/**
 * Experimental. Creates the trust in the trust domains whose X.509-SVIDs are accepted. Each has its own authorities,
 * which certify only IDs of that trust domain. The roots of the system and the metadata of clients are not used.
 *
 * - A configured bundle never changes. A bundle at an endpoint, or from `load`, is loaded for the first SVID of its
 *   trust domain, and again when it is due. The request then waits, so that a dropped authority is no longer accepted.
 * - For an SVID that does not verify, the bundle is loaded again, at most once in `cooldown`. Its authority may be new.
 * - While a bundle cannot be loaded, is malformed, or has a lower `spiffe_sequence`, the last one is used until
 *   `maxStaleness`. After that, no SVID of the trust domain is accepted.
 * - A bundle without a usable authority revokes all of them: every SVID of the trust domain is refused.
 *
 * Nothing is kept across a restart, including the sequence.
 *
 * @example
 * ```ts
 * import { createSpiffeTrust } from 'oauth-mtls/spiffe';
 * declare const partnerBundle: string; // spire-server bundle show -format spiffe
 * const spiffeTrust = createSpiffeTrust({
 *   trustDomains: {
 *     'example.org': { bundleEndpoint: { url: 'https://spire-server.spire.svc:8443/' } },
 *     'partner.example': { bundle: partnerBundle },
 *   },
 *   onFailure: (error, trustDomain) => console.warn(trustDomain, error.code, error.detail.reason),
 * });
 * ```
 * @throws MtlsError ERR_SPIFFE_BUNDLE for a configured bundle that is malformed
 * @throws TypeError for invalid options
 * @see SPIFFE Trust Domain and Bundle §4, SPIFFE Federation §5.2.1
 */
export function createSpiffeTrust(options: SpiffeTrustOptions): SpiffeTrust {
  checkOptions<SpiffeTrustOptions>(
    options,
    {
      trustDomains: 'object',
      refreshInterval: 'seconds',
      maxStaleness: 'seconds',
      cooldown: 'seconds',
      timeout: 'seconds',
      maxBytes: 'positive',
      fetch: 'function',
      onFailure: 'function',
      now: 'function',
      unsafeAllowHttp: 'boolean',
    },
    ['trustDomains'],
  );
  const domains = Object.entries(options.trustDomains);
  if (domains.length === 0) throw new TypeError('Option "trustDomains" must contain at least one trust domain');
  return new Trust(new Map(domains.map(([name, domain]) => [name, createSource(name, domain, options)])));
}

/** A bundle, or the source of one. */
type Source = BundleSource | TrustBundle;

class Trust implements SpiffeTrust {
  readonly #sources: ReadonlyMap<string, Source>;

  constructor(sources: ReadonlyMap<string, Source>) {
    this.#sources = sources;
  }

  verifySvid(presented: PresentedCertificate | undefined, options?: VerifySvidOptions): Promise<VerifiedX509Svid> {
    return verifySvid(presented, (trustDomain) => this.#sources.get(trustDomain), options);
  }

  async reload(): Promise<void> {
    const loads = [...this.#sources.values()].flatMap((source) =>
      source instanceof BundleSource ? [source.reload()] : [],
    );
    const failed = (await Promise.allSettled(loads)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  get status(): Readonly<Record<string, BundleStatus>> {
    return Object.fromEntries([...this.#sources].map(([name, source]) => [name, statusOf(source)]));
  }
}

function createSource(name: string, domain: TrustDomainOptions, options: SpiffeTrustOptions): Source {
  if (!isTrustDomain(name))
    throw new TypeError(`Option "trustDomains" has ${JSON.stringify(name)}, not a trust domain`);
  checkOptions<TrustDomainOptions>(domain, { bundle: 'any', bundleEndpoint: 'object', load: 'function' });
  const { bundle, bundleEndpoint, load } = domain;
  if ([bundle, bundleEndpoint, load].filter((member) => member !== undefined).length !== 1)
    throw new TypeError('A trust domain must have exactly one of bundle, bundleEndpoint and load');
  if (bundle !== undefined) return readTrustBundle(bundle);
  const settings = readSettings(name, options);
  if (load !== undefined) return new BundleSource(async () => load(), settings);
  checkOptions<{ url: string }>(bundleEndpoint, { url: 'string' }, ['url']);
  const { fetch = globalThis.fetch, maxBytes = DEFAULTS.maxBytes, unsafeAllowHttp = false } = options;
  return new BundleSource(bundleLoader(bundleEndpoint!.url, { fetch, maxBytes, unsafeAllowHttp }), settings);
}

function readSettings(name: string, options: SpiffeTrustOptions): BundleSettings {
  const { refreshInterval, onFailure } = options;
  const { maxStaleness, cooldown, timeout } = withDefaults(DEFAULTS, options);
  const report = (error: MtlsError) => notify(() => onFailure?.(error, name));
  return { refreshInterval, maxStaleness, cooldown, timeout, now: checkedClock(options.now), onFailure: report };
}

function statusOf(source: Source): BundleStatus {
  if (source instanceof BundleSource) return source.status;
  const authorities = source.authorities.map(({ thumbprint }) => thumbprint);
  return { loadedAt: undefined, authorities, sequence: source.sequence, lastFailure: undefined };
}
