import { MtlsError } from '../errors.js';

/**
 * Reads the content of a loaded JWK Set.
 *
 * @throws MtlsError ERR_JWKS_MALFORMED without a cause, because the message of JSON.parse contains the text, and that
 * may contain a key
 */
export async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new MtlsError('ERR_JWKS_MALFORMED', { reason: 'not-json' });
  }
}
