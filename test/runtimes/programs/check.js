import { verifyConfirmation } from 'oauth-mtls';
// What the library does wherever it runs: ECMAScript and Web APIs only, so that the same file runs on Node, Deno, Bun
// and workerd. `check` tells what is not as the fixtures say.
import * as core from 'oauth-mtls';
import { protectResource } from 'oauth-mtls/fetch';
import * as forwarded from 'oauth-mtls/forwarded';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { createPathVerifier } from 'oauth-mtls/pki';

import { copyBytes } from '#platform/copy';
import { sha256Base64url } from '#platform/sha256';
import { sha512Base64url } from '#platform/sha512';

import { checkBase64 } from './check-base64.js';
import { checkMlDsa, verifiesMlDsa } from './check-ml-dsa.js';
import { asyncOutcome, outcome } from './outcome.js';
import { presentedBy, reader } from './presented-by.js';

const METHOD = 'self_signed_tls_client_auth';

/** @typedef {import('../fixtures.js').Fixtures} Fixtures */
/** @typedef {(what: string, expected: unknown, actual: unknown) => void} Expect */

/**
 * @param {Fixtures} fixtures
 * @returns {Promise<{ checks: number, failures: string[], mlDsa: boolean }>} mlDsa: whether ML-DSA signatures are
 * verified
 */
export async function check(fixtures) {
  let checks = 0;
  /** @type {string[]} */
  const failures = [];
  /** @type {Expect} */
  const expect = (what, expected, actual) => {
    checks += 1;
    if (expected !== actual) failures.push(`${what}: ${String(actual)} instead of ${String(expected)}`);
  };
  const parts = {
    checkThumbprint,
    checkBase64,
    checkDigests,
    checkCertificates,
    checkNames,
    checkHeaders,
    checkPaths,
    checkClients,
    checkTokens,
    checkMlDsa,
  };
  for (const [name, part] of Object.entries(parts)) {
    try {
      await part(fixtures, expect);
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? String(error.stack) : String(error)}`);
    }
  }
  return { checks, failures, mlDsa: await verifiesMlDsa(fixtures) };
}

/**
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
function checkThumbprint({ appendixA }, expect) {
  expect(
    'RFC 8705 Appendix A',
    appendixA.thumbprint,
    core.createConfirmation(core.parseCertificate(appendixA.pem))['x5t#S256'],
  );
}

/**
 * @param {Fixtures} _fixtures
 * @param {Expect} expect
 */
async function checkDigests(_fixtures, expect) {
  for (const length of [0, 1, 2, 3, 55, 56, 64, 1000, 100_000]) {
    const bytes = new Uint8Array(length).fill(length & 255);
    const copy = copyBytes(bytes);
    for (const [name, digest] of /** @type {const} */ ([
      ['SHA-256', sha256Base64url],
      ['SHA-512', sha512Base64url],
    ])) {
      const expected = String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(name, bytes)));
      const text = btoa(expected).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      expect(`${name} of ${length} bytes`, text, digest(bytes));
    }
    bytes.fill(0);
    expect(`copy of ${length} bytes`, true, copy.every((byte) => byte === (length & 255)) && copy.length === length);
  }
}

/**
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
function checkCertificates({ certificates, hostile }, expect) {
  for (const { der, expected } of certificates)
    expect('certificate', expected, describeCertificate(core.parseCertificate(der)));
  for (const { name, parses, text, der } of hostile) {
    const input = text ?? Uint8Array.from(atob(der ?? ''), (character) => character.charCodeAt(0));
    const result = outcome(() => core.parseCertificate(input) && 'parses');
    expect(name, parses, result === 'parses');
  }
}

/** @param {import('oauth-mtls').Certificate} certificate */
export function describeCertificate({
  subject,
  issuer,
  serialNumber,
  notBefore,
  notAfter,
  subjectAltNames,
  thumbprint,
}) {
  return JSON.stringify([
    subject.toString(),
    issuer.toString(),
    serialNumber,
    notBefore,
    notAfter,
    subjectAltNames,
    thumbprint,
  ]);
}

/**
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
function checkNames({ names }, expect) {
  for (const { id, parameter, certificate, expected, result } of names) {
    const answer = outcome(() =>
      core.subjectMatches(core.parseCertificate(certificate), parameter, expected) ? 'match' : 'no-match',
    );
    expect(id, result, answer === 'ERR_METADATA_VALUE' ? 'invalid-metadata' : answer);
  }
}

/**
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
function checkHeaders({ headers }, expect) {
  for (const each of headers) expect(`headers of ${each.format}`, each.expected, readHeaders(each));
}

/**
 * @param {import('../fixtures.js').HeaderCase} headers
 * @returns {string}
 */
export function readHeaders({ format, options, rawHeaders }) {
  const read = forwarded.createCertificateReader({ format: forwarded[format](options), trust: () => true });
  return outcome(() => {
    const presented = read({ rawHeaders });
    return (
      JSON.stringify(
        presented && [
          presented.verification,
          presented.certificate.thumbprint,
          presented.intermediates.map(({ thumbprint }) => thumbprint),
        ],
      ) ?? 'none'
    );
  });
}

/**
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
async function checkPaths({ paths }, expect) {
  for (const { title, anchor, leaf, intermediates, crl, expected } of paths) {
    const verifier = createPathVerifier({ trustAnchors: [anchor], crls: crl === undefined ? [] : [crl] });
    const result = await asyncOutcome(async () => (await verifier.verify(leaf, intermediates)).certificates.length);
    expect(title, expected ?? 3, result);
  }
}

/**
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
async function checkClients({ clients }, expect) {
  for (const { title, jwk, header, other } of clients) {
    const client = core.parseClientMetadata({ token_endpoint_auth_method: METHOD, jwks: { keys: [jwk] } });
    expect(
      `${title}: own certificate`,
      METHOD,
      await asyncOutcome(async () => (await core.authenticateClient(presentedBy(header), client)).method),
    );
    expect(
      `${title}: other certificate`,
      'ERR_CLIENT_CERTIFICATE_UNKNOWN',
      await asyncOutcome(() => core.authenticateClient(presentedBy(other), client)),
    );
    expect(
      `${title}: no certificate`,
      'ERR_CLIENT_CERTIFICATE_MISSING',
      await asyncOutcome(() => core.authenticateClient(undefined, client)),
    );
  }
}

/**
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
async function checkTokens({ token: { issuer, audience, jwks, bound, bare, client, other } }, expect) {
  const keys = /** @type {import('oauth-mtls/tokens').AccessTokenOptions['keys']} */ (jwks);
  const options = { issuer, audience, keys };
  const verify = createAccessTokenVerifier(options);
  const protect = protectResource({ getCertificate: reader, verifyToken: verify });
  const handler = protect('read')((_request, accessToken) => Response.json(accessToken.claims));
  for (const [title, jwt, header, code, status] of /** @type {const} */ ([
    ['right certificate', bound, client, 'bound', 200],
    ['other certificate', bound, other, 'ERR_CNF_MISMATCH', 401],
    ['no certificate', bound, undefined, 'ERR_CNF_CERTIFICATE_MISSING', 401],
    ['token that is not bound', bare, client, 'ERR_CNF_REQUIRED', 401],
    ['changed token', bound.replace(/.....$/, 'AAAAA'), client, 'ERR_TOKEN_INVALID', 401],
  ])) {
    const verified = async () => verifyConfirmation(await verify(jwt), presentedBy(header));
    expect(title, code, await asyncOutcome(async () => ((await verified()).bound ? 'bound' : 'not bound')));
    const headers = new Headers({
      Authorization: `Bearer ${jwt}`,
      ...(header !== undefined && { 'Client-Cert': header }),
    });
    expect(`${title}: status`, status, (await handler(new Request(`${audience}/x`, { headers }))).status);
  }
}
