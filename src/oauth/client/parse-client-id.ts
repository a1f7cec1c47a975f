import { MtlsError } from '../../errors.js';

/**
 * Returns the `client_id` of a request. It is required in every request with mutual-TLS client authentication, because
 * the client is looked up by it, never by its certificate.
 *
 * @param form parameters of the request, as `application/x-www-form-urlencoded` or from a body parser. Only own
 * properties of a parsed body are read. An array is a repeated parameter
 * @example
 * ```ts
 * import { parseClientId } from 'oauth-mtls';
 * parseClientId('grant_type=client_credentials&client_id=payments'); // payments
 * parseClientId({ grant_type: 'client_credentials', client_id: 'payments' }); // payments
 * ```
 * @throws MtlsError ERR_CLIENT_UNKNOWN if it is missing, empty or not a string, ERR_CLIENT_ID_REPEATED if it is
 * repeated
 * @throws TypeError for other input, such as a promise, bytes, a Map or FormData
 * @see RFC 8705 §2, RFC 6749 §3.2
 */
export function parseClientId(form: string | URLSearchParams | Readonly<Record<string, unknown>>): string {
  const clientId = typeof form === 'string' || form instanceof URLSearchParams ? readForm(form) : readObject(form);
  // RFC 8705 §2: the client MUST include it; RFC 6749 §3.2: a parameter without a value is omitted
  if (clientId === undefined || clientId === null || clientId === '')
    throw new MtlsError('ERR_CLIENT_UNKNOWN', { reason: 'no-client-id' });
  // RFC 6749 §3.2: parameters must not be repeated
  if (Array.isArray(clientId)) throw new MtlsError('ERR_CLIENT_ID_REPEATED');
  if (typeof clientId !== 'string') throw new MtlsError('ERR_CLIENT_UNKNOWN', { reason: 'malformed-client-id' });
  return clientId;
}

function readForm(form: string | URLSearchParams): unknown {
  const all = new URLSearchParams(form).getAll('client_id');
  return all.length > 1 ? all : all[0];
}

/** A body parser returns string keys. An object of another form would look like a body without client_id. */
function readObject(form: unknown): unknown {
  if (typeof form !== 'object' || form === null || Symbol.iterator in form || form instanceof ArrayBuffer)
    throw new TypeError('Parameters must be a string, URLSearchParams or a parsed body');
  if (typeof (form as { readonly then?: unknown }).then === 'function')
    throw new TypeError('Parameters must be a string, URLSearchParams or a parsed body, not a promise');
  return Object.hasOwn(form, 'client_id') ? (form as { readonly client_id: unknown }).client_id : undefined;
}
