import type { ApiGatewayEvent } from '../forwarded/platforms/api-gateway.js';
import { isJsonObject } from '../encoding/json-object.js';
import { readMember } from '../encoding/read-member.js';
import { checkOptions } from '../options.js';
import type { ResourceRequest } from '../oauth/resource/read-access-token.js';
import {
  createResourceGuard,
  RESOURCE_OPTIONS,
  type ResourceOptions,
  type VerifiedAccessToken,
} from '../oauth/resource/resource-guard.js';

type Values = Readonly<Record<string, string | undefined>>;
type MultipleValues = Readonly<Record<string, readonly string[] | undefined>>;

/**
 * The parts of the event of a REQUEST authorizer that are read, of a REST API or of an HTTP API in either payload
 * version. An authorizer of type TOKEN receives neither the certificate nor the request.
 */
export interface AuthorizerEvent extends ApiGatewayEvent {
  readonly type: 'REQUEST' | 'TOKEN';
  /** REST APIs, and payload version 1.0. */
  readonly methodArn?: string;
  /** Payload version 2.0. */
  readonly routeArn?: string;
  readonly headers?: Values | null;
  readonly multiValueHeaders?: MultipleValues | null;
  readonly queryStringParameters?: Values | null;
  /** Payload version 2.0. */
  readonly rawQueryString?: string;
}

export interface AuthorizerOptions<Event extends AuthorizerEvent> extends ResourceOptions<Event> {
  /** Scopes that every request requires. */
  readonly scopes?: readonly string[];
  /** For an HTTP API whose authorizer has `EnableSimpleResponses`. Default false: an IAM policy. */
  readonly simpleResponses?: boolean;
}

/**
 * The content of `requestContext.authorizer` for the integration: the binding, and string, number and boolean claims.
 */
export type AuthorizerContext = Readonly<Record<string, string | number | boolean>>;

export interface AuthorizerPolicy {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: '2012-10-17';
    readonly Statement: {
      readonly Action: 'execute-api:Invoke';
      readonly Effect: 'Allow' | 'Deny';
      readonly Resource: string;
    }[];
  };
  readonly context: AuthorizerContext;
}

export interface SimpleAuthorizerResponse {
  readonly isAuthorized: boolean;
  readonly context: AuthorizerContext;
}

/**
 * Creates the handler of an AWS API Gateway Lambda authorizer of type REQUEST, behind a custom domain name with mutual
 * TLS.
 *
 * API Gateway supports three results. A request without an acceptable token is refused with 401 (the error
 * `Unauthorized` that API Gateway expects), and one whose token lacks a scope with 403 (a policy that denies). Any
 * other error is thrown and becomes 500. `WWW-Authenticate` must be set by a gateway response. For a 403, `context`
 * contains `error` and `error_description`.
 *
 * Set the authorizer's cache TTL to 0, or include the certificate in the identity sources. A result that is cached by
 * the token alone would accept the token with any certificate.
 *
 * @example
 * ```ts
 * import { createAuthorizer } from 'oauth-mtls/aws-lambda';
 * import { apiGatewayCertificate } from 'oauth-mtls/forwarded';
 * import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
 * const issuer = 'https://as.example';
 * const verifyToken = createAccessTokenVerifier({ issuer, keys: `${issuer}/jwks`, audience: 'https://api.example' });
 * const scopes = ['accounts:read'];
 * export const handler = createAuthorizer({ getCertificate: apiGatewayCertificate, verifyToken, scopes });
 * ```
 * @throws TypeError for invalid options
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export function createAuthorizer<Event extends AuthorizerEvent>(
  options: AuthorizerOptions<Event> & { readonly simpleResponses: true },
): (event: Event) => Promise<SimpleAuthorizerResponse>;
export function createAuthorizer<Event extends AuthorizerEvent>(
  options: AuthorizerOptions<Event> & { readonly simpleResponses?: false },
): (event: Event) => Promise<AuthorizerPolicy>;
export function createAuthorizer<Event extends AuthorizerEvent>(
  options: AuthorizerOptions<Event>,
): (event: Event) => Promise<AuthorizerPolicy | SimpleAuthorizerResponse> {
  checkOptions<AuthorizerOptions<Event>>(options, {
    ...RESOURCE_OPTIONS,
    scopes: 'strings',
    simpleResponses: 'boolean',
  });
  const { scopes, simpleResponses, ...resourceOptions } = options;
  const { authorize, toResponse } = createResourceGuard<Event>(resourceOptions, readRequest)(scopes);
  return async (event) => {
    if (!isJsonObject(event)) throw new TypeError('event must be an object');
    const resource = readMember(event, 'methodArn') ?? readMember(event, 'routeArn');
    if (readMember(event, 'type') !== 'REQUEST' || typeof resource !== 'string')
      throw new TypeError('The Lambda authorizer must be of type REQUEST');
    const answer = (allowed: boolean, principalId: string, context: AuthorizerContext) =>
      simpleResponses === true ? { isAuthorized: allowed, context } : policy(allowed, principalId, resource, context);
    let accessToken: VerifiedAccessToken;
    try {
      accessToken = await authorize(event);
    } catch (error) {
      const { status, body } = toResponse(error, event);
      if (status === 403 && body !== undefined) return answer(false, 'denied', body);
      // 503 is not a verdict on the token
      if (status >= 500) throw error;
      // API Gateway responds to this text with 401
      throw new Error('Unauthorized', { cause: error });
    }
    const { sub, client_id: clientId } = accessToken.claims;
    const principalId = typeof sub === 'string' ? sub : typeof clientId === 'string' ? clientId : 'unknown';
    return answer(true, principalId, context(accessToken));
  };
}

function policy(allowed: boolean, principalId: string, resource: string, context: AuthorizerContext): AuthorizerPolicy {
  const statement = { Action: 'execute-api:Invoke', Effect: allowed ? 'Allow' : 'Deny', Resource: resource } as const;
  return { principalId, policyDocument: { Version: '2012-10-17', Statement: [statement] }, context };
}

/** API Gateway does not accept objects. Verified values take precedence over claims of the same name. */
function context({ claims, thumbprint, jkt }: VerifiedAccessToken): AuthorizerContext {
  const all: Readonly<Record<string, unknown>> = { ...claims, principalId: undefined, thumbprint, jkt };
  const flat = Object.entries(all).filter((entry): entry is [string, string | number | boolean] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return Object.fromEntries(flat);
}

function readRequest(event: AuthorizerEvent): ResourceRequest {
  const query: unknown =
    readMember(event, 'rawQueryString') ??
    new URLSearchParams(definedValues(readMember(event, 'queryStringParameters') as Values | null)).toString();
  if (typeof query !== 'string') throw new TypeError('The query of an event must be a string');
  return { authorization: headerLines(event, 'authorization'), dpop: headerLines(event, 'dpop'), query };
}

/** REST APIs keep the case of header names. Only `multiValueHeaders` contains all lines. */
function headerLines(event: AuthorizerEvent, name: string): string[] {
  const given = readMember(event, 'multiValueHeaders') ?? readMember(event, 'headers') ?? {};
  const lines = given as MultipleValues | Values;
  const found = Object.keys(lines).flatMap((key) => (key.toLowerCase() === name ? (lines[key] ?? []) : []));
  if (!found.every((line) => typeof line === 'string')) throw new TypeError('A header of an event must be a string');
  return found;
}

function definedValues(values: Values | null | undefined): [string, string][] {
  return Object.entries(values ?? {}).flatMap(([key, value]: [string, unknown]) => {
    if (value === undefined) return [];
    if (typeof value !== 'string') throw new TypeError('A query parameter of an event must be a string');
    return [[key, value]];
  });
}
