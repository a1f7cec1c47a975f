import { assertMtlsError, MtlsError } from '../../errors.js';
import { parseSpiffeId } from '../../x509/spiffe-id.js';

/** The workloads that authenticate as a `spiffe_x509` client. */
export interface RegisteredSpiffeId {
  /** As it was registered. */
  readonly value: string;
  /** A `client_id` that is a SPIFFE ID. Only this workload authenticates as the client. */
  readonly clientId: string | undefined;
  readonly matches: (spiffeId: string) => boolean;
}

/**
 * Reads the `spiffe_id` of a `spiffe_x509` client: a SPIFFE ID with a path, which is compared as a whole, or one that
 * ends in `/*`, which matches every ID below it. A `client_id` that is a SPIFFE ID must match it.
 *
 * `spiffe://example.org/*` is refused, because it would match every workload of the trust domain.
 *
 * @throws MtlsError ERR_METADATA_SPIFFE_ID
 * @see draft-ietf-oauth-spiffe-client-auth-02 §3.2, §5.1
 */
export function readRegisteredSpiffeId(value: string | undefined, clientId: string | undefined): RegisteredSpiffeId {
  if (value === undefined) throw new MtlsError('ERR_METADATA_SPIFFE_ID', { field: 'spiffe_id', reason: 'none' });
  const wildcard = value.endsWith('/*');
  checkId('spiffe_id', wildcard ? value.slice(0, -2) : value);
  // the slash is kept, so that the prefix consists of whole segments
  const prefix = value.slice(0, -1);
  const matches = wildcard
    ? (spiffeId: string) => spiffeId.startsWith(prefix) && spiffeId.length > prefix.length
    : (spiffeId: string) => spiffeId === value;
  if (clientId === undefined || !/^spiffe:/i.test(clientId)) return { value, clientId: undefined, matches };
  checkId('client_id', clientId);
  if (!matches(clientId)) throw new MtlsError('ERR_METADATA_SPIFFE_ID', { field: 'client_id', reason: 'other-id' });
  return { value, clientId, matches: (spiffeId) => spiffeId === clientId };
}

function checkId(field: string, text: string): void {
  let path: string;
  try {
    path = parseSpiffeId(text).path;
  } catch (cause) {
    assertMtlsError(cause, 'ERR_SPIFFE_ID');
    throw new MtlsError('ERR_METADATA_SPIFFE_ID', { field, reason: cause.detail.reason }, { cause });
  }
  // X509-SVID §3.1: the ID of a workload has a path
  if (path === '') throw new MtlsError('ERR_METADATA_SPIFFE_ID', { field, reason: 'no-path' });
}
