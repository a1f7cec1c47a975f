import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { assertMtlsError } from '../errors.js';
import { renewPathVerifier, type ExpiringPathVerifier } from '../pki/path-verifier.js';
import type { Loaded } from '../pki/reloader.js';
import type { CertificateRevocationList } from '../pki/revocation/crl.js';
import type { PathVerifierOptions } from '../pki/verifier-options.js';
import { readOcspResponse } from '../pki/revocation/ocsp-response.js';
import { parseCertificate, type Certificate } from '../x509/certificate.js';
import { acceptCrls } from './sources/accept-crls.js';
import { CrlUrlSource } from './sources/crl-url-source.js';
import { keyPairReader, readKeyPair, type KeyPair, type KeyPairSources } from './sources/key-pair.js';
import { readBlocks } from './sources/read-blocks.js';
import { nameSource, type Content, type TrustSource } from './sources/name-source.js';
import { sourceError } from './sources/source-error.js';
import { Source, type AnySource, type SourceStatus } from './sources/source.js';
import type { TrustSettings } from './trust-options.js';

/** The combined content of all sources. */
export interface TrustState {
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly crls: readonly CertificateRevocationList[];
  readonly verifier: ExpiringPathVerifier;
  readonly server: KeyPair | undefined;
  readonly client: KeyPair | undefined;
}

/** Every source, each with its last good value. */
export class TrustSources {
  readonly #settings: TrustSettings;
  readonly #anchors: readonly Source<readonly Certificate[]>[];
  readonly #intermediates: readonly Source<readonly Certificate[]>[];
  readonly #ocspResponses: readonly Source<readonly Uint8Array[]>[];
  readonly #crls: readonly Source<readonly CertificateRevocationList[]>[];
  readonly #crlUrls: readonly CrlUrlSource[];
  readonly #server: Source<KeyPair> | undefined;
  readonly #client: Source<KeyPair> | undefined;
  readonly #paths: (string | undefined)[] = [];
  /** Verifies CRLs under the current anchors and intermediates. */
  #base: ExpiringPathVerifier | undefined;
  #baseParts: readonly unknown[] = [];
  #state: TrustState | undefined;
  #stateParts: readonly unknown[] = [];

  /** @param onDownload called when a download has changed the CRLs */
  constructor(settings: TrustSettings, onDownload: () => void) {
    this.#settings = settings;
    const { crlUrls, server, client } = settings;
    this.#anchors = this.#list('anchor', 'anchors', settings.anchors, (contents, name) =>
      this.#readAnchors(contents, name),
    );
    this.#intermediates = this.#list('intermediate', 'intermediates', settings.intermediates, readCertificates);
    this.#ocspResponses = this.#list('ocsp', 'ocspResponses', settings.ocspResponses, readOcspResponses);
    this.#crls = this.#list('crl', 'crls', settings.crls, (contents, name, held) => this.#accept(contents, held, name));
    this.#crlUrls = crlUrls.map(
      (source) =>
        new CrlUrlSource({
          ...settings,
          source,
          accept: (contents, held, name) => this.#accept(contents, held, name),
          onChange: onDownload,
        }),
    );
    this.#server = server && this.#pair('server', server.sources, server.context);
    this.#client = client && this.#pair('client', client, {});
  }

  get paths(): readonly string[] {
    return this.#paths.filter((path) => path !== undefined);
  }

  get statuses(): readonly SourceStatus[] {
    return [...this.#all, ...this.#crlUrls].map(({ status }) => status);
  }

  /**
   * Reads every source and combines their content. The state is the same object if nothing has changed.
   *
   * @throws the failure of a source other than a CRL or OCSP response that has never been good
   */
  async load(signal: AbortSignal): Promise<Loaded<TrustState>> {
    const first = this.#state === undefined;
    const isCrl = new Set<unknown>(this.#crls);
    await Promise.all(this.#all.filter((each) => !isCrl.has(each)).map((each) => each.refresh(signal)));
    const missing = [...this.#anchors, ...this.#intermediates, this.#server, this.#client].find(
      (each) => each !== undefined && each.value === undefined,
    );
    if (missing !== undefined) throw missing.status.lastFailure;
    const replaced = await this.#renewBase();
    const downloads = this.#crlUrls.map(async (each) => {
      const retry = each.retry(replaced);
      // a slow download does not delay the load unless its content is missing or stale
      if (first || each.stale) await retry;
    });
    await Promise.all([...this.#crls.map((each) => each.refresh(signal)), ...downloads]);
    return { value: await this.#renewState(), asOf: this.#oldest() };
  }

  /** Downloads every CRL. Never rejects. */
  async download(): Promise<void> {
    await Promise.all(this.#crlUrls.map((each) => each.reload()));
  }

  close(): void {
    for (const each of this.#crlUrls) each.close();
  }

  get #all(): readonly AnySource[] {
    const pairs = [this.#server, this.#client].filter((each) => each !== undefined);
    return [...this.#anchors, ...this.#intermediates, ...this.#crls, ...this.#ocspResponses, ...pairs];
  }

  async #renewBase(): Promise<boolean> {
    const anchors = valuesOf(this.#anchors);
    const intermediates = valuesOf(this.#intermediates);
    const parts = [...anchors, ...intermediates];
    if (sameParts(parts, this.#baseParts)) return false;
    this.#base = await renewPathVerifier(
      { trustAnchors: anchors.flat(), intermediates: intermediates.flat(), ...this.#baseOptions },
      this.#base,
    );
    this.#baseParts = parts;
    return true;
  }

  async #renewState(): Promise<TrustState> {
    const anchors = valuesOf(this.#anchors).flat();
    const intermediates = valuesOf(this.#intermediates).flat();
    const crlLists = [...valuesOf(this.#crls), ...valuesOf(this.#crlUrls)];
    const responses = valuesOf(this.#ocspResponses);
    const server = this.#server?.value;
    const client = this.#client?.value;
    const parts = [this.#base, ...crlLists, ...responses, server, client];
    if (this.#state !== undefined && sameParts(parts, this.#stateParts)) return this.#state;
    const { revocation, additionalCurves } = this.#settings;
    const crls = crlLists.flat();
    const verifier = await renewPathVerifier(
      {
        trustAnchors: anchors,
        intermediates,
        crls,
        ocspResponses: responses.flat(),
        additionalCurves,
        revocation,
      },
      this.#state?.verifier,
    );
    this.#state = { anchors, intermediates, crls, verifier, server, client };
    this.#stateParts = parts;
    return this.#state;
  }

  /** Options of a verifier without CRLs. The revocation mode determines which anchors can be used. */
  get #baseOptions(): Pick<PathVerifierOptions, 'revocation' | 'additionalCurves'> {
    const { revocation, additionalCurves } = this.#settings;
    return { additionalCurves, ...(revocation && { revocation: 'if-available' }) };
  }

  /**
   * Reads anchors and checks that both the path verifier and TLS accept them, so that they do not block other sources.
   */
  async #readAnchors(contents: readonly Content[], name: string): Promise<readonly Certificate[]> {
    const anchors = await readCertificates(contents, name);
    try {
      await renewPathVerifier({ trustAnchors: anchors, ...this.#baseOptions });
      createSecureContext({ ca: toPems(anchors) });
    } catch (cause) {
      throw sourceError(name, 'unusable', cause);
    }
    return anchors;
  }

  /** The age of the verification data is that of its oldest part. */
  #oldest(): number {
    const kinds = new Set(['anchor', 'intermediate', 'crl', 'ocsp']);
    const times = this.statuses
      .filter(({ kind }) => kinds.has(kind))
      .map(({ loadedAt }) => loadedAt?.getTime() ?? Infinity);
    return Math.min(...times);
  }

  #accept(
    contents: readonly Content[],
    held: readonly CertificateRevocationList[] | undefined,
    name: string,
  ): Promise<readonly CertificateRevocationList[]> {
    const now = this.#settings.now();
    return acceptCrls(contents, held, { name, now, isSigned: (crl) => this.#base!.isSigned(crl, now) });
  }

  #list<T>(
    kind: SourceStatus['kind'],
    option: string,
    sources: readonly TrustSource[],
    accept: (contents: readonly Content[], name: string, held: T | undefined) => T | Promise<T>,
  ): Source<T>[] {
    return sources.map((source, index) => {
      const { name, path, read } = nameSource(source, `${option}[${index}]`);
      this.#paths.push(path);
      const { onFailure, now } = this.#settings;
      return new Source({ name, kind, read, accept: (contents, held) => accept(contents, name, held), onFailure, now });
    });
  }

  #pair(kind: 'server' | 'client', sources: KeyPairSources, context: SecureContextOptions): Source<KeyPair> {
    const { name, paths, read } = keyPairReader(sources, kind);
    this.#paths.push(...paths);
    const { onFailure, now } = this.#settings;
    const accept = (contents: readonly Content[], held: KeyPair | undefined) =>
      readKeyPair(contents, held, context, name, now());
    return new Source({ name, kind, read, accept, onFailure, now });
  }
}

async function readCertificates(contents: readonly Content[], name: string): Promise<readonly Certificate[]> {
  return (await readBlocks(contents, 'CERTIFICATE', name)).map((der) =>
    decode(name, () => {
      const certificate = parseCertificate(der);
      // names are decoded when they are read
      certificate.subject.equals(certificate.issuer);
      return certificate;
    }),
  );
}

/** PEM of each certificate, for TLS. */
export function toPems(certificates: readonly Certificate[]): string[] {
  return certificates.map(({ der }) => new X509Certificate(der).toString());
}

async function readOcspResponses(contents: readonly Content[], name: string): Promise<readonly Uint8Array[]> {
  if (contents.length === 0) return [];
  const responses = await readBlocks(contents, 'OCSP RESPONSE', name);
  for (const response of responses) decode(name, () => readOcspResponse(response));
  return responses;
}

function decode<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    assertMtlsError(cause);
    throw sourceError(name, 'malformed', cause);
  }
}

/** The values that have been loaded. */
function valuesOf<T>(sources: readonly { readonly value: T | undefined }[]): T[] {
  return sources.map(({ value }) => value).filter((value) => value !== undefined);
}

function sameParts(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, at) => part === b[at]);
}
