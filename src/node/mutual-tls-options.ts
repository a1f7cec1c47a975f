import { constants } from 'node:crypto';
import { checkOption } from '../options.js';
import type { TlsOptions } from 'node:tls';

/** What {@link mutualTlsOptions} settles, on top of the options it was given. */
export type MutualTlsOptions<Options extends TlsOptions> = Options &
  Required<Pick<TlsOptions, 'ca' | 'requestCert' | 'rejectUnauthorized' | 'minVersion' | 'secureOptions'>>;

/**
 * Options for `tls.createServer`, `https.createServer` or `http2.createSecureServer` that ask each client for
 * a certificate, as RFC 8705 §6.1 describes for an authorization server and §6.2 for a resource server.
 *
 * `requestCert` is set. `rejectUnauthorized` is false unless the caller says true: a handshake with a
 * self-signed certificate, or with none, has to succeed so that the answer can be `invalid_client` or
 * `invalid_token`; what a certificate is worth is decided afterwards. Without `ca` the list of trust anchors
 * is empty, so that no certificate counts as verified: Node would otherwise trust the public web's roots.
 * `minVersion` is TLS 1.2 unless the caller says otherwise. Renegotiation (TLS 1.2) is disabled: during one,
 * Node exposes a certificate before the client has proved possession of its key.
 *
 * To renew the certificate of a server that runs, call `server.setSecureContext(mutualTlsOptions({ key, cert, ca }))`:
 * every option again, as Node forgets those that are left out. Without `ca`, Node trusts the public web's roots, and
 * `presentedCertificate` returns `unknown`. It does so too at names of `addContext` and `SNICallback`, whose trust
 * anchors Node does not expose, and whose TLS 1.3 sessions go on at other names: give such servers a `pathVerifier`.
 * Other code that reads `socket.authorized` has no such protection.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { createServer } from 'node:https';
 * import { mutualTlsOptions } from 'oauth-mtls/node';
 * const [key, cert, ca] = ['server.key', 'server.crt', 'client-ca.crt'].map((file) => readFileSync(file, 'utf8'));
 * createServer(mutualTlsOptions({ key, cert, ca }), (_request, response) => response.end()).listen(8443);
 * ```
 * @throws TypeError for `requestCert: false`, an empty text as `ca` (Node takes it for none), a ready-made
 * `secureContext` (its own trust anchors would count, not `ca`), and `pfx` (its authorities would count as well as
 * `ca`)
 * @see RFC 8705 §6.1, §6.2, §7.3
 */
export function mutualTlsOptions<Options extends TlsOptions>(options: Options): MutualTlsOptions<Options> {
  checkOwnOptions(options);
  // an empty list is not the same to Node as none: none, and an empty text, mean the public web's roots
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

/** The object stays open: Node takes the rest. */
function checkOwnOptions({ requestCert, rejectUnauthorized, minVersion, secureOptions }: TlsOptions): void {
  if (requestCert !== undefined) checkOption('requestCert', requestCert, 'boolean');
  if (rejectUnauthorized !== undefined) checkOption('rejectUnauthorized', rejectUnauthorized, 'boolean');
  if (minVersion !== undefined) checkOption('minVersion', minVersion, ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
  if (secureOptions !== undefined) checkOption('secureOptions', secureOptions, 'count');
}
