export type { ExpiringMessage, ReloadMessage } from './trust-messages.js';
export type { PathLimits } from './budget.js';
export { createPathVerifier } from './path-verifier.js';
export type { CertificationPath, CertificationPathVerifier, VerifyPathOptions } from './path-verifier.js';
export { createReloadingPathVerifier } from './reloading-path-verifier.js';
export type {
  ReloadingPathVerifier,
  ReloadingPathVerifierOptions,
  ReloadingPathVerifierStatus,
} from './reloading-path-verifier.js';
export type { PolicyInputs } from './path/policy-graph.js';
export type { RevocationEvidence, RevocationMode } from './revocation/revocation-checker.js';
export type { RevocationInput } from './revocation/read-revocation-inputs.js';
export type { AdditionalCurve, OcspInput, PathVerifierOptions } from './verifier-options.js';
