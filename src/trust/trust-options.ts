import type { SecureContextOptions } from 'node:tls';
import { checkedClock, checkOptions } from '../options.js';
import type { PathVerifierOptions } from '../pki/verifier-options.js';
import { ADDITIONAL_CURVES } from '../platform/signature-scheme.js';
import { isHttp, type CrlUrl, type TrustFetch } from './sources/download-crl.js';
import type { KeyPairSources } from './sources/key-pair.js';
import type { TrustSource } from './sources/name-source.js';

/** Options of a secure context that are set again whenever the server's certificate is renewed. */
export type TrustServerContext = Pick<
  SecureContextOptions,
  | 'passphrase'
  | 'minVersion'
  | 'maxVersion'
  | 'ciphers'
  | 'sigalgs'
  | 'ecdhCurve'
  | 'honorCipherOrder'
  | 'secureOptions'
>;

export interface TrustOptions {
  /** Certificates of the authorities that certify clients. */
  readonly anchors: TrustSource | readonly TrustSource[];
  /** Intermediates that clients do not send, and certificates of CRL issuers: not trusted. */
  readonly intermediates?: TrustSource | readonly TrustSource[];
  /** CRLs. One with a `url` is downloaded from there. */
  readonly crls?: TrustSource | CrlUrl | readonly (TrustSource | CrlUrl)[];
  readonly ocspResponses?: TrustSource | readonly TrustSource[];
  /**
   * `require`: the status of every certificate but the anchor must be known. Default if `crls` or `ocspResponses` are
   * given. `if-available`: revoked certificates are accepted after a restart during which a source is unavailable.
   */
  readonly revocation?: 'require' | 'if-available';
  /** Curves of keys to accept in addition to P-256, P-384 and P-521, as for `createPathVerifier`. Default none. */
  readonly additionalCurves?: PathVerifierOptions['additionalCurves'];
  /** The key and certificate chain of the server, and further options of its secure context. */
  readonly server?: TrustServerContext & { readonly key: TrustSource; readonly cert: TrustSource };
  /** The client key and certificate chain of this process. `ca` verifies the servers. */
  readonly client?: KeyPairSources;
  /** Seconds between two loads, reduced by up to a tenth at random. Default 300. */
  readonly refreshInterval?: number;
  /** Seconds, not milliseconds, for which the last good anchors and CRLs are used while loads fail. Default 86,400. */
  readonly maxStaleness?: number;
  /** Called with the parts that have been replaced. Its exceptions are ignored. */
  readonly onReload?: (changed: readonly TrustPart[]) => void;
  /** Called for each source that cannot be used, with its name. Its exceptions are ignored. */
  readonly onFailure?: (error: unknown, source: string) => void;
  /** Called 30, 7 and 1 days before something expires. Its exceptions are ignored. */
  readonly onExpiring?: (what: ExpiringPart, when: Date) => void;
  /** For CRLs. Default: the global `fetch`. */
  readonly fetch?: TrustFetch;
  /** The clock. Default: the current time. A result other than a valid Date is a TypeError. */
  readonly now?: () => Date;
}

/** The parts of a trust. `path`: the anchors, intermediates, CRLs and OCSP responses for client certificates. */
export type TrustPart = 'path' | 'server' | 'client';

/** The parts that expire. */
export type ExpiringPart = 'anchor' | 'intermediate' | 'crl' | 'server' | 'client';

/** The options with their defaults, and lists instead of single sources. */
export interface TrustSettings {
  readonly anchors: readonly TrustSource[];
  readonly intermediates: readonly TrustSource[];
  readonly crls: readonly TrustSource[];
  readonly crlUrls: readonly CrlUrl[];
  readonly ocspResponses: readonly TrustSource[];
  readonly revocation: 'require' | 'if-available' | undefined;
  readonly additionalCurves: NonNullable<PathVerifierOptions['additionalCurves']>;
  readonly server: { readonly sources: KeyPairSources; readonly context: TrustServerContext } | undefined;
  readonly client: KeyPairSources | undefined;
  readonly refreshInterval: number;
  readonly maxStaleness: number;
  readonly onReload: (changed: readonly TrustPart[]) => void;
  readonly onFailure: (error: unknown, source: string) => void;
  readonly onExpiring: (what: ExpiringPart, when: Date) => void;
  readonly fetch: TrustFetch;
  readonly now: () => Date;
}

const DEFAULT_REFRESH_INTERVAL = 300;
const DEFAULT_MAX_STALENESS = 86_400;

/** @throws TypeError */
export function readTrustOptions(options: TrustOptions): TrustSettings {
  checkOptions<TrustOptions>(
    options,
    {
      anchors: 'any',
      intermediates: 'any',
      crls: 'any',
      ocspResponses: 'any',
      revocation: ['require', 'if-available'],
      additionalCurves: { arrayOf: ADDITIONAL_CURVES },
      server: 'object',
      client: 'object',
      refreshInterval: 'seconds',
      maxStaleness: 'seconds',
      onReload: 'function',
      onFailure: 'function',
      onExpiring: 'function',
      fetch: 'function',
      now: 'function',
    },
    ['anchors'],
  );
  const { refreshInterval = DEFAULT_REFRESH_INTERVAL, maxStaleness = DEFAULT_MAX_STALENESS } = options;
  if (refreshInterval === 0 || maxStaleness === 0) {
    throw new TypeError('Options "refreshInterval" and "maxStaleness" must be positive');
  }
  const anchors = toList(options.anchors);
  if (anchors.length === 0) throw new TypeError('Option "anchors" must not be empty');
  const crls = toList(options.crls);
  const ocspResponses = toList(options.ocspResponses);
  const given = crls.length + ocspResponses.length > 0;
  return {
    anchors,
    intermediates: toList(options.intermediates),
    crls: crls.filter((source): source is TrustSource => !isUrlSource(source)),
    crlUrls: crls.filter(isUrlSource).map(readCrlUrl),
    ocspResponses,
    revocation: options.revocation ?? (given ? 'require' : undefined),
    additionalCurves: [...(options.additionalCurves ?? [])],
    server: options.server && readServer(options.server),
    client: options.client && readClient(options.client),
    refreshInterval,
    maxStaleness,
    onReload: options.onReload ?? ignore,
    onFailure: options.onFailure ?? ignore,
    onExpiring: options.onExpiring ?? ignore,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    now: checkedClock(options.now),
  };
}

function ignore(): void {
  // the failure is also in the status
}

function toList<T>(sources: T | readonly T[] | undefined): readonly T[] {
  if (sources === undefined) return [];
  return Array.isArray(sources) ? (sources as readonly T[]) : [sources as T];
}

function isUrlSource(source: TrustSource | CrlUrl): source is CrlUrl {
  return typeof source === 'object' && !(source instanceof Uint8Array);
}

function readCrlUrl(source: CrlUrl): CrlUrl {
  checkOptions<CrlUrl>(source, { url: 'any', maxBytes: 'positive', timeout: 'seconds' }, ['url'], 'crls');
  const { url } = source;
  if (!(typeof url === 'string' || url instanceof URL) || !URL.canParse(String(url)) || !isHttp(new URL(url))) {
    throw new TypeError('Option "url" must be an http or https URL without credentials');
  }
  return { ...source, url: String(url) };
}

function readServer(server: NonNullable<TrustOptions['server']>): TrustSettings['server'] {
  checkOptions<NonNullable<TrustOptions['server']>>(
    server,
    {
      key: 'any',
      cert: 'any',
      passphrase: 'string',
      minVersion: ['TLSv1.2', 'TLSv1.3'],
      maxVersion: ['TLSv1.2', 'TLSv1.3'],
      ciphers: 'string',
      sigalgs: 'string',
      ecdhCurve: 'string',
      honorCipherOrder: 'boolean',
      secureOptions: 'count',
    },
    ['key', 'cert'],
  );
  const { key, cert, ...context } = server;
  return { sources: { key, cert }, context };
}

function readClient(client: KeyPairSources): KeyPairSources {
  checkOptions<KeyPairSources>(client, { key: 'any', cert: 'any', ca: 'any' }, ['key', 'cert']);
  return { ...client };
}
