import { isJsonObject } from '../../encoding/json-object.js';
import { readMember } from '../../encoding/read-member.js';

/** The members of JWT claims, an introspection response or a stored grant that concern its confirmation. */
export interface TokenMembers {
  readonly active: unknown;
  readonly cnf: unknown;
}

/**
 * Reads a token. What would look like a token that is not bound is refused: a confirmation without `cnf` around it,
 * `{ 'x5t#S256': … }`, and the result of a JWT library with the claims in `payload`.
 *
 * @throws TypeError for anything but a token
 */
export function readToken(token: unknown): TokenMembers {
  if (!isJsonObject(token)) throw new TypeError('A token must be an object: JWT claims or an introspection response');
  const cnf = readMember(token, 'cnf');
  const { 'x5t#S256': sha256, 'x5t#S512': sha512, payload, protectedHeader, header } = token;
  if (cnf === undefined && (sha256 !== undefined || sha512 !== undefined))
    throw new TypeError('A confirmation must be in the member cnf: { cnf: confirmation }');
  if (cnf === undefined && isJsonObject(payload) && (isJsonObject(protectedHeader) || isJsonObject(header)))
    throw new TypeError('A token must be the claims of a JWT: the member payload of a decoded JWT');
  return { active: readMember(token, 'active'), cnf };
}
