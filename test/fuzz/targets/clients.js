import {
  authenticateClient,
  createGrantConfirmation,
  createTokenConfirmation,
  parseClientId,
  parseClientMetadata,
  verifyGrantConfirmation,
} from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { presented } from 'oauth-mtls/testing';
import { DNS } from '../materials.js';
import { makeJson, makeText } from '../mutate.js';
import { attempt, hold, must, Violation } from '../violation.js';
import { PARAMETERS } from './names.js';

const BOUND = 'tls_client_certificate_bound_access_tokens';
const NAMES = [...PARAMETERS, 'jwks', 'jwks_uri', 'token_endpoint_auth_method', 'spiffe_id', 'client_id', BOUND];
const PROFILES = /** @type {const} */ (['fapi', 'open-finance-brasil']);

/** @param {import('../materials.js').Materials} materials @returns {import('../targets.js').Target[]} */
export function createClientTargets({ client, other, selfSigned, rsa, root, intermediate }) {
  const subjects = [
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: DNS[0] },
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'client.example', [BOUND]: true },
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_uri: 'spiffe://example.org/pay' },
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_ip: '2001:db8::1' },
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_email: 'a@example.com' },
  ];
  const method = 'self_signed_tls_client_auth';
  const metadata = [
    ...subjects,
    { token_endpoint_auth_method: method, jwks: { keys: [selfSigned.jwk, rsa.jwk] }, [BOUND]: true },
    { token_endpoint_auth_method: method, jwks_uri: 'https://client.example.com/jwks' },
    { token_endpoint_auth_method: 'spiffe_x509', spiffe_id: 'spiffe://example.org/pay/*', client_id: 'pay' },
    { token_endpoint_auth_method: 'none', use_mtls_endpoint_aliases: true, [BOUND]: true },
    { token_endpoint_auth_method: 'private_key_jwt', dpop_bound_access_tokens: true },
  ];
  const evidence = presented(client);
  const pathVerifier = createPathVerifier({ trustAnchors: [root.pem], intermediates: [intermediate.pem] });
  const owner = presented(selfSigned);
  const thief = presented(other);
  return [
    {
      name: 'client: metadata',
      make: (random) => makeJson(random, metadata, NAMES),
      async run(document) {
        for (const profile of PROFILES) {
          const strict = await attempt(() => parseClientMetadata(document, { profile }));
          if (strict !== undefined) {
            const plain = await attempt(() => parseClientMetadata(document));
            hold(JSON.stringify(plain) === JSON.stringify(strict), 'a profile accepts what is refused without it');
          }
        }
        const parsed = parseClientMetadata(document);
        hold(Object.isFrozen(parsed), 'parsed metadata can be changed');
        const again = must(() => parseClientMetadata(JSON.parse(JSON.stringify(parsed))), 'parsed metadata is refused');
        hold(JSON.stringify(again) === JSON.stringify(parsed), 'parsed metadata does not parse to itself');
        const given = JSON.stringify(document);
        for (const value of Object.values(parsed))
          if (typeof value === 'string')
            hold(
              given.includes(JSON.stringify(value)) || value === 'client_secret_basic',
              'a member that was not registered',
            );
      },
    },
    {
      name: 'client: authentication with mutated metadata',
      make: (random) => makeJson(random, subjects, [...PARAMETERS, 'jwks']),
      async run(document) {
        // with jwks_uri a source is needed: misuse, and a TypeError
        if (Object.hasOwn(Object(document), 'jwks_uri')) return;
        const { matched, confirmation } = await authenticateClient(evidence, document, { pathVerifier });
        hold(document[matched.parameter] === matched.value, 'a client is authenticated by a member it does not have');
        hold(confirmation['x5t#S256'] === client.certificate.thumbprint, 'the confirmation of another certificate');
        const thiefPasses = await attempt(() => authenticateClient(thief, document, { pathVerifier }));
        // `CN=other` and without alternative names
        hold(thiefPasses === undefined, 'one registration authenticates two clients');
      },
    },
    {
      name: 'client: authentication with a mutated certificate',
      make: (random) => makeJson(random, [metadata[5]], ['jwks', 'x5c', 'x5t#S256', 'd', 'kty']),
      async run(document) {
        if (Object.hasOwn(Object(document), 'jwks_uri')) return;
        const { matched } = await authenticateClient(owner, document);
        hold(matched.parameter === 'jwks' && matched.value === selfSigned.certificate.thumbprint, 'another match');
        const first = document.jwks.keys.map((/** @type {any} */ jwk) => jwk.x5c?.[0]);
        hold(
          first.includes(Buffer.from(selfSigned.certificate.der).toString('base64')),
          'a certificate that is not registered is accepted',
        );
        const stranger = await attempt(() => authenticateClient(thief, document));
        hold(stranger === undefined, 'a stranger is authenticated');
      },
    },
    {
      name: 'client: bound tokens and grants',
      make: (random) => makeJson(random, metadata, [BOUND, 'token_endpoint_auth_method']),
      run(document) {
        const cnf = createTokenConfirmation(document, evidence);
        const bound = Object(document)[BOUND] === true;
        hold((cnf !== undefined) === bound, 'a token is bound without its registration, or not bound with it');
        const always = createTokenConfirmation(document, evidence, { policy: 'always' });
        hold(always?.['x5t#S256'] === client.certificate.thumbprint, 'a token is not bound although all are');
        const grant = createGrantConfirmation(document, evidence);
        if (grant === undefined) return;
        const own = must(
          () => verifyGrantConfirmation({ cnf: grant }, evidence),
          'a grant is refused with its certificate',
        );
        hold(own.bound, 'a grant is not bound to its own certificate');
        try {
          verifyGrantConfirmation({ cnf: grant }, thief);
        } catch {
          return;
        }
        throw new Violation('a grant is accepted with another certificate');
      },
    },
    {
      name: 'client: client_id',
      make: (random) => makeText(random, ['grant_type=client_credentials&client_id=payments', 'client_id=a%20b&x=y']),
      run(form) {
        const found = parseClientId(form);
        const all = new URLSearchParams(form).getAll('client_id');
        hold(all.length === 1 && all[0] === found, 'one of two client_id, or one that is not there');
        hold(parseClientId(new URLSearchParams(form)) === found, 'the two forms of a body are read differently');
      },
    },
  ];
}
