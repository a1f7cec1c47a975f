import { createResourceGuard } from 'oauth-mtls';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { presented } from 'oauth-mtls/testing';
import { createAccessTokenVerifier, createIntrospector } from 'oauth-mtls/tokens';
import { AUDIENCE, ISSUER } from '../materials.js';
import { makeJson, makeLines, makeText } from '../mutate.js';
import { flipBit } from '../mutate-der.js';
import { allowMisuse, hold, Violation } from '../violation.js';

/** @typedef {import('../random.js').Random} Random */

/** A compact JWS with one bit of header, payload or signature flipped. @param {Random} random @param {string} jwt */
function flipJwt(random, jwt) {
  const parts = jwt.split('.').map((part) => new Uint8Array(Buffer.from(part, 'base64url')));
  const at = random.below(3);
  parts[at] = new Uint8Array(flipBit(random, parts[at] ?? new Uint8Array(0)));
  return parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
}

/** What jose reads of a coordinate: other characters are ignored. @param {unknown} text */
const octets = (text) => Buffer.from(String(text), 'base64url').toString('hex');

/** @param {import('../materials.js').Materials} materials @returns {Promise<import('../targets.js').Target[]>} */
export async function createTokenTargets({ client, keys, claims, token, privateKey }) {
  const options = { issuer: ISSUER, audience: AUDIENCE };
  const verifyToken = createAccessTokenVerifier({ ...options, keys });
  const signed = { ...claims, iss: ISSUER, aud: AUDIENCE, exp: 4_000_000_000 };
  const attacker = await generateKeyPair('ES256');
  const jwk = await exportJWK(attacker.publicKey);
  const forged = await Promise.all(
    [{ kid: 'as' }, { jwk }, { kid: 'as', jku: 'https://attacker.example/jwks', jwk }].map((header) =>
      new SignJWT(signed).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header }).sign(attacker.privateKey),
    ),
  );
  const response = { active: true, ...signed };
  const jwtResponse = await new SignJWT({ iss: ISSUER, aud: 'api', iat: 1, token_introspection: response })
    .setProtectedHeader({ alg: 'ES256', typ: 'token-introspection+jwt', kid: 'as' })
    .sign(privateKey);
  let body = '';
  const answer = (/** @type {string} */ type) => () =>
    Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  const endpoint = 'https://as.example/introspect';
  const introspect = createIntrospector({ ...options, endpoint, cache: false, fetch: answer('application/json') });
  const introspectSigned = createIntrospector({
    endpoint,
    cache: false,
    signed: { keys, issuer: ISSUER, audience: 'api' },
    fetch: answer('application/token-introspection+jwt'),
  });
  const guard = createResourceGuard({ getCertificate: () => presented(client), verifyToken })(['read']);
  body = jwtResponse;
  await introspectSigned('x');
  return [
    {
      name: 'tokens: JWT',
      make: (random) => makeText(random, [token, ...forged]),
      async run(jwt) {
        await verifyToken(jwt);
        hold(jwt === token, 'a token is accepted that was not issued');
      },
    },
    {
      name: 'tokens: a flipped bit',
      make: (random) => flipJwt(random, token),
      async run(jwt) {
        await verifyToken(jwt);
        throw new Violation('a token with a flipped bit is accepted');
      },
    },
    {
      name: 'tokens: mutated keys of the issuer',
      make: (random) =>
        makeJson(
          random,
          [keys, { keys: [...keys.keys, { kty: 'oct', k: 'c2VjcmV0' }] }],
          ['kid', 'alg', 'use', 'key_ops', 'd'],
        ),
      async run(set) {
        const verify = await allowMisuse(
          // a string is the URL of the keys, and null and undefined are missing
          () =>
            createAccessTokenVerifier({ ...options, keys: typeof set === 'string' ? { keys: [] } : set, cache: false }),
          /^Option "keys" (?:must be a JWK Set|is required)/,
        );
        const [own] = keys.keys;
        for (const [jwt, genuine] of [...forged.map((each) => [each, false]), [token, true]]) {
          try {
            await verify(String(jwt));
          } catch (error) {
            if (genuine) throw error;
            continue;
          }
          hold(Boolean(genuine), 'a token of another issuer is accepted');
          hold(
            set.keys.some(
              (/** @type {any} */ each) => octets(each?.x) === octets(own?.x) && octets(each.y) === octets(own?.y),
            ),
            'a token is accepted without its key',
          );
        }
      },
    },
    {
      name: 'tokens: introspection response',
      make: (random) =>
        random.chance(0.7)
          ? JSON.stringify(makeJson(random, [response, { active: false }], ['active', 'exp', 'nbf', 'iss', 'aud']))
          : makeText(random, [JSON.stringify(response)]),
      async run(text) {
        body = text;
        const found = await introspect('token');
        const { active, iss, aud, exp } = JSON.parse(text);
        hold(active === true && found['active'], 'a token is active that is not');
        hold(iss === ISSUER && [aud].flat().includes(AUDIENCE), 'a token of another issuer or for another resource');
        hold(exp === undefined || exp > Date.now() / 1000, 'a token that has expired');
      },
    },
    {
      name: 'tokens: a flipped bit of a signed introspection response',
      make: (random) => flipJwt(random, jwtResponse),
      async run(jwt) {
        body = jwt;
        await introspectSigned('token');
        throw new Violation('a response with a flipped bit is accepted');
      },
    },
    {
      name: 'tokens: Authorization header',
      make: (random) => {
        const rawHeaders = ['host', 'api.example', 'authorization', `Bearer ${token}`];
        const [, host = '', , value = ''] = makeLines(random, rawHeaders);
        const second = random.chance(0.2) ? ['Authorization', makeText(random, [value])] : [];
        return {
          rawHeaders: ['host', host, 'authorization', value, ...second],
          url: makeText(random, ['/a?b=c', '/?access_token=x']),
        };
      },
      async run(request) {
        const { claims: found } = await guard.authorize(request);
        const { rawHeaders, url } = /** @type {{ rawHeaders: string[], url: string }} */ (request);
        const lines = rawHeaders.filter(
          (_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'authorization',
        );
        hold(found['sub'] === claims.sub, 'other claims');
        hold(
          lines.length === 1 && /^bearer +\S+$/i.test(String(lines[0])) && lines[0]?.endsWith(token) === true,
          'a request without one token is authorized',
        );
        hold(
          !/(?:^|&)access_token=/.test(url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''),
          'a second token in the query is ignored',
        );
      },
    },
  ];
}
