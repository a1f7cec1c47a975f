import { isJsonObject } from '../../encoding/json-object.js';

/** The members of JWT claims, an introspection response or a stored grant that concern its confirmation. */
export interface TokenMembers {
  readonly active: unknown;
  readonly cnf: unknown;
}

/**
 * Reads a token. A confirmation without `cnf` around it, `{ 'x5t#S256': … }`, is refused, because it would look like a
 * token that is not bound.
 *
 * @throws TypeError for anything but a token
 */
export function readToken(token: unknown): TokenMembers {
  if (!isJsonObject(token)) throw new TypeError('A token must be an object: JWT claims or an introspection response');
  const { active, cnf, 'x5t#S256': sha256, 'x5t#S512': sha512 } = token;
  if (cnf === undefined && (sha256 !== undefined || sha512 !== undefined))
    throw new TypeError('A confirmation must be in the member cnf: { cnf: confirmation }');
  return { active, cnf };
}
