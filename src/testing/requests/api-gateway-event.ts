import type { ApiGatewayEvent } from '../../forwarded/platforms/api-gateway.js';
import { checkOptions } from '../../options.js';
import type { Certificate } from '../../x509/certificate.js';
import type { TestCertificate } from '../certificate-options.js';
import { writePem } from '../../encoding/pem.js';
import { bareCertificate } from '../../presented/presented-certificate.js';
import { requestHeaders } from './request-headers.js';

export interface ApiGatewayEventOptions {
  /** `rest`: REST APIs, and HTTP APIs with payload version 1.0. `http`: payload version 2.0. Default `rest`. */
  readonly api?: 'rest' | 'http';
  readonly certificate?: Certificate | TestCertificate;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `GET`. */
  readonly method?: string;
  /** Default `/`. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** The parts of an event that a Lambda function and an authorizer of type REQUEST read. */
export interface TestApiGatewayEvent extends ApiGatewayEvent {
  readonly type: 'REQUEST';
  readonly methodArn?: string;
  readonly routeArn?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly queryStringParameters: Readonly<Record<string, string>> | null;
  readonly rawQueryString?: string;
}

/**
 * Creates an event that API Gateway passes to a function or a REQUEST authorizer, behind a custom domain name with
 * mutual TLS. For `oauth-mtls/aws-lambda` and `apiGatewayCertificate`.
 *
 * @example
 * ```ts
 * import { apiGatewayCertificate } from 'oauth-mtls/forwarded';
 * import { apiGatewayEvent, selfSignedCertificate } from 'oauth-mtls/testing';
 * const event = apiGatewayEvent({ api: 'http', token: 'a.b.c', certificate: await selfSignedCertificate() });
 * apiGatewayCertificate(event)?.certificate.thumbprint;
 * ```
 */
export function apiGatewayEvent(options: ApiGatewayEventOptions = {}): TestApiGatewayEvent {
  checkOptions<ApiGatewayEventOptions>(options, {
    api: ['rest', 'http'],
    certificate: 'object',
    token: 'string',
    headers: 'object',
    method: 'string',
    path: 'string',
    query: 'object',
  });
  const { api = 'rest', certificate, token, method = 'GET', path = '/', query, headers: given = {} } = options;
  const headers = requestHeaders({ headers: given, token });
  const clientCert = certificate && { clientCertPem: writePem('CERTIFICATE', bareCertificate(certificate).der) };
  const place = clientCert ? { clientCert } : null;
  const arn = `arn:aws:execute-api:eu-central-1:123456789012:example/test/${method}${path}`;
  const common = { type: 'REQUEST', headers, queryStringParameters: query ?? null } as const;
  if (api === 'http') {
    const rawQueryString = new URLSearchParams(query).toString();
    return { ...common, routeArn: arn, rawQueryString, requestContext: { authentication: place } };
  }
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { ...common, methodArn: arn, multiValueHeaders, requestContext: { identity: place ?? {} } };
}
