export type { PathLimits } from './budget.js';
export { createPathVerifier } from './path-verifier.js';
export type { CertificationPath, PathVerifier, PathVerifierOptions, VerifyPathOptions } from './path-verifier.js';
