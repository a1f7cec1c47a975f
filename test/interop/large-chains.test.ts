import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication, type Application } from './application.js';
import { send } from './client.js';
import { findProgram, freePort, temporaryFolder } from './programs.js';
import { readRecipe, recipes, type Site } from './proxies.js';

const folder = temporaryFolder();
let application: Application;
let root: TestAuthority;
let intermediate: TestAuthority;
let client: TestCertificate;
let site: Site;

beforeAll(async () => {
  // as large as those of ML-DSA-87, which the OpenSSL of these proxies does not have
  const dns = Array.from({ length: 172 }, (_, i) => `client-${i}.a-name-of-some-length.example`);
  root = await createCertificateAuthority();
  intermediate = await root.issueAuthority({ san: { dns } });
  client = await intermediate.issue({ san: { dns } });
  for (const { certificate } of [intermediate, client]) expect(certificate.der.length).toBeGreaterThan(7_542);

  application = await startApplication();
  const server = await root.issue({ san: { dns: 'app.example' }, extendedKeyUsage: ['serverAuth'] });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder.path, name), text, { mode: 0o644 });
    return join(folder.path, name);
  };
  site = {
    folder: folder.path,
    serverCert: write('server.crt', server.chainPem),
    serverKey: write('server.key', server.privateKeyPem),
    clientCa: write('client-ca.crt', root.pem),
    application: application.port,
  };
});

afterAll(async () => {
  await application.stop();
  folder.remove();
});

const recipe = (title: string) => recipes.find((each) => each.title === title)!;

describe.each([
  { title: 'Apache', settings: '', status: 200 },
  { title: 'HAProxy', settings: '', status: 500 },
  { title: 'HAProxy', settings: 'global\n  tune.bufsize 32768\n', status: 200 },
])('$title $settings', ({ title, settings, status }) => {
  const proxy = recipe(title);

  it.skipIf(findProgram(proxy.program, proxy.packageName) === undefined)(
    `answers ${status} to a chain of the size of two ML-DSA-87 certificates`,
    async () => {
      application.use(proxy.format());
      const port = await freePort();
      const running = await proxy.start(settings + readRecipe(proxy), site, port);
      try {
        const response = await send({ port, ca: root.pem }, { client });
        expect(response.status).toBe(status);
        if (status !== 200) return;
        expect(response.answer?.thumbprint).toBe(client.certificate.thumbprint);
        expect(response.answer?.intermediates).toEqual([intermediate.certificate.thumbprint]);
      } finally {
        await running.stop();
      }
    },
  );
});
