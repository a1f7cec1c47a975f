import { createHash } from 'node:crypto';
import { explainConfirmation, verifyConfirmation } from 'oauth-mtls';
import { presented } from 'oauth-mtls/testing';
import { makeJson, makeText } from '../mutate.js';
import { hold } from '../violation.js';

const NAMES = ['cnf', 'active', 'x5t#S256', 'x5t#S512', 'jkt', 'x5t'];

/** @param {unknown} document @param {import('oauth-mtls').PresentedCertificate | undefined} shown */
function decide(document, shown) {
  const report = explainConfirmation(/** @type {object} */ (document), shown);
  let bound = false;
  try {
    ({ bound } = verifyConfirmation(/** @type {object} */ (document), shown));
  } finally {
    hold(report.matches === bound, 'explainConfirmation and verifyConfirmation disagree');
    hold((report.hint === '') === bound, 'a hint for a match, or none for a mismatch');
  }
  const { cnf } = /** @type {{ cnf?: Record<string, unknown> }} */ (document);
  hold(cnf?.['x5t#S256'] === shown?.certificate.thumbprint, 'a token is bound without the thumbprint');
}

/** @param {import('../materials.js').Materials} materials @returns {import('../targets.js').Target[]} */
export function createConfirmationTargets({ client, other, intermediate, claims }) {
  const { der, thumbprint } = client.certificate;
  const evidence = presented(client, { intermediates: [intermediate] });
  const shown = [evidence, presented(other), undefined];
  const sha512 = createHash('sha512').update(der).digest('base64url');
  const forms = [
    thumbprint,
    Buffer.from(thumbprint, 'base64url').toString('base64'),
    Buffer.from(thumbprint, 'base64url').toString('hex'),
    createHash('sha1').update(der).digest('base64url'),
    sha512,
    createHash('sha256').update(client.pem).digest('base64url'),
    other.certificate.thumbprint,
    intermediate.certificate.thumbprint,
  ];
  return [
    {
      name: 'confirmation: claims',
      make: (random) => makeJson(random, [claims, { active: true, ...claims }, { cnf: claims.cnf }], NAMES),
      run(document) {
        if (typeof document !== 'object' || document === null || Array.isArray(document)) return;
        // a bare confirmation is misuse, and a TypeError
        const bare = ['x5t#S256', 'x5t#S512'].some((name) => Object.hasOwn(document, name));
        if (bare && !Object.hasOwn(document, 'cnf')) return;
        decide(document, evidence);
      },
    },
    {
      name: 'confirmation: thumbprints',
      make: (random) => [random.below(shown.length), makeText(random, forms)],
      run: (/** @type {[number, string]} */ [index, value]) => decide({ cnf: { 'x5t#S256': value } }, shown[index]),
    },
    {
      name: 'confirmation: with SHA-512',
      make: (random) =>
        makeJson(random, [{ cnf: { 'x5t#S512': sha512 } }, { cnf: { ...claims.cnf, 'x5t#S512': sha512 } }], NAMES),
      run(document) {
        if (typeof document !== 'object' || document === null || Array.isArray(document)) return;
        if (!Object.hasOwn(document, 'cnf')) return;
        verifyConfirmation(document, evidence, { experimentalS512: true });
        const { cnf } = /** @type {any} */ (document);
        const members = [cnf['x5t#S256'] ?? thumbprint, cnf['x5t#S512'] ?? sha512];
        hold(members.join() === [thumbprint, sha512].join(), 'a token with another thumbprint is accepted');
        hold('x5t#S256' in cnf || 'x5t#S512' in cnf, 'a token without a thumbprint is accepted');
      },
    },
  ];
}
