import {
  authenticateClient,
  explainClientMetadata,
  explainRegistration,
  explainVerification,
  parseClientMetadata,
} from 'oauth-mtls';
import { createJwksSources } from 'oauth-mtls/jwks';
import { presented } from 'oauth-mtls/testing';
import { makeJson, makeText } from '../mutate.js';
import { attempt, hold } from '../violation.js';

const JWK_NAMES = ['keys', 'x5c', 'x5t#S256', 'd', 'k', 'kty', 'crv', 'x', 'y', 'n', 'e', 'use', 'kid'];
const URI = 'https://client.example.com/jwks';

/** @param {import('../materials.js').Materials} materials @returns {import('../targets.js').Target[]} */
export function createRegistrationTargets({ selfSigned, rsa, client, certificates }) {
  const method = 'self_signed_tls_client_auth';
  const chain = { ...client.jwk, x5c: [...client.jwk.x5c, ...selfSigned.jwk.x5c] };
  const { x5c: _, ...bare } = selfSigned.jwk;
  const sets = [
    { keys: [selfSigned.jwk, rsa.jwk] },
    { keys: [chain, bare] },
    { keys: [{ ...selfSigned.jwk, 'x5t#S256': selfSigned.certificate.thumbprint, kid: 'a', use: 'sig' }] },
  ];
  const registrations = sets.map((jwks) => ({ token_endpoint_auth_method: method, jwks }));
  const documents = [
    ...registrations,
    {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=a',
      tls_client_auth_issuer_dn: 'CN=b',
    },
    { token_endpoint_auth_method: 'pub_key_tls_client_auth', tls_client_auth_san_dn: 'CN=a', jwks_uris: URI },
  ];
  const evidence = certificates.slice(0, 4).map((each) => presented(each));
  return [
    {
      name: 'registration: explain agrees with the decision',
      make: (random) => [
        random.below(evidence.length),
        makeJson(random, registrations, [...JWK_NAMES, 'jwks', 'jwks_uri']),
      ],
      async run(/** @type {[number, any]} */ [index, document]) {
        const shown = evidence[index];
        // misuse: neither metadata nor a source
        if (shown === undefined || Object(document) !== document || Array.isArray(document)) return;
        const report = explainRegistration(shown, document);
        const refused = (await attempt(() => parseClientMetadata(document))) === undefined;
        hold(!refused || !report.matches, 'a certificate matches metadata that is refused');
        hold((report.hint === '') === report.matches, 'a hint for a match, or none for a mismatch');
        if (Object.hasOwn(document, 'jwks_uri')) return;
        const authenticated = await attempt(() => authenticateClient(shown, document));
        // whatever is registered for tls_client_auth, without anchors it authenticates no one
        hold(report.matches === (authenticated !== undefined), 'explainRegistration and authenticateClient disagree');
        parseClientMetadata(document);
      },
    },
    {
      name: 'registration: likely mistakes are found in anything',
      make: (random) =>
        makeJson(random, documents, [...JWK_NAMES, 'tls_client_auth_san_dsn', 'TLS_CLIENT_AUTH_SAN_IP']),
      run(document) {
        const findings = explainClientMetadata(document);
        hold(
          JSON.stringify(findings) === JSON.stringify(explainClientMetadata(document)),
          'two answers to one document',
        );
        hold(
          findings.every(({ cause, hint }) => cause.length > 0 && hint.length > 0),
          'a finding without a sentence',
        );
        hold(
          findings.every(({ member }) => member === '' || Object.hasOwn(Object(document), member)),
          'a finding about a member that is not there',
        );
        for (const { suggestion, member } of findings)
          hold(suggestion !== member, 'a member is suggested in its own place');
      },
    },
    {
      name: 'registration: a set loaded from jwks_uri',
      make: (random) =>
        makeText(
          random,
          sets.map((set) => JSON.stringify(set)),
        ),
      async run(body) {
        const sources = createJwksSources({ fetch: () => Promise.resolve(new Response(body)) });
        const source = sources(URI);
        const metadata = parseClientMetadata({ token_endpoint_auth_method: method, jwks_uri: URI });
        const accepted = [];
        for (const shown of evidence) {
          const found = await attempt(() => authenticateClient(shown, metadata, { jwksSource: source }));
          hold(
            explainRegistration(shown, metadata, { jwksSource: source }).matches === (found !== undefined),
            'explainRegistration and authenticateClient disagree',
          );
          if (found !== undefined) accepted.push(Buffer.from(found.certificate.der).toString('base64'));
        }
        const first = accepted.length === 0 ? [] : JSON.parse(body).keys.map((/** @type {any} */ jwk) => jwk?.x5c?.[0]);
        hold(
          accepted.every((each) => first.includes(each)),
          'a certificate is accepted that is not the first of an x5c',
        );
        // an error of the library, or nothing
        await source.find('x'.repeat(43));
      },
    },
    {
      name: 'registration: reasons of TLS layers',
      make: (random) =>
        makeText(random, [
          'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
          '20',
          'self signed certificate',
          'CERT_HAS_EXPIRED',
          'FAILED:x',
        ]),
      run(reason) {
        if (reason === '') return;
        const shown = presented(client, { verification: 'unverified', reason });
        const report = explainVerification(shown);
        hold(report.cause !== undefined && report.hint.length > 0, 'no cause for a chain that is not verified');
      },
    },
  ];
}
