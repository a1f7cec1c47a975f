import { parseCertificate } from 'oauth-mtls';
import { expect, it } from 'vitest';
import { encodeSubject } from '../../../src/testing/names.js';
import { CertificateCache } from '../../../src/pki/certificate/certificate-cache.js';
import { PathCertificate } from '../../../src/pki/certificate/path-certificate.js';
import { splicedDer } from '../../oauth/subject/spliced-certificate.js';

const issuer = encodeSubject('CN=Issuer');
const der = (name: string | number) => splicedDer({ issuer, subject: encodeSubject(`CN=${name}`) });
const read = (bytes: Uint8Array) => new PathCertificate(parseCertificate(bytes));
const anchor = new PathCertificate(parseCertificate(der('Issuer')), true);

it('keeps the certificates that were used last, at most two generations of 512', () => {
  const cache = new CertificateCache([]);
  const all = Array.from({ length: 1600 }, (_, at) => der(at));
  const first = read(all[0]!);
  cache.remember([first, anchor]);
  expect(cache.find(all[0])).toBe(first);
  for (const [at, bytes] of all.entries()) {
    if (at > 0) cache.remember([read(bytes), anchor]);
    // used now and then
    if (at % 100 === 0) expect([at, cache.find(all[0])]).toEqual([at, first]);
  }
  const kept = all.filter((bytes) => cache.find(bytes) !== undefined).length;
  expect(kept).toBeGreaterThan(511);
  expect(kept).toBeLessThan(1025);
  expect([cache.find(all[1]), cache.find(all.at(-1))]).toEqual([undefined, expect.any(PathCertificate)]);
});

it('keeps neither large certificates nor references to them', () => {
  const cache = new CertificateCache([]);
  const large = read(der('x'.repeat(8192)));
  const [above, below] = [read(der('above')), read(der('below'))];
  cache.remember([below, large, above, anchor]);
  expect(cache.find(large.certificate.der)).toBeUndefined();
  expect(cache.adopt(large.certificate)).not.toBe(large);
  expect([cache.find(above.certificate.der), above.verifiedBy]).toEqual([above, anchor]);
  expect([cache.find(below.certificate.der), below.verifiedBy]).toEqual([below, undefined]);
  expect(cache.find(anchor.certificate.der)).toBeUndefined();
});
