import { MtlsError } from '../errors.js';
import { parseCertificate, type CertificateInput } from '../x509/certificate.js';
import { readLimits, type PathLimits } from './budget.js';
import { PURPOSE } from './certificate/certificate-extensions.js';
import { CertificateRevocationList } from './revocation/crl.js';
import { readOcspResponse } from './revocation/ocsp-response.js';
import type { GivenOcspResponse } from './revocation/ocsp-status.js';
import { PathCertificate } from './certificate/path-certificate.js';
import type { PolicyInputs } from './path/policy-graph.js';
import type { RevocationMode } from './revocation/revocation-checker.js';
import { readRevocationInput, type RevocationInput } from './revocation/revocation-source.js';

/** An OCSP response, alone or with the nonce of the request that it answers. */
export type OcspInput = RevocationInput | { readonly response: RevocationInput; readonly nonce: Uint8Array };

export interface PathVerifierOptions {
  /** Certificates of the authorities that are trusted. Their own constraints and validity are honoured. */
  readonly trustAnchors: readonly CertificateInput[];
  /** Intermediates that need not come with each certificate, and certificates of CRL issuers: not trusted. */
  readonly intermediates?: readonly CertificateInput[];
  /** Certificate revocation lists: complete, delta and indirect ones. Nothing is fetched. */
  readonly crls?: readonly RevocationInput[];
  readonly ocspResponses?: readonly OcspInput[];
  /**
   * `require`: the status of every certificate but the anchor has to be known. `if-available`: of those
   * whose issuer is that of a CRL, or that an OCSP response names. Default `if-available` where CRLs or
   * OCSP responses are given; otherwise revocation is not checked.
   */
  readonly revocation?: RevocationMode;
  /** What the path has to be good for. Default `clientAuth`. */
  readonly extendedKeyUsage?: 'clientAuth' | 'serverAuth' | 'any';
  /** Most certificates between leaf and trust anchor that are not self-issued. Default: the limit on depth. */
  readonly maxIntermediates?: number;
  /** Certificate policies to start from. Default: any policy, none required. */
  readonly policies?: PolicyInputs;
  /** Holds certificates and CRLs to what RFC 5280 asks of their issuers, too. Default false. */
  readonly strictProfile?: boolean;
  /** Bounds on the work for one certificate. */
  readonly limits?: PathLimits;
}

/** The options, checked and decoded. */
export interface VerifierSettings {
  readonly anchors: readonly PathCertificate[];
  readonly intermediates: readonly PathCertificate[];
  readonly crls: readonly CertificateRevocationList[];
  readonly ocspResponses: readonly GivenOcspResponse[];
  /** Undefined where revocation is not checked. */
  readonly revocationMode: RevocationMode | undefined;
  readonly extendedKeyUsage: 'clientAuth' | 'serverAuth' | 'any';
  /** A bit of `PURPOSE`, or 0 for any. */
  readonly purpose: number;
  readonly maxIntermediates: number;
  readonly policies: PolicyInputs;
  readonly strictProfile: boolean;
  readonly limits: Required<PathLimits>;
}

const OPTIONS: ReadonlySet<string> = new Set([
  'trustAnchors',
  'intermediates',
  'crls',
  'ocspResponses',
  'revocation',
  'extendedKeyUsage',
  'maxIntermediates',
  'policies',
  'strictProfile',
  'limits',
]);

const POLICY_FLAGS = ['requireExplicitPolicy', 'inhibitPolicyMapping', 'inhibitAnyPolicy'] as const;
const DOTTED_OID = /^[0-2](?:\.(?:0|[1-9][0-9]*))+$/;

/**
 * Checks and decodes the options of a verifier, into memory of its own.
 *
 * @throws TypeError, MtlsError
 */
export function readVerifierOptions(options: PathVerifierOptions): VerifierSettings {
  // an option that is misspelt or not known could have been meant to refuse something
  checkOptionNames(options, OPTIONS);
  const { trustAnchors, intermediates = [], crls = [], ocspResponses = [], revocation } = options;
  const { extendedKeyUsage = 'clientAuth', maxIntermediates = Infinity, strictProfile = false } = options;
  if (!Array.isArray(trustAnchors) || trustAnchors.length === 0) {
    throw new TypeError('trustAnchors must be a list of at least one certificate');
  }
  if (![intermediates, crls, ocspResponses].every(Array.isArray)) {
    throw new TypeError('intermediates, crls and ocspResponses must be lists');
  }
  if (!['clientAuth', 'serverAuth', 'any'].includes(extendedKeyUsage)) {
    throw new TypeError("extendedKeyUsage must be 'clientAuth', 'serverAuth' or 'any'");
  }
  if (revocation !== undefined && !['require', 'if-available'].includes(revocation)) {
    throw new TypeError("revocation must be 'require' or 'if-available'");
  }
  if (maxIntermediates !== Infinity && (!Number.isSafeInteger(maxIntermediates) || maxIntermediates < 0)) {
    throw new TypeError('maxIntermediates must be a whole number');
  }
  checkBoolean('strictProfile', strictProfile);
  const policies = readPolicyInputs(options.policies);
  const limits = readLimits(options.limits);
  const lists = crls.map((crl) =>
    readRevocationInput(crl, 'X509 CRL', (bytes) => new CertificateRevocationList(bytes)),
  );
  if (strictProfile && !lists.every(({ conforming }) => conforming))
    throw new MtlsError('ERR_PATH_PROFILE', { reason: 'crl-number' });
  const given = crls.length + ocspResponses.length > 0;
  return {
    anchors: trustAnchors.map((anchor: CertificateInput) => new PathCertificate(parseCertificate(anchor), true)),
    intermediates: intermediates.map((certificate) => new PathCertificate(parseCertificate(certificate))),
    crls: lists,
    ocspResponses: ocspResponses.map(readOcspInput),
    revocationMode: revocation ?? (given ? 'if-available' : undefined),
    extendedKeyUsage,
    purpose: extendedKeyUsage === 'any' ? 0 : PURPOSE[extendedKeyUsage],
    maxIntermediates,
    policies,
    strictProfile,
    limits,
  };
}

function readOcspInput(input: OcspInput): GivenOcspResponse {
  const bare = typeof input === 'string' || input instanceof Uint8Array;
  const response = bare ? input : (input as Partial<Exclude<OcspInput, RevocationInput>> | null)?.response;
  const nonce = bare ? undefined : input.nonce;
  if (!bare && !(nonce instanceof Uint8Array)) throw new TypeError('The nonce of an OCSP request must be bytes');
  return {
    response: readRevocationInput(response, 'OCSP RESPONSE', readOcspResponse),
    nonce: nonce && new Uint8Array(nonce),
  };
}

function readPolicyInputs(inputs: PolicyInputs = {}): PolicyInputs {
  checkOptionNames(inputs, new Set(['initialPolicies', ...POLICY_FLAGS]));
  const { initialPolicies } = inputs;
  for (const flag of POLICY_FLAGS) checkBoolean(flag, inputs[flag] ?? false);
  if (initialPolicies === undefined) return { ...inputs };
  if (!isListOfOids(initialPolicies))
    throw new TypeError('initialPolicies must be a list of dotted object identifiers');
  return { ...inputs, initialPolicies: [...initialPolicies] };
}

function isListOfOids(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((oid) => typeof oid === 'string' && DOTTED_OID.test(oid));
}

function checkOptionNames(options: object, known: ReadonlySet<string>): void {
  for (const name of Object.keys(options)) if (!known.has(name)) throw new TypeError(`Unknown option ${name}`);
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`);
}
