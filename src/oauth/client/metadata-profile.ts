import { MtlsError } from '../../errors.js';
import { attributeTypeNamed } from '../../x509/name/attribute-types.js';
import { parseRdns } from '../../x509/name/rfc4514.js';
import type { RegisteredSubject } from '../subject/subject-matches.js';

export const metadataProfiles = Object.freeze(['open-finance-brasil', 'fapi'] as const);

/** Ecosystems with additional rules for client metadata. */
export type MetadataProfile = (typeof metadataProfiles)[number];

/** Metadata that is valid according to RFC 8705. */
interface CheckedMetadata {
  readonly members: ReadonlyMap<string, unknown>;
  readonly method: string;
  readonly subject: RegisteredSubject | undefined;
  readonly boundTokens: boolean | undefined;
}

/**
 * Checks the requirements that a profile adds to RFC 8705.
 *
 * @throws MtlsError ERR_METADATA_PROFILE
 */
export function checkProfile(profile: MetadataProfile, metadata: CheckedMetadata): void {
  if (profile === 'fapi') checkFapi(metadata);
  else checkOpenFinanceBrasil(metadata);
}

function checkFapi({ members, method, boundTokens }: CheckedMetadata): void {
  // FAPI 1.0 Advanced §5.2.2(14), FAPI 2.0 Security Profile §5.3.2.1
  if (!['tls_client_auth', 'self_signed_tls_client_auth', 'private_key_jwt'].includes(method)) {
    throw new MtlsError('ERR_METADATA_PROFILE', {
      field: 'token_endpoint_auth_method',
      reason: 'method',
      found: [method],
    });
  }
  // FAPI 1.0 Advanced §5.2.2(5), (6), FAPI 2.0 Security Profile §5.3.2.1: only sender-constrained access tokens
  if (boundTokens !== true && members.get('dpop_bound_access_tokens') !== true) {
    throw new MtlsError('ERR_METADATA_PROFILE', {
      field: 'tls_client_certificate_bound_access_tokens',
      reason: 'unbound-tokens',
    });
  }
}

/** Open Finance Brasil, Financial-grade API Dynamic Client Registration 1.0, Implementers Draft 3, §7.1 and §7.1.2. */
function checkOpenFinanceBrasil({ members, subject }: CheckedMetadata): void {
  // §7.1(4)
  if (members.has('jwks')) throw new MtlsError('ERR_METADATA_PROFILE', { field: 'jwks', reason: 'by-value' });
  if (subject === undefined) return;
  const { parameter, value } = subject;
  // §7.1(12)
  if (parameter !== 'tls_client_auth_subject_dn') {
    throw new MtlsError('ERR_METADATA_PROFILE', { field: parameter, reason: 'not-a-dn' });
  }
  for (const { name, hex } of parseRdns(value).flat()) {
    const problem = writingProblem(name, hex);
    if (problem !== undefined) {
      throw new MtlsError('ERR_METADATA_PROFILE', {
        field: parameter,
        reason: problem,
        found: [name],
        expected: value,
      });
    }
  }
}

/** §7.1.2: text for the names of RFC 4514 §3, octets for dotted types, and no other names. */
function writingProblem(name: string, hex: boolean): 'text' | 'octets' | 'name' | undefined {
  const known = attributeTypeNamed(name);
  // the name has been parsed, so it is known or dotted
  if (known === undefined) return hex ? undefined : 'text';
  if (known.shortName !== name.toUpperCase()) return 'name';
  return hex ? 'octets' : undefined;
}
