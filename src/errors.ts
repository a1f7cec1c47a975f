import { certificateCodes } from './errors/certificate-codes.js';
import { clientCodes } from './errors/client-codes.js';
import { encodingCodes } from './errors/encoding-codes.js';
import type { ErrorEntry } from './errors/error-entry.js';
import { forwardedCodes } from './errors/forwarded-codes.js';
import { jwksCodes } from './errors/jwks-codes.js';
import { pathCodes } from './errors/path-codes.js';
import { spiffeCodes } from './errors/spiffe-codes.js';
import { tokenCodes } from './errors/token-codes.js';

export type { OAuthErrorCode } from './errors/error-entry.js';

const table = {
  ...encodingCodes,
  ...certificateCodes,
  ...pathCodes,
  ...forwardedCodes,
  ...clientCodes,
  ...jwksCodes,
  ...spiffeCodes,
  ...tokenCodes,
} as const;

/** Every value that `error.code` can take. */
export type MtlsErrorCode = keyof typeof table;

/**
 * The documented table of codes: what each means, the section it comes from, and the OAuth error it
 * becomes. `docs/errors.md` is made from it.
 */
export const errorCodes: Readonly<Record<MtlsErrorCode, ErrorEntry>> = Object.freeze(table);
for (const entry of Object.values(table)) Object.freeze(entry);

/** What an error knows beyond its code. For logs: may hold names and values, never a key or a token. */
export interface MtlsErrorDetail {
  /** What the input was, or which member of it is meant. */
  readonly field?: string;
  /** A short constant reason, finer than the code. */
  readonly reason?: string;
  /** The registered or required value. */
  readonly expected?: string;
  /** What was found instead. */
  readonly found?: readonly string[];
  /** Position in the input: bytes for DER, UTF-16 code units for text. */
  readonly offset?: number;
  /** The limit that was passed; its unit is in the documentation of the option that sets it. */
  readonly limit?: number;
  /** Thumbprint (base64url SHA-256 of the DER) of the certificate that is meant. */
  readonly thumbprint?: string;
}

const brand = Symbol.for('oauth-mtls.error');

/**
 * The one error class of the library. `code` says what happened, `detail` holds the particulars, `cause`
 * the error below it. `message` is constant text: no certificate, name, header or token is ever in it.
 *
 * Misuse of the API (wrong type of argument, bad option) is a `TypeError` instead.
 *
 * @example
 * ```ts
 * import { isMtlsError, parseCertificate } from 'oauth-mtls';
 * try {
 *   parseCertificate('AAAA');
 * } catch (error) {
 *   if (!isMtlsError(error, 'ERR_ENCODING_DER')) throw error;
 *   console.log(error.code, error.detail.reason);
 * }
 * ```
 */
export class MtlsError extends Error {
  override readonly name = 'MtlsError';
  readonly code: MtlsErrorCode;
  readonly detail: MtlsErrorDetail;

  constructor(code: MtlsErrorCode, detail: MtlsErrorDetail = {}, options?: ErrorOptions) {
    super(errorCodes[code].meaning, options);
    this.code = code;
    this.detail = Object.freeze({ ...detail });
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether a value is an {@link MtlsError}, of the given code if one is named. Works across several copies
 * of this package, where `instanceof` does not.
 */
export function isMtlsError(error: unknown, code?: MtlsErrorCode): error is MtlsError {
  try {
    if (!(error instanceof Error) || (error as { [brand]?: unknown })[brand] !== true) return false;
    return code === undefined || (error as { code?: unknown }).code === code;
  } catch {
    // a proxy may throw at every look
    return false;
  }
}
