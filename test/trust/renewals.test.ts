import { readdirSync } from 'node:fs';
import { createServer } from 'node:https';
import { mutualTlsFetch, presentedCertificate } from 'oauth-mtls/node';
import { createTrust } from 'oauth-mtls/trust';
import { expect, it } from 'vitest';
import { createAuthority, Folder, listen, serverCertificate } from './authorities.js';

/** `npm run test:trust` makes 1,000. */
const RENEWALS = Number(process.env.TRUST_RENEWALS ?? 20);

/** Where the system shows them. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

it(`refuses no valid request during ${RENEWALS} renewals, and does not grow`, { timeout: 900_000 }, async () => {
  const [serverRoot, clientRoot, nextRoot] = [
    await createAuthority('Server Root'),
    await createAuthority('Client Root'),
    await createAuthority('Next Client Root'),
  ];
  const pairs = [await serverCertificate(serverRoot), await serverCertificate(serverRoot)] as const;
  const client = await clientRoot.issue({ subject: 'CN=client' });
  const nextClient = await clientRoot.issue({ subject: 'CN=client' });
  const crls = [await clientRoot.crl(), await clientRoot.crl({ thisUpdate: new Date() })] as const;
  const folder = new Folder();
  const mount = (turn: number) =>
    folder.mount({
      'ca.crt': turn % 2 === 0 ? clientRoot.pem : clientRoot.pem + nextRoot.pem,
      'tls.key': pairs[turn % 2]!.privateKeyPem,
      'tls.crt': pairs[turn % 2]!.chainPem,
      'client.key': (turn % 2 === 0 ? client : nextClient).privateKeyPem,
      'client.crt': (turn % 2 === 0 ? client : nextClient).chainPem,
      crl: crls[turn === 0 ? 0 : 1].der,
    });
  mount(0);
  const trust = await createTrust({
    anchors: folder.file('ca.crt'),
    crls: folder.file('crl'),
    server: { key: folder.file('tls.key'), cert: folder.file('tls.crt') },
    client: { key: folder.file('client.key'), cert: folder.file('client.crt'), ca: serverRoot.pem },
  });
  const server = createServer(trust.serverOptions(), (request, response) => {
    const { certificate, intermediates } = presentedCertificate(request)!;
    trust.pathVerifier.verify(certificate, intermediates).then(
      () => response.end('accepted'),
      (error: unknown) => response.end(String(error)),
    );
  });
  trust.attach(server);
  const port = await listen(server);
  const fetch = mutualTlsFetch(() => ({ ...trust.clientOptions(), servername: 'localhost' }));
  const answers = new Map<string, number>();
  let running = true;
  const load = async () => {
    while (running) {
      const answer = await (await fetch(`https://127.0.0.1:${port}/`)).text().catch(String);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const clients = [load(), load(), load()];
  const sizes: { readonly heap: number; readonly files: number }[] = [];
  for (let turn = 1; turn <= RENEWALS; turn++) {
    mount(turn);
    await trust.reload();
    if (turn % Math.floor(RENEWALS / 4) === 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      global.gc?.();
      sizes.push({ heap: process.memoryUsage().heapUsed, files: openFiles() });
    }
  }
  running = false;
  await Promise.all(clients);
  trust.close();
  server.closeAllConnections();
  server.close();
  folder.dispose();

  expect([...answers.keys()]).toEqual(['accepted']);
  expect(answers.get('accepted')).toBeGreaterThan(RENEWALS);
  // from the first quarter on; garbage is in it unless Node runs with --expose-gc
  expect(sizes.at(-1)!.files - sizes[0]!.files).toBeLessThan(20);
  expect(sizes.at(-1)!.heap - sizes[0]!.heap).toBeLessThan(global.gc === undefined ? 150_000_000 : 10_000_000);
});
