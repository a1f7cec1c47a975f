import { isMtlsError } from '../../errors.js';
import { parseClientMetadata } from '../../oauth/client/parse-client-metadata.js';
import { toErrorResponse } from '../../oauth/error-response.js';

/** A part of oidc-provider's configuration, to spread into it. */
export interface RegistrationChecks {
  readonly extraClientMetadata: {
    readonly properties: string[];
    readonly validator: (ctx: object | undefined, key: string, value: unknown, metadata: object) => void;
  };
}

/** RFC 7591 §3.2.2, with the members that oidc-provider answers from. */
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
 * Refuses, when a client registers or changes its registration, metadata with which it could never authenticate. A
 * client that is stored or configured is left alone: it is refused when it authenticates.
 *
 * @param methods the methods whose metadata is checked
 * @param unsafeAllowHttpJwksUri accepts `http:` in `jwks_uri`
 * @param checkJwksUri throws an MtlsError for a `jwks_uri` that would never be loaded
 */
export function checkRegistrations(
  methods: readonly string[],
  unsafeAllowHttpJwksUri: boolean,
  checkJwksUri: (uri: string) => unknown,
): RegistrationChecks {
  function validator(ctx: object | undefined, _key: string, method: unknown, metadata: object): void {
    // oidc-provider hands on a context for requests to its registration endpoint only
    if (ctx === undefined || !methods.includes(method as string)) return;
    try {
      const { jwks_uri: uri } = parseClientMetadata({ ...metadata }, { unsafeAllowHttpJwksUri });
      if (uri !== undefined) checkJwksUri(uri);
    } catch (error) {
      if (!isMtlsError(error)) throw error;
      // the check of the URL does not know which member it comes from
      const member = error.code === 'ERR_JWKS_URI' ? 'jwks_uri: ' : '';
      const { body } = toErrorResponse(error);
      throw new InvalidClientMetadata(`${member}${body?.error_description ?? error.message}`, error);
    }
  }
  return { extraClientMetadata: { properties: ['token_endpoint_auth_method'], validator } };
}
