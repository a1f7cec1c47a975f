import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { createTrust, type Trust, type TrustOptions } from 'oauth-mtls/trust';
import type { TestAuthority, TestCertificate, TestCrlOptions } from 'oauth-mtls/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { createAuthority, crlNumber, Folder, listen, serverCertificate } from './authorities.js';

const DAY = 86_400_000;
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';

let root: TestAuthority;
let other: TestAuthority;
let forged: TestAuthority;
let server: TestCertificate;
let valid: TestCertificate;
let revoked: TestCertificate;
let foreign: TestCertificate;
let folder: Folder;
let trust: Trust;
let clock: number;
let answer: (response: ServerResponse) => unknown;
let url: string;
const crlServer = createServer((_request, response) => void answer(response));

beforeAll(async () => {
  root = await createAuthority('Root');
  other = await createAuthority('Other Root');
  forged = await createAuthority('Root');
  server = await serverCertificate(root);
  valid = await root.issue({ subject: 'CN=valid' });
  revoked = await root.issue({ subject: 'CN=revoked' });
  foreign = await forged.issue({ subject: 'CN=valid' });
  url = `http://127.0.0.1:${await listen(crlServer)}/clients.crl`;
});

afterAll(() => {
  crlServer.closeAllConnections();
  crlServer.close();
});

beforeEach(() => {
  folder = new Folder();
  clock = Date.now();
  return () => {
    (trust as Trust | undefined)?.close();
    folder.dispose();
  };
});

/** Sends a CRL of the authority, which revokes nobody unless the options say so. */
async function send(options: TestCrlOptions, authority = root): Promise<void> {
  const { der } = await authority.crl({ thisUpdate: new Date(clock - 60_000), ...options });
  answer = (response) => response.end(der);
}

async function start(options: Partial<TrustOptions> = {}): Promise<void> {
  trust = await createTrust({
    anchors: folder.file('ca.crt'),
    crls: { url, maxBytes: 10_000 },
    server: { key: folder.file('tls.key'), cert: folder.file('tls.crt') },
    refreshInterval: 3600,
    maxStaleness: 2 * 86_400,
    now: () => new Date(clock),
    ...options,
  });
}

/** Everything is in order, with a CRL that revokes one client. */
async function prepare(): Promise<void> {
  folder.write('ca.crt', root.pem + other.pem);
  folder.write('tls.key', server.privateKeyPem);
  folder.write('tls.crt', server.chainPem);
  await send({ revoked: [revoked], extensions: [crlNumber(5)] });
}

const down = () => {
  answer = (response) => response.destroy();
};
const redirect = (location: string) => {
  answer = (response) => response.writeHead(302, { location }).end();
};
/** A later CRL, under a number that is not in the way. */
const later = (options: TestCrlOptions, authority?: TestAuthority) =>
  send({ extensions: [crlNumber(6)], ...options }, authority);

/** How each failure is brought about. The names are the first column of the table. */
const failures: Readonly<Record<string, () => unknown>> = {
  'the file of anchors is deleted': () => folder.delete('ca.crt'),
  'the file of anchors is empty': () => folder.write('ca.crt', ''),
  'the file of anchors is half-written': () => folder.write('ca.crt', root.pem.slice(0, 300)),
  'the file of anchors contains something else': () =>
    folder.write('ca.crt', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
  'the file of anchors cannot be read for longer than `maxStaleness`': async () => {
    folder.delete('ca.crt');
    clock += 2 * DAY + 1;
    await send({ revoked: [revoked], extensions: [crlNumber(6)] });
  },
  'a function that returns anchors rejects': () => restartWith(() => Promise.reject(new Error('down'))),
  'a function that returns anchors returns the path of a file': () =>
    restartWith(() => Promise.resolve(folder.file('ca.crt'))),
  'the key is replaced before the certificate': async () =>
    folder.write('tls.key', (await serverCertificate(root)).privateKeyPem),
  'the certificate is half-written': () => folder.write('tls.crt', server.chainPem.slice(0, 300)),
  'the key is deleted': () => folder.delete('tls.key'),
  'the new certificate has expired': async () => {
    const expired = await root.issue({ subject: 'CN=localhost', notAfter: new Date(clock - 1000) });
    folder.write('tls.key', expired.privateKeyPem);
    folder.write('tls.crt', expired.chainPem);
  },
  'the CRL server is down': down,
  'the CRL server answers with an error': () => {
    answer = (response) => response.writeHead(500).end('no');
  },
  'the CRL server does not answer': async () => {
    trust.close();
    // long enough for the CRL that is held, on a busy machine too
    await start({ crls: { url, timeout: 2 } });
    answer = () => undefined;
  },
  'the CRL server sends an endless response': () => {
    answer = (response) => {
      const timer = setInterval(() => response.write('x'.repeat(5000)), 5);
      response.on('close', () => clearInterval(timer));
    };
  },
  'the CRL server redirects in a loop': () => redirect(url),
  'the CRL server redirects to a file': () => redirect('file:///etc/passwd'),
  'the CRL server sends a truncated CRL': async () => {
    const { der } = await root.crl({ extensions: [crlNumber(6)] });
    answer = (response) => response.end(der.subarray(0, der.length / 2));
  },
  'the CRL server sends an HTML page': () => {
    answer = (response) => response.end('<html></html>');
  },
  'the CRL server sends an older CRL': () => later({ extensions: [crlNumber(4)] }),
  'the CRL server sends a CRL without a number': () => later({ extensions: [] }),
  'the CRL server sends a CRL with a forged signature': () => later({}, forged),
  'the CRL server sends the CRL of another trusted authority': () => later({}, other),
  'the CRL server sends a CRL for other certificates': () =>
    later({
      // onlyContainsCACerts
      extensions: [
        crlNumber(6),
        { oid: ISSUING_DISTRIBUTION_POINT, critical: true, value: Uint8Array.of(0x30, 3, 0x82, 1, 0xff) },
      ],
    }),
  'the CRL server sends an expired CRL': () => later({ nextUpdate: new Date(clock - 1000) }),
  'the CRL server sends a CRL from the future': () => later({ thisUpdate: new Date(clock + 60_000) }),
  'the CRL server sends a CRL with an unknown critical extension': () =>
    later({ extensions: [crlNumber(6), { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }] }),
  'the CRL server is down until the CRL has expired': () => {
    down();
    clock += DAY + 60_000;
  },
  'the CRL server is down for longer than `maxStaleness`': async () => {
    await later({ revoked: [revoked], nextUpdate: new Date(clock + 5 * DAY) });
    await trust.reload();
    down();
    clock += 2 * DAY + 1;
  },
  'the CRL server is down at a restart': async () => {
    down();
    trust.close();
    await start();
  },
  "the CRL server is down at a restart, with `revocation: 'if-available'`": async () => {
    down();
    trust.close();
    await start({ revocation: 'if-available' });
  },
};

/** A function as the only source of anchors, which works once. */
async function restartWith(next: () => Promise<string>): Promise<void> {
  trust.close();
  let calls = 0;
  await start({ anchors: () => (calls++ === 0 ? Promise.resolve(root.pem + other.pem) : next()) });
}

const rows = [
  ...readFileSync(fromRoot('docs/operations.md'), 'utf8').matchAll(/^\| (.+) \| (.+) \| `([a-z-]+)` \|$/gm),
].map(([, what, clients, reason]) => ({ what: what!, clients: clients!.replaceAll('`', ''), reason: reason! }));

describe('docs/operations.md', () => {
  it('has a row for each failure that is tried here', () => {
    expect(rows.map(({ what }) => what)).toEqual(Object.keys(failures));
  });
});

describe('a trust of which a part fails', () => {
  it.each(rows)('$what: $clients', async ({ what, clients, reason }) => {
    await prepare();
    await start();
    await trust.pathVerifier.verify(valid.pem);
    expect(trust.status.lastFailure).toBeUndefined();

    await failures[what]!();
    await trust.reload();
    expect(trust.status.lastFailure).toMatchObject({ code: 'ERR_TRUST_SOURCE', detail: { reason } });
    const verdict = (client: TestCertificate) =>
      trust.pathVerifier.verify(client.pem).then(
        () => 'accepted',
        (error: unknown) => (error as { code: string }).code,
      );
    expect(await verdict(valid)).toBe(clients);
    expect(await verdict(foreign)).not.toBe('accepted');
    // the documented exception: nothing is known of revocation
    expect((await verdict(revoked)) === 'accepted').toBe(what.includes('if-available'));

    // and everything is well again once the failure has passed
    if (clients !== 'ERR_PATH_STALE') clock = Math.max(clock, Date.now());
    await prepare();
    await send({ revoked: [revoked], extensions: [crlNumber(7)], nextUpdate: new Date(clock + DAY) });
    if (!what.startsWith('a function')) {
      await trust.reload();
      expect(trust.status.lastFailure).toBeUndefined();
      expect(await verdict(valid)).toBe('accepted');
      expect(await verdict(revoked)).toBe('ERR_PATH_REVOKED');
    }
  });
});
