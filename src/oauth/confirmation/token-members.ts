import { isJsonObject } from '../../encoding/json-object.js';

/** What a confirmation decides by, of JWT claims, an introspection response, or a stored grant. */
export interface TokenMembers {
  readonly active: unknown;
  readonly cnf: unknown;
}

/**
 * Reads a token. A confirmation that is given in its place, `{ 'x5t#S256': … }` without `cnf` around it, would look
 * like a token that is not bound.
 *
 * @throws TypeError for anything that is no token
 */
export function readToken(token: unknown): TokenMembers {
  if (!isJsonObject(token)) throw new TypeError('A token must be an object: JWT claims or an introspection response');
  const { active, cnf, 'x5t#S256': sha256, 'x5t#S512': sha512 } = token;
  if (cnf === undefined && (sha256 !== undefined || sha512 !== undefined))
    throw new TypeError('A confirmation must be in the member cnf: { cnf: confirmation }');
  return { active, cnf };
}
