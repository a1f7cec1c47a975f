import type { EncodingHabit } from '../encoding/der.js';
import { assertMtlsError, MtlsError } from '../errors.js';
import { checkOptions } from '../options.js';
import { ADDITIONAL_CURVES, type AdditionalCurve } from '../platform/signature-scheme.js';
import type { CertificateInput } from '../x509/certificate.js';
import { readConfiguredCertificates } from '../x509/parse-certificates.js';
import { readLimits, type PathLimits } from './budget.js';
import { PURPOSE } from './certificate/certificate-extensions.js';
import { CertificateRevocationList } from './revocation/crl.js';
import { readOcspResponse } from './revocation/ocsp-response.js';
import type { GivenOcspResponse } from './revocation/ocsp-status.js';
import { PathCertificate } from './certificate/path-certificate.js';
import { checkAnchors } from './path/check-anchors.js';
import type { PolicyInputs } from './path/policy-graph.js';
import type { RevocationMode } from './revocation/revocation-checker.js';
import {
  readRevocationInputs,
  readRevocationInTurns,
  type RevocationInput,
} from './revocation/read-revocation-inputs.js';

export type { AdditionalCurve };

/** An OCSP response, optionally with the nonce of its request. */
export type OcspInput = RevocationInput | { readonly response: RevocationInput; readonly nonce: Uint8Array };

export interface PathVerifierOptions {
  /**
   * Certificates of the trusted authorities. A PEM file, as text or bytes, may contain several. Their own constraints
   * and validity periods apply. One that can never be part of a valid path is an error when the verifier is created.
   */
  readonly trustAnchors: readonly CertificateInput[];
  /** Intermediates that clients need not send, and certificates of CRL issuers. Not trusted. */
  readonly intermediates?: readonly CertificateInput[] | undefined;
  /** Certificate revocation lists: complete, delta and indirect ones. None are downloaded. */
  readonly crls?: readonly RevocationInput[];
  readonly ocspResponses?: readonly OcspInput[];
  /**
   * `require`: the status of every certificate except the anchor must be known. `if-available`: only if there is a CRL
   * of its issuer, or an OCSP response for it. Default `if-available` if CRLs or OCSP responses are given. Otherwise
   * revocation is not checked.
   */
  readonly revocation?: RevocationMode | undefined;
  /** The required extended key usage. Default `clientAuth`. */
  readonly extendedKeyUsage?: 'clientAuth' | 'serverAuth' | 'any' | undefined;
  /** Maximum number of intermediates that are not self-issued. Default: the limit on depth. */
  readonly maxIntermediates?: number;
  /** Initial certificate policies. Default: any policy, none required. */
  readonly policies?: PolicyInputs;
  /**
   * Curves of ECDSA keys to accept in addition to P-256, P-384 and P-521, for certificates, CRLs and OCSP responses.
   * Default none. Node implements them, WebCrypto does not. A runtime without them refuses the keys with the reason
   * `runtime`.
   */
  readonly additionalCurves?: readonly AdditionalCurve[];
  /** Also applies the requirements of RFC 5280 on issuers to certificates and CRLs. Default false. */
  readonly strictProfile?: boolean;
  /** Limits on the work for one certificate. */
  readonly limits?: PathLimits;
}

/** The same options, which may include parsed CRLs. */
export interface ParsedVerifierOptions extends Omit<PathVerifierOptions, 'crls'> {
  readonly crls?: readonly (RevocationInput | CertificateRevocationList)[];
}

/** The checked and decoded options. */
export interface VerifierSettings {
  readonly anchors: readonly PathCertificate[];
  readonly intermediates: readonly PathCertificate[];
  readonly crls: readonly CertificateRevocationList[];
  readonly ocspResponses: readonly GivenOcspResponse[];
  /** Undefined if revocation is not checked. */
  readonly revocationMode: RevocationMode | undefined;
  readonly extendedKeyUsage: 'clientAuth' | 'serverAuth' | 'any';
  /** A bit of `PURPOSE`, or 0 for any. */
  readonly purpose: number;
  readonly maxIntermediates: number;
  readonly policies: PolicyInputs;
  readonly additionalCurves: readonly AdditionalCurve[];
  readonly strictProfile: boolean;
  readonly limits: Required<PathLimits>;
}

const DOTTED_OID = /^[0-2](?:\.(?:0|[1-9][0-9]*)){1,65536}$/;

/**
 * Checks, copies and decodes the options of a verifier.
 *
 * @throws TypeError, MtlsError
 */
export function readVerifierOptions(options: ParsedVerifierOptions): VerifierSettings {
  checkOptions<ParsedVerifierOptions>(
    options,
    {
      trustAnchors: 'array',
      intermediates: 'array',
      crls: 'array',
      ocspResponses: 'array',
      revocation: ['require', 'if-available'],
      extendedKeyUsage: ['clientAuth', 'serverAuth', 'any'],
      maxIntermediates: 'count',
      policies: 'object',
      additionalCurves: { arrayOf: ADDITIONAL_CURVES },
      strictProfile: 'boolean',
      limits: 'object',
    },
    ['trustAnchors'],
  );
  const { trustAnchors, intermediates = [], crls = [], ocspResponses = [], revocation } = options;
  const { extendedKeyUsage = 'clientAuth', maxIntermediates = Infinity, strictProfile = false } = options;
  const additionalCurves = [...(options.additionalCurves ?? [])];
  if (trustAnchors.length === 0) throw new TypeError('Option "trustAnchors" must contain at least one certificate');
  const policies = readPolicyInputs(options.policies);
  const limits = readLimits(options.limits);
  const lists = crls.flatMap((crl) =>
    crl instanceof CertificateRevocationList
      ? [crl]
      : readRevocationInputs(crl, 'X509 CRL', (bytes) => new CertificateRevocationList(bytes)),
  );
  const responses = ocspResponses.map((each) => readOcspInput(each, additionalCurves));
  if (strictProfile) {
    checkHabits([...lists, ...responses.map(({ response }) => response)]);
    if (!lists.every(({ conforming }) => conforming)) throw new MtlsError('ERR_PATH_PROFILE', { reason: 'crl-number' });
  }
  const readCertificates = (inputs: readonly CertificateInput[], anchor: boolean): PathCertificate[] =>
    inputs.flatMap(readConfiguredCertificates).map((each) => new PathCertificate(each, anchor, additionalCurves));
  const anchors = readCertificates(trustAnchors, true);
  const given = crls.length + ocspResponses.length > 0;
  const revocationMode = revocation ?? (given ? 'if-available' : undefined);
  const purpose = extendedKeyUsage === 'any' ? 0 : PURPOSE[extendedKeyUsage];
  checkAnchors(anchors, { purpose, revocation: revocationMode !== undefined, strictProfile });
  return {
    anchors,
    intermediates: readCertificates(intermediates, false),
    crls: lists,
    ocspResponses: responses,
    revocationMode,
    extendedKeyUsage,
    purpose,
    maxIntermediates,
    policies,
    additionalCurves,
    strictProfile,
    limits,
  };
}

function checkHabits(given: readonly { readonly habits: ReadonlySet<EncodingHabit> }[]): void {
  for (const { habits } of given) for (const reason of habits) throw new MtlsError('ERR_PATH_PROFILE', { reason });
}

/**
 * Parses the CRLs in options with pauses. Invalid input is left for {@link readVerifierOptions} to refuse.
 *
 * @throws MtlsError ERR_PATH_REVOCATION_MALFORMED
 */
export async function parseCrls(options: ParsedVerifierOptions): Promise<ParsedVerifierOptions> {
  const { crls } = (options as ParsedVerifierOptions | undefined) ?? {};
  if (!Array.isArray(crls)) return options;
  const parsed: CertificateRevocationList[] = [];
  for (const crl of crls as readonly (RevocationInput | CertificateRevocationList)[]) {
    if (crl instanceof CertificateRevocationList) parsed.push(crl);
    else for (const bytes of await readRevocationInTurns(crl, 'X509 CRL')) parsed.push(await readCrl(bytes));
  }
  return { ...options, crls: parsed };
}

async function readCrl(bytes: Uint8Array): Promise<CertificateRevocationList> {
  try {
    return await CertificateRevocationList.read(bytes);
  } catch (cause) {
    assertMtlsError(cause);
    throw new MtlsError('ERR_PATH_REVOCATION_MALFORMED', { field: 'X509 CRL' }, { cause });
  }
}

function readOcspInput(input: OcspInput, curves: readonly AdditionalCurve[]): GivenOcspResponse {
  if (typeof input === 'string' || input instanceof Uint8Array)
    return { response: readOcsp(input, curves), nonce: undefined };
  checkOptions<typeof input>(input, { response: 'encoded', nonce: 'bytes' }, ['response', 'nonce'], 'ocspResponses');
  return { response: readOcsp(input.response, curves), nonce: new Uint8Array(input.nonce) };
}

function readOcsp(input: RevocationInput, curves: readonly AdditionalCurve[]): GivenOcspResponse['response'] {
  const read = (bytes: Uint8Array): GivenOcspResponse['response'] => readOcspResponse(bytes, curves);
  const [response, ...others] = readRevocationInputs(input, 'OCSP RESPONSE', read);
  if (others.length > 0) throw new MtlsError('ERR_PATH_REVOCATION_MALFORMED', { field: 'OCSP RESPONSE' });
  return response!;
}

function readPolicyInputs(inputs: PolicyInputs = {}): PolicyInputs {
  checkOptions<PolicyInputs>(
    inputs,
    {
      initialPolicies: 'strings',
      requireExplicitPolicy: 'boolean',
      inhibitPolicyMapping: 'boolean',
      inhibitAnyPolicy: 'boolean',
    },
    [],
    'policies',
  );
  const { initialPolicies } = inputs;
  if (initialPolicies === undefined) return { ...inputs };
  if (!initialPolicies.every((oid) => DOTTED_OID.test(oid)))
    throw new TypeError('Option "initialPolicies" in "policies" must be an array of dotted object identifiers');
  return { ...inputs, initialPolicies: [...initialPolicies] };
}
