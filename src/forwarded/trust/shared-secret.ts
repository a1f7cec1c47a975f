import { sha256Base64url } from '#platform/sha256';
import { constantTimeEqual } from '../../encoding/constant-time-equal.js';
import { checkOptions } from '../../options.js';
import { headerValues, type ForwardedRequest } from '../request.js';
import { withRule } from './trust-rule.js';

/** 128 bits in base64url (RFC 6749 §10.10). */
const MIN_LENGTH = 22;

export interface SharedSecretOptions {
  /** Name of the header in which the proxy sends the secret. */
  readonly header: string;
  /** At least 22 visible ASCII characters. An array allows rotation. */
  readonly secret: string | readonly string[];
}

/**
 * Returns a `trust` for `createCertificateReader` that accepts requests with a secret that only the proxy knows. For
 * proxies without a fixed address. The proxy must overwrite the header, its connection must be encrypted or local, and
 * the header must be kept out of logs.
 *
 * Secrets are compared by their SHA-256 in constant time.
 *
 * @example
 * ```ts
 * import { createCertificateReader, rfc9440, withSharedSecret } from 'oauth-mtls/forwarded';
 * declare const secret: string; // at least 22 random characters
 * export const getCertificate = createCertificateReader({
 *   format: rfc9440(),
 *   trust: withSharedSecret({ header: 'x-proxy-secret', secret }),
 * });
 * ```
 * @throws TypeError for a secret that is too short or has characters that are invalid in a header
 */
export function withSharedSecret(options: SharedSecretOptions): (request: ForwardedRequest) => boolean {
  checkOptions<SharedSecretOptions>(options, { header: 'string', secret: 'oneOrMore' }, ['header', 'secret']);
  const { header, secret } = options;
  const secrets = [secret].flat();
  if (!secrets.every(isSecret)) {
    throw new TypeError(`A shared secret must have at least ${MIN_LENGTH} visible ASCII characters`);
  }
  const name = header.toLowerCase();
  const digests = secrets.map(digest);
  return withRule('shared-secret', (request: ForwardedRequest) => {
    const values = headerValues(request, name);
    if (values.length !== 1) return false;
    const presented = digest(values[0]!);
    // no early return: the time must not depend on which secret matches
    return digests.filter((expected) => constantTimeEqual(presented, expected)).length > 0;
  });
}

function isSecret(secret: string): boolean {
  return secret.length >= MIN_LENGTH && /^[!-~]+$/.test(secret);
}

function digest(secret: string): string {
  return sha256Base64url(secret);
}
