import { isJsonObject } from '../encoding/json-object.js';
import { certificateFields, type Certificate } from '../x509/certificate.js';

/**
 * The verdict on the certificate chain by the party that terminated TLS. `verified`: the chain leads to that party's
 * trust anchors. `unverified`: the chain was checked and does not. `unknown`: it was not checked, or the result was not
 * reported.
 */
export type Verification = 'verified' | 'unverified' | 'unknown';

/**
 * A certificate whose key the client proved to possess in a TLS handshake, with the evidence for it. Only
 * `oauth-mtls/node`, `oauth-mtls/forwarded`, `oauth-mtls/testing` and `unsafePresentedCertificate` create one, so a
 * certificate from a request body cannot become an identity. Immutable.
 */
export interface PresentedCertificate {
  readonly certificate: Certificate;
  /** Further certificates as the client sent them. Hints for path building, not trusted. */
  readonly intermediates: readonly Certificate[];
  readonly verification: Verification;
  /**
   * Why the chain is not verified, as reported by the party that terminated TLS: Node's `INVALID_PURPOSE`, nginx's text
   * after `FAILED:`, HAProxy's number. For logs: printable ASCII, at most 200 characters. `explainVerification`
   * recognises common reasons. Undefined without a report.
   */
  readonly reason?: string | undefined;
  /** The source of the evidence: `tls`, or the name of a forwarding format. */
  readonly source: string;
}

const MAX_REASON = 200;

/** Shared, because freezing an array is the most expensive step here. */
const NONE: readonly Certificate[] = Object.freeze([]);

class Presented implements PresentedCertificate {
  readonly #made = true;
  readonly certificate: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly verification: Verification;
  readonly reason: string | undefined;
  readonly source: string;

  constructor(fields: PresentedCertificate) {
    // shared by many requests: a write by one of them would be visible to the others
    this.certificate = Object.freeze(fields.certificate);
    this.intermediates = fields.intermediates.length === 0 ? NONE : Object.freeze([...fields.intermediates]);
    this.verification = fields.verification;
    this.reason = fields.verification === 'verified' ? undefined : printable(fields.reason);
    this.source = fields.source;
    Object.freeze(this);
  }

  static made(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #made in value;
  }
}

/** Makes text of another party safe for a log. */
function printable(text = ''): string | undefined {
  return text.slice(0, MAX_REASON).replaceAll(/[^ -~]/g, '?') || undefined;
}

/**
 * States that this certificate was presented. Only for `node/`, `forwarded/`, `testing/`, the command and
 * `unsafePresentedCertificate`.
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

/** The certificate of one that was presented, or the certificate itself. Throws a TypeError for anything else. */
export function bareCertificate(given: unknown): Certificate {
  const bare = (isJsonObject(given) && 'certificate' in given ? given['certificate'] : given) as Certificate;
  certificateFields(bare);
  return bare;
}
