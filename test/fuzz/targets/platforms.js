// What platforms hand to a function instead of headers. An event is trusted, so a wrong type in it is misuse.
import { createAuthorizer } from 'oauth-mtls/aws-lambda';
import { apiGatewayCertificate, cloudflareWorkersCertificate } from 'oauth-mtls/forwarded';
import { apiGatewayEvent } from 'oauth-mtls/testing';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { AUDIENCE, ISSUER } from '../materials.js';
import { makeJson } from '../mutate.js';
import { allowMisuse, attempt, hold } from '../violation.js';

const MISUSE = /must be (?:an object|a string|of type REQUEST)$/;
const NAMES = ['requestContext', 'identity', 'authentication', 'clientCert', 'clientCertPem', 'authorization'];

/** Every text in a JSON value. @param {unknown} value @returns {string[]} */
function textsIn(value) {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** @param {unknown} value @param {Uint8Array} der */
const contains = (value, der) =>
  textsIn(value).some((text) => text.replace(/\s/g, '').includes(Buffer.from(der).toString('base64')));

/** @param {import('../materials.js').Materials} materials @returns {import('../targets.js').Target[]} */
export function createPlatformTargets({ client, intermediate, keys, token }) {
  const events = /** @type {const} */ (['rest', 'http']).flatMap((api) =>
    [client, undefined].map((certificate) => apiGatewayEvent({ api, certificate, token, query: { a: 'b' } })),
  );
  const field = (/** @type {Uint8Array} */ der) => `:${Buffer.from(der).toString('base64')}:`;
  const tlsClientAuth = {
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certRFC9440: field(client.certificate.der),
    certRFC9440TooLarge: false,
    certChainRFC9440: field(intermediate.certificate.der),
  };
  const verifyToken = createAccessTokenVerifier({ issuer: ISSUER, keys, audience: AUDIENCE });
  const options = { getCertificate: apiGatewayCertificate, verifyToken, scopes: ['read'] };
  const simple = createAuthorizer({ ...options, simpleResponses: true });
  const policy = createAuthorizer(options);
  return [
    {
      name: 'platform: API Gateway events',
      make: (random) => makeJson(random, events, NAMES),
      async run(event) {
        const found = await allowMisuse(() => apiGatewayCertificate(event), MISUSE);
        hold(found === undefined || contains(event, found.certificate.der), 'a certificate that is not in the event');
      },
    },
    {
      name: 'platform: Cloudflare Workers',
      make: (random) =>
        makeJson(random, [{ cf: { tlsClientAuth } }, { cf: { country: 'DE' } }], ['tlsClientAuth', 'certRevoked']),
      async run(request) {
        const found = await allowMisuse(() => cloudflareWorkersCertificate(request), MISUSE);
        if (found === undefined) return;
        const auth = request.cf.tlsClientAuth;
        hold(contains(auth.certRFC9440, found.certificate.der), 'a certificate that is not in the request');
        hold(
          found.verification !== 'verified' ||
            (auth.certVerified === 'SUCCESS' && auth.certPresented === '1' && auth.certRevoked === '0'),
          'verified without the word of Cloudflare',
        );
      },
    },
    {
      name: 'platform: Lambda authorizer',
      make: (random) => makeJson(random, events, [...NAMES, 'headers', 'multiValueHeaders', 'rawQueryString', 'type']),
      async run(event) {
        const allowed = await allowMisuse(async () => {
          try {
            return (await simple(event)).isAuthorized;
          } catch (error) {
            // what API Gateway turns into 401
            if (error instanceof Error && error.message === 'Unauthorized') return false;
            throw error;
          }
        }, MISUSE);
        const effect = (await attempt(() => policy(event)))?.policyDocument.Statement[0]?.Effect;
        hold((effect === 'Allow') === allowed, 'the two forms of an answer disagree');
        if (!allowed) return;
        hold(contains(event.requestContext, client.certificate.der), 'allowed without the certificate');
        const header = event.multiValueHeaders ?? event.headers;
        hold(
          textsIn(header).some((text) => text.endsWith(` ${token}`)),
          'allowed without the token',
        );
      },
    },
  ];
}
