import type { FetchImplementation, JWTVerifyGetKey } from 'jose';
import { assertMtlsError, isMtlsError, MtlsError, type MtlsErrorReason } from '../errors.js';
import { issuerKeys, type IssuerKeys } from '../jwks/issuer-keys.js';
import { hasCredentials } from '../errors/without-credentials.js';
import { checkOptions, type OptionTable } from '../options.js';
import { raceSignal, readLimited } from '../loading/guarded-fetch.js';
import { ASYMMETRIC_ALGORITHMS, verifyJwt } from './verify-jwt.js';

/** Sends an introspection request. The global `fetch` and `mutualTlsFetch` of `oauth-mtls/node` have this type. */
export type IntrospectionFetch = (
  url: string,
  request: {
    method: 'POST';
    headers: Record<string, string>;
    body: string;
    redirect: 'manual';
    signal: Parameters<FetchImplementation>[1]['signal'];
  },
) => ReturnType<FetchImplementation>;

/** JWT responses of the introspection endpoint (RFC 9701). */
export interface SignedIntrospectionOptions {
  /** Keys of the authorization server. */
  readonly keys: IssuerKeys;
  /** `iss` of the response. */
  readonly issuer: string;
  /** `aud` of the response: the identifier of this resource server at the authorization server. */
  readonly audience: string;
}

export interface IntrospectionRequestOptions {
  /** URL of the introspection endpoint. With a client certificate, the one in `mtls_endpoint_aliases`. */
  readonly endpoint: string | URL;
  /**
   * Sends the request, with the client certificate of the resource server if it authenticates by certificate. Default:
   * the global `fetch`.
   */
  readonly fetch?: IntrospectionFetch;
  /** `client_id` of the resource server, for `tls_client_auth` and `self_signed_tls_client_auth`. */
  readonly clientId?: string;
  /** Further headers, such as `Authorization` with other credentials. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests JWT responses, and refuses all others. */
  readonly signed?: SignedIntrospectionOptions;
  /** Timeout of a request, in milliseconds. Default 5000. */
  readonly timeoutDuration?: number;
  /** For tests: accepts `http:`. */
  readonly unsafeAllowHttp?: boolean;
}

/** The members of {@link IntrospectionRequestOptions}. */
export const REQUEST_OPTIONS: OptionTable<IntrospectionRequestOptions> = {
  endpoint: 'url',
  fetch: 'function',
  clientId: 'string',
  headers: 'object',
  signed: 'object',
  timeoutDuration: 'positive',
  unsafeAllowHttp: 'boolean',
};

/** Largest response, in bytes. */
const MAX_BYTES = 65_536;
/** RFC 9701 §5. */
const JWT_TYPE = 'token-introspection+jwt';

/**
 * Creates a function that sends a token to the introspection endpoint and resolves to the response as JSON text. A
 * signed response is verified. The content is not interpreted.
 *
 * @throws TypeError for an invalid option
 * @throws MtlsError ERR_TOKEN_UNAVAILABLE from the returned function
 */
export function createIntrospectionRequest(
  options: IntrospectionRequestOptions,
): (token: string, now: Date) => Promise<string> {
  const { clientId, signed, timeoutDuration = 5000 } = options;
  if (signed !== undefined) {
    checkOptions<SignedIntrospectionOptions>(
      signed,
      { keys: 'any', issuer: 'string', audience: 'string' },
      // jose skips the check of a claim against undefined
      ['keys', 'issuer', 'audience'],
      'signed',
    );
  }
  const url = readEndpoint(options);
  const issuer = signed && { ...signed, keys: issuerKeys(signed.keys, {}).find };
  return async (token, now) => {
    // RFC 7662 §2.1
    const form = new URLSearchParams({
      token,
      token_type_hint: 'access_token',
      ...(clientId !== undefined && { client_id: clientId }),
    });
    const signal = AbortSignal.timeout(timeoutDuration);
    let answer;
    try {
      answer = await raceSignal(signal, send(url, form.toString(), signal, options));
    } catch (cause) {
      throw isMtlsError(cause, 'ERR_TOKEN_UNAVAILABLE') ? cause : unavailable('request', {}, cause);
    }
    if (issuer === undefined) return answer.text;
    // the option requires a proof that can be stored
    if (answer.type !== `application/${JWT_TYPE}`) throw unavailable('unsigned');
    return readSigned(answer.text, issuer, now);
  };
}

async function send(
  url: string,
  body: string,
  signal: AbortSignal,
  { fetch = globalThis.fetch, headers, signed }: IntrospectionRequestOptions,
): Promise<{ type: string | undefined; text: string }> {
  const accept = signed === undefined ? 'application/json' : `application/${JWT_TYPE}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, Accept: accept, 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
    // the token must not be sent to another server
    redirect: 'manual',
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw unavailable('status', { found: [String(response.status)] });
  }
  const type = response.headers.get('content-type')?.split(';', 1)[0]!.trim().toLowerCase();
  return { type, text: await (await readLimited(response, MAX_BYTES)).text() };
}

/** RFC 9701 §5: `iss`, `aud`, `iat` and `token_introspection`, signed by the authorization server. */
async function readSigned(
  jwt: string,
  { keys, issuer, audience }: SignedIntrospectionOptions & { readonly keys: JWTVerifyGetKey },
  now: Date,
): Promise<string> {
  try {
    const { claims } = await verifyJwt(jwt, keys, {
      issuer,
      audience,
      typ: JWT_TYPE,
      algorithms: [...ASYMMETRIC_ALGORITHMS],
      requiredClaims: ['iat'],
      currentDate: now,
    });
    return JSON.stringify(claims['token_introspection'] ?? null);
  } catch (cause) {
    // nested too deeply for JSON.stringify
    if (cause instanceof RangeError) throw unavailable('malformed', {}, cause);
    // a fault of the response is not a fault of the token
    assertMtlsError(cause);
    throw unavailable('signature', {}, cause);
  }
}

function readEndpoint({ endpoint, unsafeAllowHttp }: IntrospectionRequestOptions): string {
  const url = URL.canParse(String(endpoint)) ? new URL(endpoint) : undefined;
  // RFC 7662 §4
  const schemes = unsafeAllowHttp === true ? ['https:', 'http:'] : ['https:'];
  // fetch refuses credentials in a URL, with an error that repeats them
  if (url === undefined || !schemes.includes(url.protocol) || hasCredentials(url))
    throw new TypeError('Option "endpoint" must be an https URL without credentials');
  return url.href;
}

/** An error for a failed request or an invalid response. It is not a verdict on the token. */
export function unavailable(
  reason: MtlsErrorReason<'ERR_TOKEN_UNAVAILABLE'>,
  detail: { found?: readonly string[] } = {},
  cause?: unknown,
): MtlsError {
  return new MtlsError('ERR_TOKEN_UNAVAILABLE', { reason, ...detail }, { cause });
}
