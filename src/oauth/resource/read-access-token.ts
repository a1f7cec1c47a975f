import { MtlsError } from '../../errors.js';
import type { AccessTokenScheme } from '../error-response.js';

/**
 * The parts of a request for a protected resource that are read. Each list contains the unchanged lines of a header.
 */
export interface ResourceRequest {
  readonly authorization: readonly string[];
  readonly dpop: readonly string[];
  /** Query of the request target, without `?`. The empty string if there is none. */
  readonly query: string;
}

/** The access token of a request, and its scheme. */
export interface AccessTokenCredentials {
  readonly scheme: AccessTokenScheme;
  readonly token: string;
}

/** RFC 6750 §2.1 `b64token`, RFC 9110 §11.2 `token68`. */
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/;
/** Larger than the header limit of any server (Node.js: 16 KiB in total), in characters. */
const MAX_TOKEN = 65_536;

/**
 * Reads the access token of a request: exactly one, in the Authorization header. A token in the query is refused (RFC
 * 9700 §4.3.2). A form body is not read.
 *
 * @throws MtlsError ERR_TOKEN_MISSING without a token, or with a scheme that is not accepted; ERR_TOKEN_REQUEST for a
 * malformed token, and for a second one in the header or the query
 */
export function readAccessToken(
  request: ResourceRequest,
  schemes: readonly AccessTokenScheme[],
): AccessTokenCredentials {
  const scheme = usedScheme(request, schemes);
  // RFC 6750 §3.1: another scheme is not authentication information
  if (scheme === undefined) throw new MtlsError('ERR_TOKEN_MISSING');
  const line = join(request.authorization);
  const token = line.slice(scheme.length).trimStart();
  if (token.length > MAX_TOKEN) throw new MtlsError('ERR_TOKEN_REQUEST', { reason: 'too-large', limit: MAX_TOKEN });
  // two lines joined by a comma are not a token68 either
  if (!TOKEN68.test(token)) throw new MtlsError('ERR_TOKEN_REQUEST', { reason: 'malformed' });
  // RFC 6750 §2: not more than one method
  if (request.query !== '' && new URLSearchParams(request.query).has('access_token')) {
    throw new MtlsError('ERR_TOKEN_REQUEST', { reason: 'second-token' });
  }
  return { scheme, token };
}

/** The scheme of the Authorization header, if it is accepted. */
export function usedScheme(
  { authorization }: ResourceRequest,
  schemes: readonly AccessTokenScheme[],
): AccessTokenScheme | undefined {
  // RFC 9110 §11.1: schemes are case-insensitive
  const [name] = join(authorization).split(' ', 1);
  return schemes.find((scheme) => scheme.toLowerCase() === name?.toLowerCase());
}

/**
 * Reads the DPoP proof of a request.
 *
 * @throws MtlsError ERR_TOKEN_PROOF unless there is exactly one
 */
export function readProof({ dpop }: ResourceRequest): string {
  const proof = join(dpop);
  // RFC 9449 §4.3: not more than one header; a compact JWT has no comma
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof))
    throw new MtlsError('ERR_TOKEN_PROOF', { reason: proof === '' ? 'missing' : 'malformed' });
  return proof;
}

/** Joins several lines of a header as fetch does (RFC 9110 §5.3). */
function join(lines: readonly string[]): string {
  return lines.length === 1 ? lines[0]! : lines.join(', ');
}
