import { createTrust } from 'oauth-mtls/trust';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, Folder } from './authorities.js';
import { largeCrl, serialOf } from './large-crl.js';

const ENTRIES = 100_000;
const folder = new Folder();
let root: TestAuthority;
let good: TestCertificate;
let bad: TestCertificate;
let anchors: string;

beforeAll(async () => {
  root = await createAuthority('Root');
  good = await root.issue();
  bad = await root.issue({ serialNumber: serialOf(77_777) });
  const { keyPair } = root;
  const others = Array.from({ length: 99 }, (_, index) =>
    createCertificateAuthority({ subject: `CN=Other ${index}`, keyPair }),
  );
  anchors = [root, ...(await Promise.all(others))].map(({ pem }) => pem).join('');
});

afterAll(() => folder.dispose());

/** Milliseconds of CPU that some work takes, and the most between two turns of the event loop. */
async function measure(work: () => Promise<unknown>): Promise<{ total: number; stretch: number }> {
  const used = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const start = used();
  let last = start;
  let stretch = 0;
  let done = false;
  const turn = () => {
    const now = used();
    stretch = Math.max(stretch, now - last);
    last = now;
    if (!done) setImmediate(turn);
  };
  turn();
  await work();
  done = true;
  turn();
  return { total: used() - start, stretch };
}

describe('a CRL of 100,000 entries and 100 anchors', () => {
  it('is loaded in two seconds of CPU, without blocking for more than 50 ms, and is looked up in constant time', async () => {
    folder.write('ca.crt', anchors);
    folder.write('crl', largeCrl(root, ENTRIES, 1));
    const trust = await createTrust({ anchors: folder.file('ca.crt'), crls: folder.file('crl') });
    try {
      await expect(trust.pathVerifier.verify(bad.pem)).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
      await trust.pathVerifier.verify(good.pem);
      const results = [];
      for (let number = 2; number < 5; number++) {
        folder.replace('crl', largeCrl(root, ENTRIES, number));
        results.push(await measure(() => trust.reload()));
        expect(trust.status.lastFailure).toBeUndefined();
      }
      if (process.env.TRUST_REPORT) {
        global.gc?.();
        console.log(results, process.memoryUsage());
      }
      // the best of three: other work of the machine is not ours
      expect(Math.min(...results.map(({ total }) => total))).toBeLessThan(2000);
      expect(Math.min(...results.map(({ stretch }) => stretch))).toBeLessThan(50);

      const small = await createTrust({ anchors, crls: largeCrl(root, 100, 1) });
      const lookups = (verifier: typeof trust) =>
        measure(async () => {
          for (let count = 0; count < 300; count++) await verifier.pathVerifier.verify(good.certificate.der);
        });
      await lookups(small);
      const ratio = (await lookups(trust)).total / (await lookups(small)).total;
      expect(ratio).toBeLessThan(4);
      small.close();
    } finally {
      trust.close();
    }
  });
});
