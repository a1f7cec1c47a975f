import { assertMtlsError } from '../../errors.js';
import { suggestClientMetadata, type SuggestedMetadata } from '../../oauth/client/suggest-client-metadata.js';
import type { Certificate } from '../../x509/certificate.js';
import { certificateFacts, problemOf, type CertificateFacts, type CertificateProblem } from './certificate-facts.js';
import { inspectSvid, svidFaults, type SvidInspection } from './inspect-svid.js';
import { rowsOf, timeText, type Report, type ReportSection } from './report.js';

/** Problems that do not apply to an authority of a chain. */
const CLIENT_PROBLEMS: ReadonlySet<string> = new Set([
  'authority',
  'no-client-auth',
  'no-digital-signature',
  'no-name',
]);

/** Problems of path validation only, which do not affect `self_signed_tls_client_auth` (RFC 8705 §2.2). */
const PATH_PROBLEMS: ReadonlySet<string> = new Set(['authority', 'unknown-critical-extension', 'unsupported-key']);

/** The report of `inspect` on one certificate. */
export interface Inspection extends CertificateFacts {
  readonly thumbprint: string;
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly subjectAltNames: readonly { readonly type: string; readonly value: string }[] | undefined;
  /** The SPIFFE ID, if the certificate is the X.509-SVID of a workload. */
  readonly spiffeId: string | undefined;
  /** Each is client metadata. A client registers one of them. */
  readonly register: readonly SuggestedMetadata['metadata'][];
}

/**
 * Reports the content of a certificate, what to register for it, and its problems as a client certificate. The verdict
 * is false if there are problems. Authorities after the first certificate are its chain, and are not checked as client
 * certificates.
 *
 * Does not check: the signature, the chain and revocation, which `verify` checks.
 */
export function inspectCertificates(certificates: readonly Certificate[], now: Date): Report {
  const inspections = certificates.map((certificate, index) => inspect(certificate, index > 0, now));
  const wrong = inspections.some(({ problems }) => problems.length > 0);
  return {
    verdict: !wrong,
    summary: wrong ? 'Not usable as a client certificate: see the problems.' : 'Usable as a client certificate.',
    sections: inspections.flatMap((inspection, index) =>
      sectionsOf(inspection, inspections.length === 1 ? 'Certificate' : `Certificate ${index + 1}`),
    ),
    data: { certificates: inspections },
  };
}

function inspect(certificate: Certificate, mayBeAuthority: boolean, now: Date): Inspection {
  const facts = certificateFacts(certificate, now);
  const names = readNames(certificate);
  const registrable = names.register.length > 0 || names.subject === undefined;
  const svid = isForSpiffe(names.subjectAltNames, facts) ? inspectSvid(certificate) : undefined;
  const problems: CertificateProblem[] = [
    ...facts.problems,
    ...(registrable ? [] : [problemOf('no-name')]),
    ...(svid?.fault === undefined ? [] : [{ problem: `svid-${svid.fault}`, text: svidFaults[svid.fault] } as const]),
  ];
  const inChain = mayBeAuthority && facts.authority;
  const selfSigned = names.register.some((metadata) => 'jwks' in metadata);
  const ignored = inChain ? CLIENT_PROBLEMS : selfSigned ? PATH_PROBLEMS : new Set<string>();
  return {
    thumbprint: certificate.thumbprint,
    ...names,
    spiffeId: svid?.spiffeId,
    register: inChain ? [] : svid === undefined ? names.register : registerSvid(svid),
    serialNumber: certificate.serialNumber,
    notBefore: timeText(certificate.notBefore),
    notAfter: timeText(certificate.notAfter),
    ...facts,
    problems: problems.filter(({ problem }) => !ignored.has(problem)),
  };
}

/** Other names of an SVID are not suggested, because SPIRE gives the same subject to every workload. */
function registerSvid({ spiffeId }: SvidInspection): Inspection['register'] {
  return spiffeId === undefined ? [] : [{ token_endpoint_auth_method: 'spiffe_x509', spiffe_id: spiffeId }];
}

/** Whether a certificate is intended as the X.509-SVID of a workload: it has a SPIFFE ID, or something similar. */
function isForSpiffe(names: Inspection['subjectAltNames'] = [], { authority }: CertificateFacts): boolean {
  return !authority && names.some(({ type, value }) => type === 'uri' && /^spiffe:/i.test(value));
}

/** Names are decoded on first use. They may be malformed in a certificate that parses. */
function readNames(certificate: Certificate): Pick<Inspection, 'subject' | 'issuer' | 'subjectAltNames' | 'register'> {
  try {
    return {
      subject: certificate.subject.toString(),
      issuer: certificate.issuer.toString(),
      subjectAltNames: certificate.subjectAltNames.map(({ type, value }) => ({ type, value })),
      register: suggestClientMetadata(certificate).map(({ metadata }) => metadata),
    };
  } catch (error) {
    assertMtlsError(error);
    return { subject: undefined, issuer: undefined, subjectAltNames: undefined, register: [] };
  }
}

function sectionsOf(inspection: Inspection, title: string): ReportSection[] {
  const { subjectAltNames = [], keyUsage, extendedKeyUsage, problems, register } = inspection;
  const rows = rowsOf([
    ['Thumbprint (x5t#S256)', inspection.thumbprint],
    ['Subject', inspection.subject],
    ['Issuer', inspection.selfIssued ? 'the same name (self-issued)' : inspection.issuer],
    ['Serial number', inspection.serialNumber],
    ['Valid from', inspection.notBefore],
    ['Valid until', inspection.notAfter],
    ['SPIFFE ID', inspection.spiffeId],
    ['Public key', inspection.publicKey],
    ['Key usage', keyUsage?.join(', ')],
    ['Extended key usage', extendedKeyUsage?.join(', ')],
    ...subjectAltNames.map(({ type, value }) => [`Alternative name, ${type}`, value] as const),
  ]);
  return [
    { title, rows },
    {
      title: inspection.spiffeId === undefined ? 'Register one of' : 'Register for spiffe_x509',
      rows: register.flatMap(registrationRows),
    },
    { title: 'Problems', rows: problems.map(({ problem, text }) => [problem, text] as const) },
  ].filter((section) => section.rows.length > 0);
}

function registrationRows(metadata: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  const { token_endpoint_auth_method: method, ...rest } = metadata;
  return Object.entries(rest).map(([parameter, value]) =>
    typeof value === 'string'
      ? ([parameter, value] as const)
      : ([parameter, `for ${String(method)}: run "oauth-mtls jwks"`] as const),
  );
}
