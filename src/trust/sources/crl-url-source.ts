import { createHash } from 'node:crypto';
import type { CertificateRevocationList } from '../../pki/revocation/crl.js';
import { Reloader } from '../../pki/reloader.js';
import { downloadCrl, nameUrl, type CrlUrl, type TrustFetch } from './download-crl.js';
import { sourceError } from './source-error.js';
import type { SourceStatus } from './source.js';
import type { Content } from './name-source.js';

interface HeldCrls {
  readonly crls: readonly CertificateRevocationList[];
  readonly etag: string | undefined;
  /** SHA-256 of the downloaded content. */
  readonly digest: string;
}

export interface CrlUrlSettings {
  readonly source: CrlUrl;
  readonly fetch: TrustFetch;
  readonly refreshInterval: number;
  readonly maxStaleness: number;
  readonly now: () => Date;
  readonly accept: (
    contents: readonly Content[],
    held: readonly CertificateRevocationList[] | undefined,
    name: string,
  ) => Promise<readonly CertificateRevocationList[]>;
  readonly onChange: () => void;
  readonly onFailure: (error: unknown, name: string) => void;
}

/** CRLs that are downloaded on a separate schedule, so that a slow server does not delay other sources. */
export class CrlUrlSource {
  readonly name: string;
  readonly #reloader: Reloader<HeldCrls>;

  constructor(settings: CrlUrlSettings) {
    const { source, fetch, accept, onChange, onFailure, now } = settings;
    this.name = nameUrl(source.url);
    let shown: HeldCrls | undefined;
    this.#reloader = new Reloader({
      ...settings,
      load: async (signal) => {
        const held = this.#reloader.value;
        const download = await downloadCrl(source, held?.etag, fetch, signal);
        const digest = download && createHash('sha256').update(download.content).digest('base64');
        const value =
          download === undefined || digest === held?.digest
            ? held!
            : {
                crls: await accept([download.content], held?.crls, this.name),
                etag: download.etag,
                digest: digest!,
              };
        const expires = Math.min(...value.crls.map((crl) => crl.nextUpdate));
        if (expires < now().getTime()) throw sourceError(this.name, 'not-current');
        return { value, expires };
      },
      onReload: () => {
        const { value } = this.#reloader;
        if (value !== shown) onChange();
        shown = value;
      },
      onFailure: (error) => onFailure(error, this.name),
    });
  }

  get value(): readonly CertificateRevocationList[] | undefined {
    return this.#reloader.value?.crls;
  }

  get status(): SourceStatus {
    const { loadedAt, lastFailure, failedAt } = this.#reloader.status;
    const answered = this.value !== undefined;
    return { name: this.name, kind: 'crl', loadedAt: answered ? loadedAt : undefined, lastFailure, failedAt };
  }

  /** Whether the current content is too old to be used. */
  get stale(): boolean {
    return this.value !== undefined && this.#reloader.isStale();
  }

  /** Downloads now. Never rejects: a failure is in the status. */
  async reload(): Promise<void> {
    await this.#reloader.reload().catch(() => undefined);
  }

  /**
   * Downloads if a download is due that no timer has started, or if the last one failed and may now succeed.
   *
   * @param replaced whether the anchors have been replaced since the failure
   */
  async retry(replaced: boolean): Promise<void> {
    if (this.#reloader.due || (replaced && this.#reloader.status.lastFailure !== undefined)) await this.reload();
  }

  close(): void {
    this.#reloader.close();
  }
}
