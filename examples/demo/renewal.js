import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authenticateClient, parseClientMetadata, toErrorResponse } from 'oauth-mtls';
import { mutualTlsFetch, presentedCertificate } from 'oauth-mtls/node';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { createTrust } from 'oauth-mtls/trust';

/** @typedef {import('oauth-mtls/testing').TestAuthority} TestAuthority */

/**
 * Renews the certificate of a running server, replaces the authority of its clients, and renews the client, all while
 * the client calls.
 *
 * @returns {Promise<{ accepted: number, unexpected: string[] }>} how often the client was accepted, and every answer
 * that was not as expected: a refusal of the client, or anything but one for a client of the authority that was removed
 */
export async function renewUnderLoad() {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-renewal-'));
  /** As certbot and step do it. @param {string} name @param {string} content */
  const replace = (name, content) => {
    writeFileSync(join(folder, `${name}.new`), content, { mode: 0o600 });
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  /** @param {string} name @param {import('oauth-mtls/testing').TestCertificate} issued */
  const replacePair = (name, issued) => {
    replace(`${name}.key`, issued.privateKeyPem);
    replace(`${name}.crt`, issued.chainPem);
  };
  const file = (/** @type {string} */ name) => join(folder, name);
  const serverAuthority = await createCertificateAuthority({ subject: 'CN=Demo Server CA' });
  const [oldAuthority, newAuthority] = [
    await createCertificateAuthority({ subject: 'CN=Demo Client CA 1' }),
    await createCertificateAuthority({ subject: 'CN=Demo Client CA 2' }),
  ];
  const issueServer = () =>
    serverAuthority.issue({ subject: 'CN=localhost', san: { ip: '127.0.0.1' }, extendedKeyUsage: ['serverAuth'] });
  const issueClient = (/** @type {TestAuthority} */ authority) => authority.issue({ san: { dns: 'payments.example' } });
  const oldClient = await issueClient(oldAuthority);
  const firstServer = await issueServer();
  replacePair('server', firstServer);
  replacePair('client', oldClient);
  replace('servers.crt', serverAuthority.pem);
  replace('clients.crt', oldAuthority.pem);

  const trust = await createTrust({
    anchors: file('clients.crt'),
    server: { key: file('server.key'), cert: file('server.crt') },
    client: { key: file('client.key'), cert: file('client.crt'), ca: file('servers.crt') },
  });
  const registration = parseClientMetadata({
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: 'payments.example',
  });
  const server = createServer(trust.serverOptions(), async (request, response) => {
    try {
      await authenticateClient(presentedCertificate(request), registration, { pathVerifier: trust.pathVerifier });
      response.end();
    } catch (error) {
      const { status, headers, body } = toErrorResponse(error);
      response.writeHead(status, headers).end(JSON.stringify(body));
    }
  });
  trust.attach(server);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const url = `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;

  const call = mutualTlsFetch(() => trust.clientOptions());
  const oldCall = mutualTlsFetch({ key: oldClient.privateKeyPem, cert: oldClient.chainPem, ca: serverAuthority.pem });
  /** @type {string[]} */
  const refused = [];
  let accepted = 0;
  /** @param {typeof call} fetch @returns {Promise<string>} */
  const ask = (fetch) => fetch(url).then((response) => response.text().then(() => String(response.status)), String);
  let running = true;
  const load = async () => {
    while (running) {
      const answer = await ask(call);
      if (answer === '200') accepted++;
      else refused.push(answer);
    }
  };
  const clients = [load(), load(), load(), load()];
  /** @param {string} what @param {() => unknown} change */
  const step = async (what, change) => {
    const before = accepted;
    await change();
    await trust.reload();
    await new Promise((resolve) => setTimeout(resolve, 500));
    console.log(`${what}: ${accepted - before} requests accepted, ${refused.length} refused`);
  };
  try {
    await step('before', () => undefined);
    await step("the server's certificate is renewed", async () => replacePair('server', await issueServer()));
    await step('a second client authority is added', () => replace('clients.crt', oldAuthority.pem + newAuthority.pem));
    await step("the client's certificate is renewed by it", async () =>
      replacePair('client', await issueClient(newAuthority)),
    );
    await step('the first client authority is removed', () => replace('clients.crt', newAuthority.pem));
    running = false;
    await Promise.all(clients);
    const stranger = await ask(oldCall);
    console.log(`a client of the first authority: ${stranger}`);
    if (stranger !== '401') refused.push(`the removed authority: ${stranger}`);
    return { accepted, unexpected: refused };
  } finally {
    running = false;
    await Promise.all(clients);
    for (const each of [call, oldCall]) each.close();
    trust.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
