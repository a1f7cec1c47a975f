import { MtlsError } from '../../errors.js';

/**
 * The `client_id` of a request, which every request with mutual-TLS client authentication has to have: the
 * client is looked up by it, never by its certificate.
 *
 * @param parameters of the request, decoded or as `application/x-www-form-urlencoded`
 * @example
 * ```ts
 * import { parseClientId } from 'oauth-mtls';
 * parseClientId('grant_type=client_credentials&client_id=payments'); // payments
 * ```
 * @throws MtlsError ERR_CLIENT_UNKNOWN where there is none, ERR_CLIENT_ID_REPEATED where there are several
 * @throws TypeError for anything but text and URLSearchParams
 * @see RFC 8705 §2, RFC 6749 §3.2
 */
export function parseClientId(parameters: string | URLSearchParams): string {
  if (typeof parameters !== 'string' && !((parameters as unknown) instanceof URLSearchParams)) {
    throw new TypeError('Parameters are text or URLSearchParams');
  }
  const [clientId = '', ...others] = new URLSearchParams(parameters).getAll('client_id');
  // RFC 6749 §3.2: no parameter comes twice
  if (others.length > 0) throw new MtlsError('ERR_CLIENT_ID_REPEATED');
  // RFC 8705 §2: the client MUST include it; RFC 6749 §3.2: one without a value is left out
  if (clientId === '') throw new MtlsError('ERR_CLIENT_UNKNOWN', { reason: 'no-client-id' });
  return clientId;
}
