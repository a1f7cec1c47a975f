import { createHash } from 'node:crypto';
import {
  authenticateClient,
  explainConfirmation,
  explainServerMetadata,
  explainSubject,
  parseCertificate,
  parseClientId,
  parseClientMetadata,
  parseDistinguishedName,
  resolveEndpoint,
  subjectMatches,
  suggestClientMetadata,
  verifyConfirmation,
} from 'oauth-mtls';
import * as forwarded from 'oauth-mtls/forwarded';
import { createPathVerifier } from 'oauth-mtls/pki';
import { presented } from 'oauth-mtls/testing';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { AUDIENCE, DNS, ISSUER } from './materials.js';
import { flipBit, mutateDer } from './mutate-der.js';
import { mutateJson, mutateText } from './mutate-text.js';
import { createRelaxedTargets } from './relaxed-rules.js';
import { hold, Violation } from './violation.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./materials.js').Materials} Materials
 *
 * One parser or decision. `make` makes an input; `run` gives it to the library, lets the library's errors pass, and
 * throws a Violation where an invariant does not hold.
 * @typedef {{ name: string, make: (random: Random) => unknown, run: (input: any) => unknown }} Target
 */

/** @param {Materials} materials @returns {Target[]} */
export function createTargets(materials) {
  const { client, certificates, hostile, crls, headers, metadata, claims, token, root, intermediate } = materials;
  const ders = [...certificates.map(({ certificate }) => Uint8Array.from(certificate.der)), ...hostile];
  const evidence = presented(client);
  /** @param {Random} random */
  const der = (random) => {
    let bytes = random.pick(ders);
    for (let rounds = 1 + random.below(3); rounds > 0; rounds--) bytes = mutateDer(random, bytes);
    return bytes;
  };
  /** @param {Random} random @param {readonly string[]} seeds */
  const text = (random, seeds) => {
    let value = random.pick(seeds);
    for (let rounds = 1 + random.below(3); rounds > 0; rounds--) value = mutateText(random, value, seeds);
    return value;
  };
  /** @param {Random} random @param {readonly unknown[]} seeds @param {readonly string[]} [names] */
  const json = (random, seeds, names) => {
    /** @type {unknown} */
    let value = random.pick(seeds);
    for (let rounds = 1 + random.below(3); rounds > 0; rounds--) value = mutateJson(random, value, names);
    return value;
  };

  const parameters = /** @type {const} */ ([
    'tls_client_auth_subject_dn',
    'tls_client_auth_san_dns',
    'tls_client_auth_san_uri',
    'tls_client_auth_san_ip',
    'tls_client_auth_san_email',
  ]);
  const registered = [
    ...DNS,
    'client.example',
    '*.example.com',
    'spiffe://example.org/pay',
    '192.0.2.1',
    '2001:db8::1',
    'a@example.com',
  ];
  const path = createPathVerifier({ trustAnchors: [root.pem], intermediates: [intermediate.pem] });
  const verifyToken = createAccessTokenVerifier({ issuer: ISSUER, keys: materials.keys, audience: AUDIENCE });
  const readers = headers.map(({ name, values }) => ({
    values,
    read: forwarded.createCertificateReader({ format: forwarded[name](), trust: () => true }),
  }));
  const pemTexts = certificates.map(({ pem }) => pem);

  return [
    {
      name: 'certificate: DER',
      make: der,
      run(bytes) {
        const parsed = parseCertificate(bytes);
        hold(Buffer.from(parsed.der).equals(bytes), 'the parsed certificate has other bytes');
        hold(parsed.thumbprint === createHash('sha256').update(bytes).digest('base64url'), 'the thumbprint is wrong');
        for (const suggestion of suggestClientMetadata(parsed)) {
          for (const parameter of parameters) {
            const value = /** @type {any} */ (suggestion)[parameter];
            if (typeof value === 'string') {
              hold(subjectMatches(parsed, parameter, value), `the suggestion for ${parameter} does not match`);
            }
          }
        }
        JSON.stringify([
          parsed.notBefore,
          parsed.notAfter,
          parsed.serialNumber,
          parsed.subject.toString(),
          parsed.issuer.toString(),
        ]);
      },
    },
    {
      name: 'certificate: text',
      make: (random) => text(random, pemTexts),
      run(pem) {
        const parsed = parseCertificate(pem);
        hold(
          parsed.thumbprint === createHash('sha256').update(parsed.der).digest('base64url'),
          'the thumbprint is wrong',
        );
      },
    },
    {
      name: 'path: a flipped bit of a signed certificate',
      make: (random) => flipBit(random, Uint8Array.from(client.certificate.der)),
      async run(bytes) {
        const { certificates: accepted } = await path.verify(bytes);
        hold(accepted.length === 0, 'a certificate with a flipped bit is accepted');
      },
    },
    {
      name: 'path: mutated intermediates',
      make: (random) => Array.from({ length: 1 + random.below(3) }, () => der(random)),
      async run(intermediates) {
        const found = await path.verify(client.pem, intermediates);
        hold(found.anchor.thumbprint === root.certificate.thumbprint, 'another anchor');
      },
    },
    {
      name: 'path: mutated leaf',
      make: der,
      async run(bytes) {
        const found = await path.verify(bytes);
        const known = certificates.some(({ certificate }) => Buffer.from(certificate.der).equals(bytes));
        hold(
          known && found.anchor.thumbprint === root.certificate.thumbprint,
          'a certificate that no authority issued is accepted',
        );
      },
    },
    {
      name: 'path: mutated CRL',
      make(random) {
        let bytes = Uint8Array.from(random.pick(crls).der);
        for (let rounds = 1 + random.below(2); rounds > 0; rounds--) bytes = Uint8Array.from(mutateDer(random, bytes));
        return bytes;
      },
      async run(crl) {
        if (crls.some((each) => Buffer.from(each.der).equals(crl))) return;
        const strict = createPathVerifier({
          trustAnchors: [root.pem],
          intermediates: [intermediate.pem],
          crls: [crl, crls[1]?.der ?? crl],
          revocation: 'require',
        });
        await strict.verify(client.pem);
        throw new Violation('a mutated CRL shows that a revoked certificate is good');
      },
    },
    {
      name: 'path: mutated OCSP response',
      make: (random) => der(random),
      run: (response) =>
        createPathVerifier({ trustAnchors: [root.pem], ocspResponses: [response], revocation: 'if-available' }),
    },
    {
      name: 'names: distinguished names',
      make: (random) => [text(random, DNS), text(random, DNS), random.pick(DNS)],
      run(/** @type {[string, string, string]} */ texts) {
        const names = texts.flatMap((each) => {
          try {
            return [parseDistinguishedName(each)];
          } catch (error) {
            if (texts.indexOf(each) === 2) throw error;
            return [];
          }
        });
        for (const a of names) {
          hold(a.equals(a), 'a name does not equal itself');
          hold(parseDistinguishedName(a.toString()).equals(a), 'a name does not equal its own text');
          for (const b of names) {
            hold(a.equals(b) === b.equals(a), 'equality is not symmetric');
            for (const c of names) hold(!(a.equals(b) && b.equals(c)) || a.equals(c), 'equality is not transitive');
          }
        }
      },
    },
    {
      name: 'names: match and explain agree',
      make: (random) => [random.pick(parameters), text(random, registered)],
      run(/** @type {[typeof parameters[number], string]} */ [parameter, value]) {
        const report = explainSubject(client.certificate, parameter, value);
        let matches = false;
        try {
          matches = subjectMatches(client.certificate, parameter, value);
        } finally {
          hold(report.matches === matches, 'explainSubject and subjectMatches disagree');
          if (report.suggestion !== undefined) {
            hold(
              subjectMatches(client.certificate, report.suggestedParameter ?? parameter, report.suggestion),
              'a suggestion does not match',
            );
          }
        }
      },
    },
    {
      name: 'forwarded: headers',
      make(random) {
        const { values, read } = random.pick(readers);
        const fields = Object.entries(values);
        const rawHeaders = fields.flatMap(([name, value]) =>
          random.chance(0.6) ? [name, mutateText(random, value, Object.values(values))] : [name, value],
        );
        if (random.chance(0.1)) rawHeaders.push(...rawHeaders.slice(0, 2));
        return { read: readers.findIndex((each) => each.read === read), rawHeaders };
      },
      run(/** @type {{ read: number, rawHeaders: string[] }} */ { read, rawHeaders }) {
        const found = readers[read]?.read({ rawHeaders });
        if (found !== undefined) {
          hold(found.certificate.thumbprint.length === 43, 'a certificate without a thumbprint');
        }
      },
    },
    {
      name: 'client: metadata',
      make: (random) => json(random, metadata, [...parameters, 'jwks', 'jwks_uri', 'token_endpoint_auth_method']),
      run(document) {
        const parsed = parseClientMetadata(document);
        hold(Object.isFrozen(parsed), 'parsed metadata can be changed');
        const again = parseClientMetadata(JSON.parse(JSON.stringify(parsed)));
        hold(JSON.stringify(again) === JSON.stringify(parsed), 'parsed metadata does not parse to itself');
      },
    },
    {
      name: 'client: authentication with mutated metadata',
      // with jwks_uri a source is needed: misuse, and a TypeError
      make: (random) =>
        json(
          random,
          metadata.filter((each) => !('jwks_uri' in each)),
          [...parameters, 'jwks'],
        ),
      async run(document) {
        if (Object.hasOwn(Object(document), 'jwks_uri')) return;
        const { matched } = await authenticateClient(evidence, /** @type {any} */ (document), { pathVerifier: path });
        hold(
          matched.parameter in /** @type {object} */ (document) || matched.parameter === 'jwks',
          'a client is authenticated by a member it does not have',
        );
      },
    },
    {
      name: 'client: client_id',
      make: (random) => text(random, ['grant_type=client_credentials&client_id=payments', 'client_id=a%20b&x=y']),
      run: (form) => parseClientId(form),
    },
    {
      name: 'tokens: JWT',
      make: (random) => text(random, [token]),
      async run(jwt) {
        const accepted = await verifyToken(jwt);
        hold(jwt === token || accepted.sub === claims.sub, 'a token with other claims is accepted');
      },
    },
    {
      name: 'tokens: a flipped bit',
      make(random) {
        const [head = '', body = '', signature = ''] = token.split('.');
        const parts = [head, body, signature].map((part) => new Uint8Array(Buffer.from(part, 'base64url')));
        const at = random.below(3);
        parts[at] = new Uint8Array(flipBit(random, parts[at] ?? new Uint8Array(0)));
        return parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
      },
      async run(jwt) {
        await verifyToken(jwt);
        throw new Violation('a token with a flipped bit is accepted');
      },
    },
    {
      name: 'confirmation: claims',
      make: (random) =>
        json(random, [claims, { active: true, ...claims }, { cnf: claims.cnf }], ['cnf', 'active', 'x5t#S256', 'jkt']),
      run(document) {
        if (typeof document !== 'object' || document === null || Array.isArray(document)) return;
        // a bare confirmation is misuse, and a TypeError
        if (Object.hasOwn(document, 'x5t#S256') && !Object.hasOwn(document, 'cnf')) return;
        const report = explainConfirmation(document, evidence);
        let bound = false;
        try {
          bound = verifyConfirmation(document, evidence).bound;
        } finally {
          hold(report.matches === bound, 'explainConfirmation and verifyConfirmation disagree');
        }
        const { cnf } = /** @type {{ cnf?: Record<string, unknown> }} */ (document);
        hold(cnf?.['x5t#S256'] === client.certificate.thumbprint, 'a token is bound without the thumbprint');
      },
    },
    {
      name: 'metadata: server documents',
      make: (random) =>
        json(
          random,
          [
            {
              issuer: ISSUER,
              token_endpoint: `${ISSUER}/token`,
              token_endpoint_auth_methods_supported: ['tls_client_auth'],
              tls_client_certificate_bound_access_tokens: true,
              mtls_endpoint_aliases: { token_endpoint: 'https://mtls.as.example/token' },
            },
          ],
          ['mtls_endpoint_aliases', 'introspection_endpoint'],
        ),
      run(document) {
        if (typeof document !== 'object' || document === null || Array.isArray(document)) return;
        explainServerMetadata(/** @type {any} */ (document));
        const url = resolveEndpoint(/** @type {any} */ (document), 'token_endpoint', { mutualTls: true });
        hold(String(url).startsWith('https://'), 'an endpoint that is not https');
      },
    },
    ...createRelaxedTargets(materials.relaxed),
  ];
}
