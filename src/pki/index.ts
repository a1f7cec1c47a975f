export type { PathLimits } from './budget.js';
export { createPathVerifier } from './path-verifier.js';
export type { CertificationPath, PathVerifier, VerifyPathOptions } from './path-verifier.js';
export type { PolicyInputs } from './policy-graph.js';
export type { RevocationEvidence, RevocationMode } from './revocation.js';
export type { RevocationInput } from './revocation-source.js';
export type { OcspInput, PathVerifierOptions } from './verifier-options.js';
