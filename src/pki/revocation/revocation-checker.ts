import { bytesEqual } from '../../encoding/bytes.js';
import { assertMtlsError, MtlsError } from '../../errors.js';
import type { Budget } from '../budget.js';
import { KEY_USAGE } from '../certificate/certificate-extensions.js';
import type { CertificateRevocationList } from './crl.js';
import { statusByCrls, type RevocationStatus } from './crl-status.js';
import { statusByOcsp, type GivenOcspResponse } from './ocsp-status.js';
import type { PathCertificate } from '../certificate/path-certificate.js';
import { checkTarget, type PathPurpose } from '../path/path-rules.js';
import type { AcceptPath } from '../path/path-search.js';
import { verifySigned, type SignedRange } from '../certificate/signature.js';

/** How strictly revocation is checked. */
export type RevocationMode = 'require' | 'if-available';

/** The source of the revocation status of one certificate. */
export type RevocationEvidence = 'crl' | 'ocsp' | 'not-checked';

export interface RevocationContext extends PathPurpose {
  readonly mode: RevocationMode;
  readonly crls: readonly CertificateRevocationList[];
  readonly ocspResponses: readonly GivenOcspResponse[];
  /** Candidate certificates of CRL issuers. */
  readonly pool: readonly PathCertificate[];
  readonly budget: Budget;
  /** Searches for a path from the certificate of a CRL issuer. */
  readonly findPath: (target: PathCertificate, accept: AcceptPath) => Promise<unknown>;
  /** Checks a path except for revocation. */
  readonly checkPath: (path: readonly PathCertificate[]) => void;
}

/**
 * Checks revocation for whole paths, with the CRLs and OCSP responses of the caller. Makes no network requests.
 *
 * @see RFC 5280 §6.3, RFC 6960 §3.2
 */
export class RevocationChecker {
  readonly #context: RevocationContext;
  /** CRL issuers whose own path is being validated, so that none can confirm itself. */
  readonly #pending = new Set<PathCertificate>();

  constructor(context: RevocationContext) {
    this.#context = context;
  }

  /**
   * Returns the revocation evidence for each certificate of a path except the anchor, target first. Starts at the
   * anchor, because an authority must be checked before its CRLs and responses are used.
   *
   * @throws MtlsError ERR_PATH_REVOKED, ERR_PATH_REVOCATION_UNKNOWN, ERR_PATH_MALFORMED, ERR_PATH_LIMIT
   */
  async check(path: readonly PathCertificate[]): Promise<readonly RevocationEvidence[]> {
    const evidence: RevocationEvidence[] = [];
    for (let index = path.length - 2; index >= 0; index--) evidence.unshift(await this.#checkCertificate(path, index));
    return evidence;
  }

  async #checkCertificate(path: readonly PathCertificate[], index: number): Promise<RevocationEvidence> {
    const certificate = path[index]!;
    const byOcsp = await this.#statusByOcsp(path, index);
    const byCrls = await this.#statusByCrls(path, index);
    if (byOcsp === 'revoked' || byCrls === 'revoked') throw certificate.error('ERR_PATH_REVOKED');
    if (byOcsp === 'good') return 'ocsp';
    if (byCrls === 'good') return 'crl';
    // an unusable CRL or response for the certificate counts as unknown status
    if (this.#context.mode === 'require' || byOcsp === 'unknown' || byCrls === 'unknown') {
      throw certificate.error('ERR_PATH_REVOCATION_UNKNOWN');
    }
    return 'not-checked';
  }

  #statusByCrls(path: readonly PathCertificate[], index: number): Promise<RevocationStatus> {
    const { crls, time, budget } = this.#context;
    return statusByCrls(crls, path, index, time, budget, (crl) => this.isSignedUnder(crl, path.slice(index + 1)));
  }

  #statusByOcsp(path: readonly PathCertificate[], index: number): Promise<RevocationStatus> {
    const { ocspResponses, time } = this.#context;
    const issuer = path[index + 1]!;
    return statusByOcsp(ocspResponses, path[index]!, issuer, {
      time,
      verify: ({ signed }, signer) => this.#isSignedBy(signed, signer),
      issued: (certificate) => this.#isSignedBy(certificate.fields, issuer),
      // RFC 6960 §4.2.2.2.1: without nocheck, the responder is checked with the CRLs of its issuer
      unrevoked: async (responder) => (await this.#statusByCrls([responder, ...path.slice(index + 1)], 0)) === 'good',
    });
  }

  /**
   * RFC 5280 §6.3.3(f), (g): whether the CRL is signed by an authority with the name of its issuer that may sign CRLs
   * and has a valid path to the same trust anchor. Its certificate may differ from that of the certificate issuer, for
   * a separate CRL key or after a key rollover.
   *
   * @param above the rest of the path, up to the anchor
   */
  async isSignedUnder(crl: CertificateRevocationList, above: readonly PathCertificate[]): Promise<boolean> {
    // the authorities of the path have already been validated
    for (const signer of above)
      if (isPossibleSigner(crl, signer) && (await this.#isSignedCrl(crl, signer))) return true;
    for (const signer of this.#context.pool) {
      if (above.includes(signer) || this.#pending.has(signer) || !isPossibleSigner(crl, signer)) continue;
      // the path first, because a client can send many certificates and a CRL can be long
      if ((await this.#leadsTo(signer, above.at(-1)!)) && (await this.#isSignedCrl(crl, signer))) return true;
    }
    return false;
  }

  async #isSignedCrl(crl: CertificateRevocationList, signer: PathCertificate): Promise<boolean> {
    const { bytes, publicKeyStart, publicKeyEnd } = signer.fields;
    if (crl.verifiedKey === undefined && (await this.#isSignedBy(crl.signed, signer))) {
      crl.verifiedKey = new Uint8Array(bytes.subarray(publicKeyStart, publicKeyEnd));
    }
    return crl.verifiedKey !== undefined && bytesEqual(crl.verifiedKey, bytes.subarray(publicKeyStart, publicKeyEnd));
  }

  /** Whether the certificate of a CRL issuer is valid, unrevoked, and under this trust anchor. */
  async #leadsTo(signer: PathCertificate, anchor: PathCertificate): Promise<boolean> {
    const { time, budget, findPath, checkPath } = this.#context;
    this.#pending.add(signer);
    try {
      checkTarget(signer, { time, purpose: 0, revocation: true });
      await findPath(signer, async (path) => {
        if (path.at(-1) !== anchor) throw new MtlsError('ERR_PATH_NO_ANCHOR');
        checkPath(path);
        await this.check(path);
      });
      return true;
    } catch (error) {
      assertMtlsError(error);
      if (error === budget.exhausted) throw error;
      return false;
    } finally {
      this.#pending.delete(signer);
    }
  }

  async #isSignedBy(signed: SignedRange, signer: PathCertificate): Promise<boolean> {
    const { budget } = this.#context;
    try {
      const key = signer.publicKey();
      budget.spend('signatures', key.cost);
      return await verifySigned(signed, key);
    } catch (error) {
      assertMtlsError(error);
      if (error === budget.exhausted) throw error;
      return false;
    }
  }
}

/** RFC 5280 §6.3.3(f): an authority with the name of the CRL issuer. A keyUsage, if present, must include cRLSign. */
function isPossibleSigner(crl: CertificateRevocationList, signer: PathCertificate): boolean {
  if (!signer.subject.equals(crl.issuer)) return false;
  try {
    const { keyUsage } = signer.extensions;
    return keyUsage === undefined || (keyUsage & KEY_USAGE.cRLSign) !== 0;
  } catch (error) {
    assertMtlsError(error);
    return false;
  }
}
