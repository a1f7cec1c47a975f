import { MtlsError } from '../../errors.js';
import type { AccessTokenScheme } from '../error-response.js';

/** What is read of a request for a protected resource. Each list holds the lines of a header as they came. */
export interface ResourceRequest {
  readonly authorization: readonly string[];
  readonly dpop: readonly string[];
  /** Query of the request target, without `?`; the empty string without one. */
  readonly query: string;
}

/** The one access token of a request, and the scheme it came with. */
export interface AccessTokenCredentials {
  readonly scheme: AccessTokenScheme;
  readonly token: string;
}

/** RFC 6750 §2.1 `b64token`, RFC 9110 §11.2 `token68`. */
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/;
/** More than any server takes in a header (Node: 16 KiB for all of them), in characters. */
const MAX_TOKEN = 65_536;

/**
 * Reads the access token of a request: exactly one, in the Authorization header. A token in the query is
 * never accepted (RFC 9700 §4.3.2), nor is one in a form body, which is not looked at.
 *
 * @throws MtlsError ERR_TOKEN_MISSING without a token, or with a scheme that is not accepted; ERR_TOKEN_REQUEST for
 * a malformed one, and for a second one in the header or the query
 */
export function readAccessToken(
  request: ResourceRequest,
  schemes: readonly AccessTokenScheme[],
): AccessTokenCredentials {
  const scheme = usedScheme(request, schemes);
  // RFC 6750 §3.1: another method is no authentication information
  if (scheme === undefined) throw new MtlsError('ERR_TOKEN_MISSING');
  const line = join(request.authorization);
  const token = line.slice(scheme.length).trimStart();
  if (token.length > MAX_TOKEN) throw new MtlsError('ERR_TOKEN_REQUEST', { reason: 'too-large', limit: MAX_TOKEN });
  // two lines, joined by a comma, are no token68 either
  if (!TOKEN68.test(token)) throw new MtlsError('ERR_TOKEN_REQUEST', { reason: 'malformed' });
  // RFC 6750 §2: not more than one method
  if (request.query !== '' && new URLSearchParams(request.query).has('access_token')) {
    throw new MtlsError('ERR_TOKEN_REQUEST', { reason: 'second-token' });
  }
  return { scheme, token };
}

/** The scheme of the Authorization header, where it is one of those that are accepted. */
export function usedScheme(
  { authorization }: ResourceRequest,
  schemes: readonly AccessTokenScheme[],
): AccessTokenScheme | undefined {
  // RFC 9110 §11.1: in either case
  const [name] = join(authorization).split(' ', 1);
  return schemes.find((scheme) => scheme.toLowerCase() === name?.toLowerCase());
}

/**
 * The one DPoP proof of a request.
 *
 * @throws MtlsError ERR_TOKEN_PROOF without one, or with several
 */
export function readProof({ dpop }: ResourceRequest): string {
  const proof = join(dpop);
  // RFC 9449 §4.3: not more than one header; a compact JWT has no comma
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof))
    throw new MtlsError('ERR_TOKEN_PROOF', { reason: proof === '' ? 'missing' : 'malformed' });
  return proof;
}

/** RFC 9110 §5.3: what fetch does to several lines. */
function join(lines: readonly string[]): string {
  return lines.length === 1 ? lines[0]! : lines.join(', ');
}
