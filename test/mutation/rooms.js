/**
 * For each folder of src/ the tests that have to notice a change to it. A fault that only a test of another subject
 * would notice counts as unnoticed.
 */
export const MUTATION_ROOMS = {
  encoding: ['test/encoding/**/*.test.ts', 'test/x509/**/*.test.ts'],
  x509: [
    'test/x509/*.test.ts',
    'test/x509/name/distinguished-name.test.ts',
    'test/oauth/subject/{subject-matches,explain-subject}.test.ts',
    // the public faces of functions in this folder
    'test/oauth/client/certificate-jwk.test.ts',
    'test/spiffe/spiffe-id.test.ts',
    'test/vectors/**/*.test.ts',
  ],
  presented: ['test/{presented,node,forwarded}/**/*.test.ts'],
  pki: ['test/pki/**/*.test.ts'],
  oauth: ['test/oauth/**/*.test.ts', 'test/vectors/**/*.test.ts'],
  forwarded: ['test/forwarded/**/*.test.ts'],
  tokens: ['test/tokens/**/*.test.ts'],
  jwks: [
    'test/jwks/**/*.test.ts',
    'test/oauth/client/**/*.test.ts',
    // the keys of issuers are those of tokens
    'test/tokens/access-token-verifier.test.ts',
  ],
};

/** @returns {keyof typeof MUTATION_ROOMS} */
export function requireRoom() {
  const room = process.env.MUTATION_ROOM ?? '';
  if (!isRoom(room)) throw new TypeError(`MUTATION_ROOM must be one of ${Object.keys(MUTATION_ROOMS).join(', ')}`);
  return room;
}

/** @param {string} name @returns {name is keyof typeof MUTATION_ROOMS} */
function isRoom(name) {
  return Object.hasOwn(MUTATION_ROOMS, name);
}
