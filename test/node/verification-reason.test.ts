import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { authenticateClient, explainVerification, type PresentedCertificate } from 'oauth-mtls';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { expect, it } from 'vitest';

it('a client certificate for servers only is INVALID_PURPOSE, over TLS, up to the refusal', async () => {
  const root = await createCertificateAuthority();
  const { privateKeyPem: key, chainPem: cert } = await root.issue({
    subject: 'CN=localhost',
    san: { dns: 'localhost' },
    extendedKeyUsage: ['serverAuth'],
  });
  let seen: PresentedCertificate | undefined;
  const server = createServer(mutualTlsOptions({ key, cert, ca: root.pem }), (socket) => {
    seen = presentedCertificate(socket);
    socket.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: root.pem, key, cert });
  await once(client.resume(), 'close');
  server.close();

  expect(seen).toMatchObject({ verification: 'unverified', reason: 'INVALID_PURPOSE' });
  expect(explainVerification(seen!)).toMatchObject({ cause: 'purpose', reason: 'INVALID_PURPOSE' });
  const metadata = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=localhost' };
  await expect(authenticateClient(seen, metadata)).rejects.toMatchObject({
    code: 'ERR_CLIENT_UNVERIFIED',
    detail: { found: ['unverified', 'INVALID_PURPOSE'] },
  });
});
