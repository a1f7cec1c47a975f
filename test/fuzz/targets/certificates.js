import { createHash } from 'node:crypto';
import {
  certificateJwk,
  explainRegistration,
  parseCertificate,
  parseCertificates,
  parseClientMetadata,
  subjectMatches,
  suggestClientMetadata,
} from 'oauth-mtls';
import { makeDer, makeText } from '../mutate.js';
import { hold, must } from '../violation.js';

/** @typedef {import('../materials.js').Materials} Materials */

/** Suggestions of one certificate that are checked. */
const SAMPLE = 16;

/** @param {Uint8Array} bytes */
const thumbprint = (bytes) => createHash('sha256').update(bytes).digest('base64url');
/** @param {Uint8Array} bytes */
const base64 = (bytes) => Buffer.from(bytes).toString('base64');

/** @param {Materials} materials @returns {import('../targets.js').Target[]} */
export function createCertificateTargets({ ders, certificates, client }) {
  const pems = certificates.map(({ pem }) => pem);
  const base64s = certificates.map(({ certificate }) => base64(certificate.der));
  const files = [
    pems.join(''),
    `# authorities\r\n${pems.slice(0, 2).join('\n').replaceAll('\n', '\r\n')}`,
    `\ufeffBag Attributes\n    localKeyID: 01\n${client.pem}${client.privateKeyPem}${pems[1]}`,
    `subject=CN = x\n${pems[2]}# ${pems[3]?.replaceAll('\n', '\n# ')}`,
  ];
  return [
    {
      name: 'certificate: DER',
      make: (random) => makeDer(random, ders),
      run(bytes) {
        const parsed = parseCertificate(bytes);
        hold(Buffer.from(parsed.der).equals(bytes), 'the parsed certificate has other bytes');
        hold(parsed.thumbprint === thumbprint(bytes), 'the thumbprint is wrong');
        const suggestions = suggestClientMetadata(parsed);
        // there may be a thousand: a spread of them, and the last
        const step = Math.ceil(suggestions.length / SAMPLE);
        const sample = suggestions.filter((_, at) => at % step === 0 || at === suggestions.length - 1);
        for (const { parameter, value, metadata } of sample) {
          const registered = must(() => parseClientMetadata(metadata), 'a suggestion cannot be registered');
          if (parameter !== 'jwks') {
            hold(registered[parameter] === value, `the suggestion for ${parameter} is registered otherwise`);
            const matches = must(() => subjectMatches(parsed, parameter, value), 'a suggestion cannot be compared');
            hold(matches, `the suggestion for ${parameter} does not match`);
          } else {
            const { cause = 'valid' } = explainRegistration(parsed, registered);
            const fits = ['valid', 'expired', 'not-yet-valid'].includes(cause);
            hold(fits, 'a certificate is not registered by its own suggestion');
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
      name: 'certificate: JWK',
      make: (random) => makeDer(random, ders),
      run(bytes) {
        const parsed = parseCertificate(bytes);
        const { kty, x5c } = certificateJwk(parsed);
        hold(
          typeof kty === 'string' && x5c.length === 1 && x5c[0] === base64(bytes),
          'the JWK has another certificate',
        );
      },
    },
    {
      name: 'certificate: text',
      make: (random) => makeText(random, random.chance(0.5) ? pems : base64s),
      run(text) {
        const parsed = parseCertificate(text);
        hold(parsed.thumbprint === thumbprint(parsed.der), 'the thumbprint is wrong');
        hold(text.replace(/\s/g, '').includes(base64(parsed.der)), 'a certificate that is not in the text');
        const again = must(() => parseCertificate(base64(parsed.der)), 'base64 of it is refused');
        hold(again.thumbprint === parsed.thumbprint, 'base64 of it is another one');
      },
    },
    {
      name: 'certificate: PEM file',
      make: (random) => makeText(random, files),
      run(/** @type {string} */ text) {
        const found = parseCertificates(text);
        const begins = text.match(/(?:^\ufeff?|[\r\n])-----BEGIN CERTIFICATE-----/g) ?? [];
        hold(found.length > 0 && found.length === begins.length, 'a block is skipped, or read twice');
        let at = 0;
        const bare = text.replace(/\s/g, '');
        for (const { der } of found) {
          const next = bare.indexOf(base64(der), at);
          hold(next >= at, 'a certificate that is not in the file, or not in this place');
          at = next + 1;
        }
        const bytes = must(() => parseCertificates(Buffer.from(text)), 'the bytes of a file are refused');
        hold(
          JSON.stringify(bytes.map((each) => each.thumbprint)) === JSON.stringify(found.map((each) => each.thumbprint)),
          'the bytes of a file are read otherwise than its text',
        );
      },
    },
  ];
}
