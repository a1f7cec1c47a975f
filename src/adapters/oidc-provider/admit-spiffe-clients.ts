import { isMtlsError, type MtlsError } from '../../errors.js';
import { parseClientMetadata } from '../../oauth/client/parse-client-metadata.js';
import { unsupportedProvider } from './provider-version.js';

/** The members of a provider's client class that are used, as in version 9. */
interface ClientClass {
  readonly Schema: new (metadata: Metadata, ...rest: unknown[]) => Schema;
  readonly needsSecret: (metadata: Metadata) => boolean;
  readonly prototype?: object;
}

type Metadata = Readonly<Record<string, unknown>>;

interface Schema {
  [member: string]: unknown;
  invalidate(message: string): void;
}

const SPIFFE = 'spiffe_x509';
const CARRIER = 'tls_client_auth';

/**
 * Adds `spiffe_x509` clients to a provider. Because oidc-provider has a fixed list of methods, it sees
 * `tls_client_auth` when it checks the metadata of such a client and when it selects the authentication. Its functions
 * then ask for the verdict of the middleware, which uses the client's real method. The stored and returned method is
 * `spiffe_x509`.
 *
 * @throws TypeError for a provider whose client class differs from that of version 9
 */
export function admitSpiffeClients(provider: { readonly Client: object }): void {
  const Client = provider.Client as ClientClass;
  const { Schema, needsSecret, prototype } = Client;
  const original = prototype && Object.getOwnPropertyDescriptor(prototype, 'clientAuthMethod');
  // version 8 has a value of the same name, but its clients do not use it
  const isUsed = Object.getOwnPropertyDescriptor(Client, 'Schema')?.get !== undefined;
  if (!isUsed || typeof Schema !== 'function' || typeof needsSecret !== 'function' || original === undefined)
    throw unsupportedProvider('spiffe_x509', '9');

  class SpiffeSchema extends Schema {
    constructor(metadata: Metadata, ...rest: unknown[]) {
      if (metadata['token_endpoint_auth_method'] !== SPIFFE) {
        super(metadata, ...rest);
        return;
      }
      const { spiffe_id: id } = metadata;
      const problem = registrationProblem(metadata);
      const subject = problem === undefined ? id : 'spiffe://invalid/invalid';
      super({ ...metadata, token_endpoint_auth_method: CARRIER, tls_client_auth_san_uri: subject }, ...rest);
      if (problem !== undefined) this.invalidate(problem.message);
      delete this['tls_client_auth_san_uri'];
      Object.assign(this, { token_endpoint_auth_method: SPIFFE, spiffe_id: id });
    }
  }

  Object.defineProperty(Client, 'Schema', { value: SpiffeSchema, configurable: true });
  Object.defineProperty(Client, 'needsSecret', {
    value: (metadata: Metadata) => needsSecret.call(Client, toCarrier(metadata)),
    configurable: true,
  });
  Object.defineProperty(prototype, 'clientAuthMethod', {
    get(this: object): unknown {
      const registered: unknown = original.get?.call(this);
      return registered === SPIFFE ? CARRIER : registered;
    },
    configurable: true,
  });
}

function registrationProblem(metadata: Metadata): MtlsError | undefined {
  try {
    parseClientMetadata(metadata);
    return undefined;
  } catch (error) {
    if (isMtlsError(error)) return error;
    throw error;
  }
}

function toCarrier(metadata: Metadata): Metadata {
  return metadata['token_endpoint_auth_method'] === SPIFFE
    ? { ...metadata, token_endpoint_auth_method: CARRIER }
    : metadata;
}
