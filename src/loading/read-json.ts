import { MtlsError } from '../errors.js';

/**
 * The content of a loaded JWK Set.
 *
 * @throws MtlsError ERR_JWKS_MALFORMED without a cause: the message of JSON.parse repeats the text, which may hold a key
 */
export async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new MtlsError('ERR_JWKS_MALFORMED', { reason: 'not-json' });
  }
}
