import {
  authorizationServerMetadata,
  errorCodes,
  explainServerMetadata,
  MtlsError,
  protectedResourceMetadata,
  resolveEndpoint,
  toErrorResponse,
} from 'oauth-mtls';
import { ISSUER } from '../materials.js';
import { makeJson, makeText } from '../mutate.js';
import { allowMisuse, hold } from '../violation.js';

const DOCUMENT = {
  issuer: ISSUER,
  token_endpoint: `${ISSUER}/token`,
  introspection_endpoint: `${ISSUER}/introspect`,
  token_endpoint_auth_methods_supported: ['tls_client_auth'],
  tls_client_certificate_bound_access_tokens: true,
  mtls_endpoint_aliases: { token_endpoint: 'https://mtls.as.example/token' },
};
const NAMES = [
  'mtls_endpoint_aliases',
  'introspection_endpoint',
  'token_endpoint_auth_methods_supported',
  'token_endpoint',
];
/** What this library says about a wrong argument. */
const MISUSE = /^(?:Unknown o|O)ption|^Options|^A (?:challenge|server)|^The |^Resources and issuers|must be|must have/;

/** @returns {import('../targets.js').Target[]} */
export function createMetadataTargets() {
  const codes = /** @type {import('oauth-mtls').MtlsErrorCode[]} */ (Object.keys(errorCodes));
  return [
    {
      name: 'metadata: server documents',
      make: (random) => makeJson(random, [DOCUMENT], NAMES),
      run(document) {
        const findings = explainServerMetadata(document);
        hold(
          findings.every(({ cause, hint }) => cause.length > 0 && hint.length > 0),
          'a finding without a sentence',
        );
        const url = resolveEndpoint(document, 'token_endpoint', { mutualTls: true });
        hold(url.protocol === 'https:', 'an endpoint that is not https');
        const { mtls_endpoint_aliases: aliases, token_endpoint: plain } = /** @type {any} */ (document);
        const meant = Object.hasOwn(Object(aliases), 'token_endpoint') ? aliases.token_endpoint : plain;
        hold(url.href === new URL(meant).href, 'another endpoint than the alias');
      },
    },
    {
      name: 'metadata: documents to publish',
      make: (random) => [
        makeJson(random, [DOCUMENT], NAMES),
        makeText(random, ['https://mtls.as.example', 'https://mtls.as.example:8443/x']),
        makeText(random, ['https://api.example/a', 'https://api.example']),
      ],
      async run(/** @type {[any, string, string]} */ [metadata, mtlsOrigin, resource]) {
        const published = await allowMisuse(() => protectedResourceMetadata({ resource }), MISUSE);
        const unchanged = /^https:\/\/[^/]/i.test(resource) && !/[\0-\x20\x7f\\]/.test(resource);
        hold(published.resource === resource && unchanged, 'a resource that is not https');
        const document = await allowMisuse(
          () =>
            authorizationServerMetadata({
              methods: ['tls_client_auth'],
              certificateBoundAccessTokens: true,
              metadata,
              mtlsOrigin,
            }),
          MISUSE,
        );
        for (const alias of Object.values(document.mtls_endpoint_aliases ?? {}))
          hold(new URL(alias).origin === new URL(mtlsOrigin).origin, 'an alias at another origin');
      },
    },
    {
      name: 'metadata: error responses',
      make: (random) => [
        random.pick(codes),
        makeJson(
          random,
          [
            {
              realm: 'api',
              scopes: ['read'],
              schemes: ['Bearer', 'DPoP'],
              dpopAlgorithms: ['ES256'],
              resourceMetadata: ISSUER,
            },
          ],
          ['realm', 'scope', 'scheme'],
        ),
        makeText(random, ['CN=secret', 'jwks.keys[0].x5c[0]']),
      ],
      async run(/** @type {[import('oauth-mtls').MtlsErrorCode, any, string]} */ [code, challenge, text]) {
        const error = new MtlsError(code, /** @type {any} */ ({ expected: text, found: [text], subject: text }));
        const { status, headers, body } = await allowMisuse(() => toErrorResponse(error, challenge), MISUSE);
        hold(status >= 400 && status <= 599, 'a refusal that is not an error');
        hold(
          Object.values(headers).every((value) => /^[\x20-\x7e]+$/.test(value)),
          'a header that cannot be sent',
        );
        hold(
          text.length < 8 ||
            JSON.stringify(challenge).includes(text) ||
            !JSON.stringify([headers['WWW-Authenticate'], body]).includes(text),
          'the response contains a value',
        );
      },
    },
  ];
}
