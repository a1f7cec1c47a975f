import { certificateCodes } from './errors/certificate-codes.js';
import { clientCodes } from './errors/client-codes.js';
import { encodingCodes } from './errors/encoding-codes.js';
import type { ErrorEntry } from './errors/error-entry.js';
import { forwardedCodes } from './errors/forwarded-codes.js';
import { jwksCodes } from './errors/jwks-codes.js';
import { metadataCodes } from './errors/metadata-codes.js';
import { pathCodes } from './errors/path-codes.js';
import { spiffeCodes } from './errors/spiffe-codes.js';
import { tokenCodes } from './errors/token-codes.js';
import { trustCodes } from './errors/trust-codes.js';

export type { OAuthErrorCode } from './errors/error-entry.js';

const table = {
  ...encodingCodes,
  ...certificateCodes,
  ...pathCodes,
  ...trustCodes,
  ...forwardedCodes,
  ...metadataCodes,
  ...clientCodes,
  ...jwksCodes,
  ...spiffeCodes,
  ...tokenCodes,
} as const;

/** Every value that `error.code` can take. */
export type MtlsErrorCode = keyof typeof table;

/** Every value that `error.detail.reason` can take where `error.code` is this one; never where there is none. */
export type MtlsErrorReason<Code extends MtlsErrorCode = MtlsErrorCode> = (typeof table)[Code]['reasons'][number];

/**
 * The documented table of codes: the meaning of each, the section it comes from, the OAuth error it
 * becomes, and its reasons. `docs/errors.md` is generated from it.
 */
export const errorCodes: Readonly<Record<MtlsErrorCode, ErrorEntry>> = Object.freeze(table);
for (const entry of Object.values(table)) {
  Object.freeze(entry);
  Object.freeze(entry.reasons);
}

/** Particulars of an error, for logs. They may contain names and values, never a key or a token. */
export interface MtlsErrorDetail<Code extends MtlsErrorCode = MtlsErrorCode> {
  /** What the input was, or the path of the member that is wrong. */
  readonly field?: string | undefined;
  /** A short constant reason, finer than the code. */
  readonly reason?: MtlsErrorReason<Code> | undefined;
  /** The registered or required value. */
  readonly expected?: string | undefined;
  /** What was found instead. */
  readonly found?: readonly string[] | undefined;
  /** Position in the input: bytes for DER, UTF-16 code units for text. */
  readonly offset?: number | undefined;
  /** Position in a list, counted from 0. */
  readonly index?: number | undefined;
  /** Line of a file, counted from 1. */
  readonly line?: number | undefined;
  /** The limit that was passed; its unit is in the documentation of the option that sets it. */
  readonly limit?: number;
  /** Subject of the certificate that is meant, as RFC 4514 writes it. */
  readonly subject?: string;
  /** Thumbprint (base64url SHA-256 of the DER) of the certificate that is meant. */
  readonly thumbprint?: string | undefined;
}

const brand = Symbol.for('oauth-mtls.error');

/**
 * The one error class of the library. `code` identifies what happened, `detail` contains the particulars, `cause`
 * is the error below it. `message` is constant text: it never contains a certificate, name, header or token.
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
export class MtlsError<Code extends MtlsErrorCode = MtlsErrorCode> extends Error {
  override readonly name = 'MtlsError';
  readonly code: Code;
  readonly detail: MtlsErrorDetail<Code>;

  constructor(code: Code, detail: MtlsErrorDetail<NoInfer<Code>> = {}, options?: ErrorOptions) {
    super(errorCodes[code].meaning, options);
    this.code = code;
    this.detail = Object.freeze({ ...detail });
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether a value is an {@link MtlsError}, of the given code if one is named: then it narrows `error.code` and
 * `error.detail.reason`. Works across several copies of this package, where `instanceof` does not.
 */
export function isMtlsError<Code extends MtlsErrorCode = MtlsErrorCode>(
  error: unknown,
  code?: Code,
): error is MtlsError<Code> {
  try {
    if (!(error instanceof Error) || (error as { [brand]?: unknown })[brand] !== true) return false;
    return code === undefined || (error as { code?: unknown }).code === code;
  } catch {
    // a proxy may throw at every look
    return false;
  }
}

/** A text as a reason of a code. Undefined for a text that is not in the table, such as a code of a newer copy. */
export function reasonOf<Code extends MtlsErrorCode>(code: Code, text = ''): MtlsErrorReason<Code> | undefined {
  return errorCodes[code].reasons.includes(text) ? (text as MtlsErrorReason<Code>) : undefined;
}
