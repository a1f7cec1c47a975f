import { isJsonObject } from '../../encoding/json-object.js';
import { assertMtlsError } from '../../errors.js';
import { notify } from '../../errors/notify.js';
import { parseClientMetadata } from '../../oauth/client/parse-client-metadata.js';
import { explainClientMetadata, type ClientMetadataFinding } from '../../oauth/explain-client-metadata.js';
import { toErrorResponse } from '../../oauth/error-response.js';

/** A part of oidc-provider's configuration, to spread into it. */
export interface RegistrationChecks {
  readonly extraClientMetadata: {
    readonly properties: string[];
    readonly validator: (ctx: object | undefined, key: string, value: unknown, metadata: object) => void;
  };
}

/** RFC 7591 §3.2.2, with the members from which oidc-provider creates the response. */
class InvalidClientMetadata extends Error {
  override readonly name = 'InvalidClientMetadata';
  readonly error = 'invalid_client_metadata';
  readonly status = 400;
  readonly statusCode = 400;
  readonly expose = true;

  constructor(
    readonly error_description: string,
    cause: unknown,
  ) {
    super('invalid_client_metadata', { cause });
  }
}

/**
 * Refuses metadata with which a client could never authenticate, when the client registers or changes its registration.
 * A stored or configured client is not checked here. It is refused when it authenticates.
 *
 * @param methods the methods whose metadata is checked
 * @param unsafeAllowHttpJwksUri accepts `http:` in `jwks_uri`
 * @param checkJwksUri throws an MtlsError for a `jwks_uri` that can never be loaded
 * @param onFinding called for each member that is misspelt or from a draft
 */
export function checkRegistrations(
  methods: readonly string[],
  unsafeAllowHttpJwksUri: boolean,
  checkJwksUri: (uri: string) => unknown,
  onFinding?: (finding: ClientMetadataFinding) => unknown,
): RegistrationChecks {
  function validator(ctx: object | undefined, _key: string, method: unknown, metadata: object): void {
    // oidc-provider passes a context only for requests to its registration endpoint
    if (ctx === undefined) return;
    if (onFinding !== undefined)
      for (const finding of explainClientMetadata(sentMetadata(ctx))) notify(() => onFinding(finding));
    if (!methods.includes(method as string)) return;
    try {
      const { jwks_uri: uri } = parseClientMetadata({ ...metadata }, { unsafeAllowHttpJwksUri });
      if (uri !== undefined) checkJwksUri(uri);
    } catch (error) {
      assertMtlsError(error);
      // the check of the URL does not include the member in its error
      const member = error.code === 'ERR_JWKS_URI' ? 'jwks_uri: ' : '';
      const { body } = toErrorResponse(error);
      throw new InvalidClientMetadata(`${member}${body?.error_description ?? error.message}`, error);
    }
  }
  return { extraClientMetadata: { properties: ['token_endpoint_auth_method'], validator } };
}

/** The body of the request. `metadata` contains only the members that oidc-provider supports. */
function sentMetadata(ctx: object): object {
  const { body } = (ctx as { readonly oidc?: { readonly body?: unknown } }).oidc ?? {};
  return isJsonObject(body) ? body : {};
}
