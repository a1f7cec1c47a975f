import { MtlsError } from '../../errors.js';
import type { AuthenticatedClient } from '../../oauth/client/authenticate-client.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';

/** The evidence about a request before oidc-provider processes it. */
export interface Evidence {
  readonly presented: PresentedCertificate | undefined;
  readonly clientId?: string | undefined;
  /** Why no client is authenticated. */
  readonly error?: MtlsError;
  readonly authenticated?: AuthenticatedClient;
}

/** The evidence about a request, and a failure of `onFailure`. */
export interface Gathered extends Evidence {
  readonly reports: Promise<Error | undefined>[];
}

export const NO_MIDDLEWARE: Evidence = {
  presented: undefined,
  error: new MtlsError('ERR_CLIENT_UNKNOWN', { reason: 'no-middleware' }),
};
