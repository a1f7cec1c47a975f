import type { Certificate } from '../x509/certificate.js';

/**
 * The verdict on the certificate's chain of the party that terminated TLS: `verified` leads to that party's trust
 * anchors, `unverified` was checked and does not, `unknown` was not checked or not said.
 */
export type Verification = 'verified' | 'unverified' | 'unknown';

/**
 * The certificate that a client proved to hold in a TLS handshake, with the evidence for it. Only
 * `oauth-mtls/node`, `oauth-mtls/forwarded`, `oauth-mtls/testing` and `unsafePresentedCertificate` make one, so that a
 * certificate from a request body never becomes an identity. Immutable.
 */
export interface PresentedCertificate {
  readonly certificate: Certificate;
  /** Further certificates as they were sent: hints for building a path, never trusted. */
  readonly intermediates: readonly Certificate[];
  readonly verification: Verification;
  /**
   * Why the chain is not verified, in the words of whoever ended TLS: Node's `INVALID_PURPOSE`, nginx's text after
   * `FAILED:`, HAProxy's number. For logs: printable ASCII, at most 200 characters. `explainVerification` knows the
   * common ones. Undefined where nothing was said.
   */
  readonly reason?: string | undefined;
  /** Who said so: `tls`, or the name of a forwarding format. */
  readonly source: string;
}

const MAX_REASON = 200;

/** Freezing an array costs more than everything else here. */
const NONE: readonly Certificate[] = Object.freeze([]);

class Presented implements PresentedCertificate {
  readonly #made = true;
  readonly certificate: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly verification: Verification;
  readonly reason: string | undefined;
  readonly source: string;

  constructor(fields: PresentedCertificate) {
    // the same one is presented with many requests: what one of them wrote on it would be seen by the others
    this.certificate = Object.freeze(fields.certificate);
    this.intermediates = fields.intermediates.length === 0 ? NONE : Object.freeze([...fields.intermediates]);
    this.verification = fields.verification;
    this.reason = fields.verification === 'verified' ? undefined : printable(fields.reason);
    this.source = fields.source;
    Object.freeze(this);
  }

  static made(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #made in value && value.#made;
  }
}

/** What another party wrote, fit for a log. */
function printable(text = ''): string | undefined {
  return text.slice(0, MAX_REASON).replaceAll(/[^ -~]/g, '?') || undefined;
}

/**
 * For `node/`, `forwarded/`, `testing/`, the command and `unsafePresentedCertificate` alone: states that this
 * certificate was presented.
 */
export function createPresented(fields: PresentedCertificate): PresentedCertificate {
  return new Presented(fields);
}

/** Throws a TypeError unless the value was made by {@link createPresented}. */
export function assertPresented(value: unknown): asserts value is PresentedCertificate {
  if (!Presented.made(value)) {
    throw new TypeError(
      'A presented certificate must be created by oauth-mtls/node, oauth-mtls/forwarded, oauth-mtls/testing or unsafePresentedCertificate',
    );
  }
}
