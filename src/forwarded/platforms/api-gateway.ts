import { isJsonObject } from '../../encoding/json-object.js';
import { readMember } from '../../encoding/read-member.js';
import { MtlsError } from '../../errors.js';
import { createPresented, type PresentedCertificate } from '../../presented/presented-certificate.js';
import { decodeField, pem } from '../encoding/certificate-encoding.js';

interface ClientCertificate {
  readonly clientCert?: { readonly clientCertPem?: string | null } | null;
}

/**
 * The parts of an event that are read, of a REST API, an HTTP API in either payload version, or a REQUEST authorizer.
 */
export interface ApiGatewayEvent {
  readonly requestContext?: {
    /** REST APIs, and HTTP APIs with payload version 1.0. */
    readonly identity?: ClientCertificate | null;
    /** HTTP APIs with payload version 2.0. */
    readonly authentication?: ClientCertificate | null;
  } | null;
}

/**
 * Returns the client certificate of an AWS API Gateway event, for Lambda functions and Lambda authorizers behind a
 * custom domain name with mutual TLS. API Gateway forwards a request only if the certificate leads to its trust store
 * and has not expired, so it is `verified`. Revocation is not checked. The event is trusted: pass the one that Lambda
 * passed to the handler, never data from a client.
 *
 * Undefined without mutual TLS, as on the default `execute-api` name, which should be disabled. An authorizer of type
 * TOKEN does not receive the certificate: use REQUEST.
 *
 * @example
 * ```ts
 * import { apiGatewayCertificate, type ApiGatewayEvent } from 'oauth-mtls/forwarded';
 * export const handler = (event: ApiGatewayEvent) => apiGatewayCertificate(event)?.certificate.thumbprint;
 * ```
 * @throws MtlsError ERR_FORWARDED_MALFORMED, ERR_FORWARDED_DUPLICATE
 * @throws TypeError for anything but an event
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
 */
export function apiGatewayCertificate(event: ApiGatewayEvent): PresentedCertificate | undefined {
  if (!isJsonObject(event)) throw new TypeError('An API Gateway event must be an object');
  const context = member(event, 'requestContext');
  const found = ['identity', 'authentication']
    .map((place) => member(member(context, place), 'clientCert'))
    .map((certificate) => certificate && readMember(certificate, 'clientCertPem'))
    .filter((text) => text !== undefined && text !== null);
  // an event contains one of the two
  if (found.length > 1) throw new MtlsError('ERR_FORWARDED_DUPLICATE', { field: 'clientCertPem' });
  const [text] = found;
  if (text === undefined || text === '') return undefined;
  if (typeof text !== 'string') throw new TypeError('clientCertPem must be a string');
  return createPresented({
    certificate: decodeField(pem.one, text, 'clientCertPem'),
    intermediates: [],
    verification: 'verified',
    source: 'apiGateway',
  });
}

/** Reads a member that is an object, or absent, of an object that may be absent. */
function member(object: Readonly<Record<string, unknown>> | undefined, name: string) {
  const value = (object && readMember(object, name)) ?? undefined;
  if (value !== undefined && !isJsonObject(value)) throw new TypeError(`${name} must be an object`);
  return value;
}
