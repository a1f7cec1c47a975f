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

/** Every value of `error.code`. */
export type MtlsErrorCode = keyof typeof table;

/** Every value of `error.detail.reason` for this `error.code`. `never` for a code without reasons. */
export type MtlsErrorReason<Code extends MtlsErrorCode = MtlsErrorCode> = (typeof table)[Code]['reasons'][number];

/**
 * The table of codes: the meaning of each, its section, its OAuth error, and its reasons. `docs/errors.md` is generated
 * from it.
 */
export const errorCodes: Readonly<Record<MtlsErrorCode, ErrorEntry>> = Object.freeze(table);
for (const entry of Object.values(table)) {
  Object.freeze(entry);
  Object.freeze(entry.reasons);
}

/** Details of an error, for logs. They may contain names and values, but no key or token. */
export interface MtlsErrorDetail<Code extends MtlsErrorCode = MtlsErrorCode> {
  /** The input, or the path of the invalid member. */
  readonly field?: string | undefined;
  /** A short constant reason, more specific than the code. */
  readonly reason?: MtlsErrorReason<Code> | undefined;
  /** The registered or required value. */
  readonly expected?: string | undefined;
  /** The value that was found instead. */
  readonly found?: readonly string[] | undefined;
  /** Position in the input: bytes for DER, UTF-16 code units for text. */
  readonly offset?: number | undefined;
  /** Position in a list, counted from 0. */
  readonly index?: number | undefined;
  /** Line of a file, counted from 1. */
  readonly line?: number | undefined;
  /** The limit that was exceeded. Its unit is that of the option that sets it. */
  readonly limit?: number;
  /** Subject of the affected certificate, as an RFC 4514 string. */
  readonly subject?: string;
  /** Thumbprint (base64url SHA-256 of the DER) of the affected certificate. */
  readonly thumbprint?: string | undefined;
}

const brand = Symbol.for('oauth-mtls.error');

/**
 * The error class of the library. `code` identifies the error, `detail` contains details for logs, and `cause` is the
 * underlying error. `message` is constant text that never contains a certificate, name, header or token.
 *
 * Misuse of the API (wrong type of argument, invalid option) is a `TypeError` instead.
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
    if (!Object.hasOwn(errorCodes, code)) throw new TypeError('An MtlsError has a code of errorCodes');
    super(errorCodes[code].meaning, options);
    this.code = code;
    this.detail = Object.freeze({ ...detail });
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Returns whether a value is an {@link MtlsError}, with the given code if there is one. Narrows `error.code` and
 * `error.detail.reason`. Unlike `instanceof`, it works across several copies of this package.
 *
 * @example
 * ```ts
 * import { isMtlsError, parseCertificate, type Certificate } from 'oauth-mtls';
 * export function tryParse(pem: string): Certificate | undefined {
 *   try {
 *     return parseCertificate(pem);
 *   } catch (error) {
 *     if (isMtlsError(error)) return undefined;
 *     throw error;
 *   }
 * }
 * ```
 */
export function isMtlsError<Code extends MtlsErrorCode = MtlsErrorCode>(
  error: unknown,
  code?: Code,
): error is MtlsError<Code> {
  try {
    if (!(error instanceof Error) || (error as { [brand]?: unknown })[brand] !== true) return false;
    return code === undefined || (error as { code?: unknown }).code === code;
  } catch {
    // a Proxy may throw on every access
    return false;
  }
}

/**
 * Throws a caught value that is no {@link MtlsError}, or not one with the given code: a mistake in code, never the
 * input.
 */
export function assertMtlsError<Code extends MtlsErrorCode = MtlsErrorCode>(
  error: unknown,
  code?: Code,
): asserts error is MtlsError<Code> {
  if (!isMtlsError(error, code)) throw error;
}

/**
 * Returns a text as a reason of a code. Undefined for an unknown text, such as a code of a newer copy of the package.
 */
export function reasonOf<Code extends MtlsErrorCode>(code: Code, text = ''): MtlsErrorReason<Code> | undefined {
  return errorCodes[code].reasons.includes(text) ? (text as MtlsErrorReason<Code>) : undefined;
}
