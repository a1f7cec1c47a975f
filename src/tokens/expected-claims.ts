/**
 * The `iss` that tokens must have: a check against undefined would be none.
 *
 * @throws TypeError
 */
export function readIssuer(issuer: string): string {
  if (typeof issuer !== 'string' || issuer === '') throw new TypeError('issuer is the iss of the tokens, a text');
  return issuer;
}

/**
 * The values of which a token must have one in `aud`.
 *
 * @throws TypeError
 */
export function readAudiences(audience: string | readonly string[]): readonly string[] {
  const audiences = [audience].flat();
  if (audiences.length === 0 || !audiences.every((each) => typeof each === 'string' && each !== '')) {
    throw new TypeError('audience is the aud of the tokens, a text or several');
  }
  return audiences;
}
