/**
 * Makes certificates for development in the folder tls: of the servers, of the clients' authority, and of two clients.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createCertificateAuthority } from 'oauth-mtls/testing';

const servers = await createCertificateAuthority({ subject: 'CN=Development Server CA' });
const clients = await createCertificateAuthority({ subject: 'CN=Development Client CA' });
const names = ['as.example', 'api.example'];
const server = await servers.issue({
  san: names.map((value) => ({ type: 'dns', value })),
  extendedKeyUsage: ['serverAuth'],
});
const payments = await clients.issue({ subject: 'CN=payments,O=Acme,C=US' });
const reports = await clients.issue({ subject: 'CN=reports,O=Acme,C=US' });

mkdirSync('tls', { recursive: true });
writeFileSync('tls/server-ca.crt', servers.pem);
writeFileSync('tls/client-ca.crt', clients.pem);
for (const [name, certificate] of Object.entries({ server, payments, reports })) {
  writeFileSync(`tls/${name}.crt`, certificate.chainPem);
  // nginx reads its key as another user than the one who made it; in production it is a secret of nginx alone
  writeFileSync(`tls/${name}.key`, certificate.privateKeyPem, { mode: name === 'server' ? 0o644 : 0o600 });
}
