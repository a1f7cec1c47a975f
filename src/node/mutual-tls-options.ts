import { constants } from 'node:crypto';
import { isJsonObject } from '../encoding/json-object.js';
import { checkOption } from '../options.js';
import type { TlsOptions } from 'node:tls';

/** The options with those that {@link mutualTlsOptions} sets. */
export type MutualTlsOptions<Options extends TlsOptions> = Options &
  Required<Pick<TlsOptions, 'ca' | 'requestCert' | 'rejectUnauthorized' | 'minVersion' | 'secureOptions'>>;

/**
 * Returns options for `tls.createServer`, `https.createServer` or `http2.createSecureServer` that request a certificate
 * from each client, as RFC 8705 §6.1 describes for an authorization server and §6.2 for a resource server.
 *
 * - `requestCert` is true.
 * - `rejectUnauthorized` is false unless it is given. A handshake without a certificate, or with a self-signed one,
 *   must succeed so that the response can be `invalid_client` or `invalid_token`. The certificate is checked
 *   afterwards.
 * - `ca` is an empty list unless it is given, so no certificate counts as verified. Node would otherwise trust the
 *   roots of the public web.
 * - `minVersion` is TLS 1.2 unless it is given.
 * - Renegotiation (TLS 1.2) is disabled. During it, Node exposes a certificate before the client has proved possession
 *   of its key.
 *
 * To renew the certificate of a running server, call `server.setSecureContext(mutualTlsOptions({ key, cert, ca }))`
 * with all options, because Node resets those that are omitted. Without `ca`, Node trusts the roots of the public web,
 * and `presentedCertificate` returns `unknown`. It also returns `unknown` for names of `addContext` and `SNICallback`:
 * Node does not expose their trust anchors, and their TLS 1.3 sessions can be resumed under other names. Use a
 * `pathVerifier` on such servers. Other code that reads `socket.authorized` has no such protection.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { createServer } from 'node:https';
 * import { mutualTlsOptions } from 'oauth-mtls/node';
 * const [key, cert, ca] = ['server.key', 'server.crt', 'client-ca.crt'].map((file) => readFileSync(file, 'utf8'));
 * createServer(mutualTlsOptions({ key, cert, ca }), (_request, response) => response.end()).listen(8443);
 * ```
 * @throws TypeError for `requestCert: false`, an empty string as `ca` (Node treats it as absent), a `secureContext`
 * (its trust anchors would replace `ca`), and `pfx` (its authorities would be trusted in addition to `ca`)
 * @see RFC 8705 §6.1, §6.2, §7.3
 */
export function mutualTlsOptions<Options extends TlsOptions>(options: Options): MutualTlsOptions<Options> {
  if (!isJsonObject(options)) throw new TypeError('Options must be an object');
  checkOwnOptions(options);
  // for Node, an empty list means no roots, but undefined or an empty string mean the roots of the public web
  const ca = options.ca ?? [];
  if (options.requestCert === false) throw new TypeError('Mutual TLS requires option "requestCert"');
  if (!Array.isArray(ca) && !((ca as { length?: number }).length! > 0))
    throw new TypeError('Option "ca" must not be empty');
  if (options.secureContext !== undefined)
    throw new TypeError('Mutual TLS requires option "ca" instead of "secureContext"');
  // Node adds the authorities in it to the trust anchors
  if (options.pfx !== undefined)
    throw new TypeError('Mutual TLS requires options "key" and "cert" instead of "pfx", which can add trust anchors');
  return {
    ...options,
    ca,
    requestCert: true,
    rejectUnauthorized: options.rejectUnauthorized ?? false,
    minVersion: options.minVersion ?? 'TLSv1.2',
    secureOptions: (options.secureOptions ?? 0) | constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** Checks the options that this library reads. The others are passed to Node. */
function checkOwnOptions({ requestCert, rejectUnauthorized, minVersion, secureOptions }: TlsOptions): void {
  if (requestCert !== undefined) checkOption('requestCert', requestCert, 'boolean');
  if (rejectUnauthorized !== undefined) checkOption('rejectUnauthorized', rejectUnauthorized, 'boolean');
  if (minVersion !== undefined) checkOption('minVersion', minVersion, ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
  if (secureOptions !== undefined) checkOption('secureOptions', secureOptions, 'count');
}
