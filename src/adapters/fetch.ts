import { headerValues, type HeaderGetter } from '../forwarded/request.js';
import { isRefusal } from '../oauth/error-response.js';
import type { ResourceRequest } from '../oauth/resource/read-access-token.js';
import {
  createResourceGuard,
  type ResourceOptions,
  type VerifiedAccessToken,
} from '../oauth/resource/resource-guard.js';

/** The parts of a fetch `Request` that are read. */
export interface FetchRequest {
  readonly headers: HeaderGetter;
  /** Absolute. */
  readonly url: string;
}

/** The `Response` of the runtime. */
type FetchResponse = typeof globalThis extends { Response: { prototype: infer T } } ? T : never;

/** A handler that receives the access token. `rest` are further arguments of the runtime, such as `env` and `ctx`. */
export type ProtectedHandler<Request, Rest extends readonly unknown[]> = (
  request: Request,
  accessToken: VerifiedAccessToken,
  ...rest: Rest
) => FetchResponse | Promise<FetchResponse>;

/**
 * Wraps handlers of the form `(Request) => Response`, for Workers, Deno and every framework based on fetch. The handler
 * is called only for a request with an access token for this resource, and with the certificate that the token is bound
 * to. A refused request is answered as RFC 6750 §3 specifies. Any other error rejects.
 *
 * @example
 * ```ts
 * import { protectResource } from 'oauth-mtls/fetch';
 * import { cloudflareWorkersCertificate, type CloudflareWorkersRequest } from 'oauth-mtls/forwarded';
 * import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
 * const issuer = 'https://as.example';
 * const verifyToken = createAccessTokenVerifier({ issuer, keys: `${issuer}/jwks`, audience: 'https://api.example' });
 * const getCertificate = cloudflareWorkersCertificate;
 * const protect = protectResource<Request & CloudflareWorkersRequest>({ getCertificate, verifyToken });
 * export default {
 *   fetch: protect('accounts:read')((_request, { claims }) => Response.json({ client: claims.client_id })),
 * };
 * ```
 * @throws TypeError for invalid options
 * @see RFC 8705 §3, RFC 6750 §2, §3
 */
export function protectResource<Request extends FetchRequest>(options: ResourceOptions<Request>) {
  const guard = createResourceGuard(options, readRequest);
  return (...scopes: string[]) => {
    const { authorize, toResponse } = guard(scopes);
    return <Rest extends readonly unknown[]>(handler: ProtectedHandler<Request, Rest>) => {
      if (typeof handler !== 'function') throw new TypeError('handler must be a function');
      return async (request: Request, ...rest: Rest): Promise<FetchResponse> => {
        let accessToken: VerifiedAccessToken;
        try {
          accessToken = await authorize(request);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          const { status, headers, body } = toResponse(error, request);
          return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
        }
        return handler(request, accessToken, ...rest);
      };
    };
  };
}

function readRequest(request: FetchRequest): ResourceRequest {
  if (!URL.canParse(request.url)) throw new TypeError('A request of fetch has a url');
  const query = new URL(request.url).search.slice(1);
  return { authorization: headerValues(request, 'authorization'), dpop: headerValues(request, 'dpop'), query };
}
