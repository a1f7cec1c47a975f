import { createHash, randomBytes } from 'node:crypto';
import type { Server, TlsOptions } from 'node:tls';
import type { AnchorSet } from '../node/anchor-set.js';
import { mutualTlsOptions } from '../node/mutual-tls-options.js';
import type { CertificationPathVerifier } from '../pki/path-verifier.js';
import { notify } from '../errors/notify.js';
import { ExpiryNotices } from '../pki/expiry-notices.js';
import { Reloader } from '../pki/reloader.js';
import { publishExpiring, publishFailure, publishReload } from '../pki/trust-messages.js';
import { AttachedServer, type ServerTrust } from './attached-server.js';
import { expiriesOf } from './expiries-of.js';
import type { Trust, TrustClientOptions, TrustStatus } from './trust.js';
import {
  readTrustOptions,
  type ExpiringPart,
  type TrustOptions,
  type TrustPart,
  type TrustSettings,
} from './trust-options.js';
import { toPems, TrustSources, type TrustState } from './trust-sources.js';
import { FileWatcher } from './file-watcher.js';

/** Length of Node's session ticket keys, in octets. */
const TICKET_KEYS = 48;
/** Maximum length of a session context, in octets. */
const SESSION_CONTEXT = 32;

/**
 * Loads trust anchors, intermediates, CRLs, and the keys and certificates of a server and a client, and keeps them up
 * to date without a restart. Sources are files, which are watched, functions, and URLs of CRLs.
 *
 * A source that fails keeps its last good content. If anchors or CRLs are older than `maxStaleness`, every certificate
 * is refused with ERR_PATH_STALE.
 *
 * Checks: a CRL replaces the current one only if its issuer signed it and leads to a trust anchor, and neither its
 * number nor its date is lower. A CRL whose issuer is neither an anchor nor in `intermediates` is not accepted.
 *
 * Does not check: the names in the server's certificate. Nothing is kept across a restart. CRLs that have never been
 * loaded do not prevent the start: with `revocation: 'require'`, clients are refused until they have been loaded.
 *
 * Reloads, failures and expirations are published on the diagnostics channels `oauth-mtls:reload` and
 * `oauth-mtls:expiring`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:https';
 * import { createTrust } from 'oauth-mtls/trust';
 * const trust = await createTrust({
 *   anchors: 'client-ca.crt',
 *   crls: { url: 'http://crl.internal.example/clients.crl' },
 *   server: { key: 'server.key', cert: 'server.crt' },
 *   onFailure: (error, source) => console.error(source, error),
 * });
 * const server = createServer(trust.serverOptions(), (_request, response) => response.end('hello'));
 * trust.attach(server);
 * server.listen(8443, '127.0.0.1');
 * ```
 * @throws TypeError for an unknown option, or one of the wrong type
 * @throws MtlsError ERR_TRUST_SOURCE if anchors, intermediates, a key or a certificate cannot be loaded at the start
 */
export async function createTrust(options: TrustOptions): Promise<Trust> {
  const trust = new ReloadingTrust(readTrustOptions(options));
  await trust.start();
  return trust;
}

class ReloadingTrust implements Trust {
  readonly #settings: TrustSettings;
  readonly #sources: TrustSources;
  readonly #reloader: Reloader<TrustState>;
  readonly #watcher: FileWatcher;
  readonly #notices: ExpiryNotices<ExpiringPart>;
  readonly #attached = new Set<AttachedServer>();
  /** The state that was published last. */
  #state: TrustState | undefined;
  #serverTrust: ServerTrust | undefined;
  #clientOptions: TrustClientOptions | undefined;
  readonly pathVerifier: CertificationPathVerifier;

  constructor(settings: TrustSettings) {
    const { refreshInterval, maxStaleness, now, onExpiring } = settings;
    this.#settings = {
      ...settings,
      onFailure: (error, source) => {
        publishFailure(error, source, () => this.#neverLoaded().includes(source));
        notify(() => settings.onFailure(error, source));
      },
    };
    this.#sources = new TrustSources(this.#settings, () => this.#reload());
    this.#reloader = new Reloader({
      load: (signal) => this.#sources.load(signal),
      refreshInterval,
      maxStaleness,
      now,
      onReload: () => this.#publish(),
      // failures of sources are reported by the sources
      onFailure: () => undefined,
    });
    this.#watcher = new FileWatcher(this.#sources.paths, () => this.#reload());
    this.#notices = new ExpiryNotices(({ what, when }) => {
      publishExpiring(what, when);
      notify(() => onExpiring(what, when));
    });
    this.pathVerifier = {
      verify: async (certificate, intermediates, { now: at = now(), ...rest } = {}) =>
        (await this.#reloader.get()).verifier.verify(certificate, intermediates, { now: at, ...rest }),
    };
  }

  async start(): Promise<void> {
    // so that changes during the first load are noticed
    this.#watcher.refresh();
    try {
      await this.#reloader.reload();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  serverOptions(): TlsOptions {
    return { ...this.#server().options };
  }

  attach(server: Server): () => void {
    if (typeof (server as Partial<Server> | null)?.setSecureContext !== 'function') {
      throw new TypeError('Argument "server" must be a TLS server');
    }
    const attached = new AttachedServer(server, this.#server());
    this.#attached.add(attached);
    return () => {
      this.#attached.delete(attached);
      attached.detach();
    };
  }

  clientOptions(): TrustClientOptions {
    if (this.#clientOptions === undefined) throw new TypeError('Option "client" is missing');
    return this.#clientOptions;
  }

  get status(): TrustStatus {
    const { loadedAt, nextReload } = this.#reloader.status;
    const { verifier, server, client } = this.#state!;
    const sources = this.#sources.statuses;
    const failing = sources.filter(({ failedAt }) => failedAt !== undefined);
    const latest = failing.sort((a, b) => b.failedAt!.getTime() - a.failedAt!.getTime())[0];
    return {
      loadedAt,
      nextReload,
      expires: { ...verifier.expires, server: server?.notAfter, client: client?.notAfter },
      lastFailure: latest?.lastFailure,
      failedAt: latest?.failedAt,
      neverLoaded: this.#neverLoaded(),
      sources,
    };
  }

  async reload(): Promise<void> {
    // anchors first, because CRLs are verified under them
    await this.#reloader.reload();
    await this.#sources.download();
    await this.#reloader.reload();
  }

  close(): void {
    this.#watcher.close();
    this.#sources.close();
    this.#reloader.close();
  }

  #neverLoaded(): string[] {
    return this.#sources.statuses.filter(({ loadedAt }) => loadedAt === undefined).map(({ name }) => name);
  }

  #reload(): void {
    // failures are in the status of the sources
    this.#reloader.reload().catch(() => undefined);
  }

  #server(): ServerTrust {
    if (this.#serverTrust === undefined) throw new TypeError('Option "server" is missing');
    return this.#serverTrust;
  }

  /** Publishes the changes of the last load, in one turn. */
  #publish(): void {
    const before = this.#state;
    const state = this.#reloader.value!;
    this.#state = state;
    const changed: TrustPart[] = [];
    if (state.verifier !== before?.verifier) changed.push('path');
    if (state.server !== before?.server) changed.push('server');
    if (state.client !== before?.client) changed.push('client');
    if (state.client !== undefined && state.client !== before?.client) {
      const { key, cert, ca } = state.client;
      this.#clientOptions = Object.freeze({ key, cert, ...(ca && { ca: [...ca] }) });
    }
    this.#renewServers(state, before);
    this.#watcher.refresh();
    this.#notices.check(expiriesOf(state), this.#settings.now());
    if (before === undefined || changed.length === 0) return;
    publishReload(changed);
    notify(() => this.#settings.onReload(changed));
  }

  #renewServers(state: TrustState, before: TrustState | undefined): void {
    const { server, anchors } = state;
    if (server === undefined) return;
    const thumbprints = (each: TrustState | undefined) =>
      each?.anchors.map(({ thumbprint }) => thumbprint).join() ?? '';
    const sameAnchors = thumbprints(state) === thumbprints(before);
    if (sameAnchors && server === before?.server) return;
    const old = this.#serverTrust;
    const kept = sameAnchors ? old : undefined;
    const { key, cert } = server;
    const options = mutualTlsOptions({
      ...this.#settings.server!.context,
      key,
      cert,
      ca: toPems(anchors),
      // a session that began under other anchors must not be resumed, neither by ticket nor from a store
      ticketKeys: kept?.options.ticketKeys ?? randomBytes(TICKET_KEYS),
      sessionIdContext: createHash('sha256').update(thumbprints(state)).digest('hex').slice(0, SESSION_CONTEXT),
    });
    this.#serverTrust = { options, anchorSet: kept?.anchorSet ?? this.#anchorSet() };
    for (const attached of this.#attached) attached.renew(this.#serverTrust);
  }

  #anchorSet(): AnchorSet {
    const anchorSet: AnchorSet = {
      isCurrent: () =>
        this.#serverTrust?.anchorSet === anchorSet &&
        // TLS does not check CRLs and OCSP responses
        this.#settings.revocation === undefined &&
        !this.#reloader.isStale(),
    };
    return anchorSet;
  }
}
