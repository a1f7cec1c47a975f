/**
 * Made test/cli/files once; their certificates do not change, so that the transcripts do not. Run it from the root of a
 * built checkout to make new ones, then `npx vitest run test/cli -u`.
 */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { createCertificateAuthority, createSpiffeAuthority, selfSignedCertificate } from 'oauth-mtls/testing';

const folder = new URL('files/', import.meta.url);
/** @param {string} name @param {string | Uint8Array} content */
const save = (name, content) => writeFileSync(new URL(name, folder), content);
const period = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2028-01-01T00:00:00Z') };

const root = await createCertificateAuthority({ subject: 'CN=Test Root,O=Acme,C=US', ...period });
const authority = await root.issueAuthority({ subject: 'CN=Test Issuing CA,O=Acme,C=US', ...period });
const stranger = await createCertificateAuthority({ subject: 'CN=Test Root,O=Acme,C=US', ...period });
const client = await authority.issue({
  subject: String.raw`CN=client,serialNumber=123,organizationIdentifier=PSDGB-FCA-123456,O=Acme\, Inc.,C=US`,
  san: {
    dns: 'client.example.com',
    uri: 'https://client.example.com/',
    ip: ['192.0.2.1', '2001:db8::1'],
    email: 'ops@example.com',
  },
  ...period,
});
const renewed = await authority.issue({ subject: 'CN=renewed', ...period });
const selfSigned = await selfSignedCertificate({ subject: 'CN=reports', keyType: 'RSA-2048', ...period });

save('root.pem', root.pem);
save('stranger.pem', stranger.pem);
save('client.pem', client.chainPem);
save('leaf.pem', client.pem);
save('client.der', client.certificate.der);
save('client.b64', Buffer.from(client.certificate.der).toString('base64'));
save('renewed.pem', renewed.pem);
save('self-signed.pem', selfSigned.pem);
save('server.pem', (await authority.issue({ extendedKeyUsage: ['serverAuth'], ...period })).pem);
save('nameless.pem', (await authority.issue({ subject: '', ...period })).pem);
save(
  'escape.pem',
  (await authority.issue({ subject: [[['2.5.4.3', 'UTF8String', 'a\u001b[2Jb\u202ec']]], ...period })).pem,
);
const crl = { thisUpdate: new Date('2026-06-01T00:00:00Z'), nextUpdate: new Date('2027-06-01T00:00:00Z') };
save('empty.crl', (await authority.crl(crl)).pem);
save('client-revoked.crl', (await authority.crl({ ...crl, revoked: [client] })).der);
save('root.crl', (await root.crl(crl)).pem);

const openssl = (/** @type {string[]} */ ...args) =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const weak = [
  'req',
  '-x509',
  '-newkey',
  'rsa:1024',
  '-nodes',
  '-keyout',
  '/dev/null',
  '-subj',
  '/CN=weak',
  '-days',
  '3650',
];
save('weak.pem', openssl(...weak));
writeFileSync(new URL('leaf.tmp', folder), client.pem);
save('text.pem', openssl('x509', '-in', new URL('leaf.tmp', folder).pathname, '-text'));
rmSync(new URL('leaf.tmp', folder));

const { privateKey } = generateKeyPairSync('ed25519');
/** @param {object} claims */
function jwt(claims) {
  const encode = (/** @type {object} */ part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const data = `${encode({ alg: 'EdDSA', typ: 'at+jwt' })}.${encode(claims)}`;
  return `${data}.${sign(null, Buffer.from(data), privateKey).toString('base64url')}`;
}
const claims = { iss: 'https://as.example', sub: 'client', exp: Date.parse('2027-02-01') / 1000 };
const cnf = (/** @type {string} */ value) => ({ 'x5t#S256': value });
const { thumbprint } = client.certificate;
save('bound.jwt', `${jwt({ ...claims, cnf: cnf(thumbprint) })}\n`);
save('unbound.jwt', jwt(claims));
save('hostile.jwt', jwt({ sub: 'a\u202eb\u009bc\u001b[2J' }));
save('hex.jwt', jwt({ ...claims, cnf: cnf(Buffer.from(thumbprint, 'base64url').toString('hex')) }));
save('introspection.json', JSON.stringify({ active: true, cnf: cnf(thumbprint) }));

save(
  'server.json',
  JSON.stringify({
    issuer: 'https://as.example',
    token_endpoint: 'https://as.example/token',
    token_endpoint_auth_methods_supported: ['tls_client_auth'],
    mtls_endpoint_aliases: {
      token_endpoint: 'https://mtls.as.example/token',
      authorization_endpoint: 'https://mtls.as.example/auth',
    },
  }),
);
save(
  'client.json',
  JSON.stringify({ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'client.example.com' }),
);
save(
  'two-subjects.json',
  JSON.stringify({
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: 'client.example.com',
    tls_client_auth_san_ip: '192.0.2.1',
  }),
);

const spiffe = await createSpiffeAuthority('example.org');
// the kit's authorities live a day: this one has the period of the other files
const spireRoot = await createCertificateAuthority({
  subject: 'C=US,O=SPIFFE',
  san: { uri: 'spiffe://example.org' },
  ...period,
});
const svidProfile = {
  subject: 'C=US,O=SPIRE',
  keyUsage: /** @type {const} */ (['digitalSignature', 'keyEncipherment', 'keyAgreement']),
  extendedKeyUsage: ['serverAuth', 'clientAuth'],
  ...period,
};
/** @param {string | string[]} uri @param {object} [options] */
const svid = (uri, options) => spireRoot.issue({ ...svidProfile, san: { uri }, ...options });
save('svid.pem', (await svid('spiffe://example.org/payments')).pem);
save('two-uris.pem', (await svid(['spiffe://example.org/payments', 'https://example.org/'])).pem);
save('svid-upper-case.pem', (await svid('spiffe://Example.org/payments')).pem);
save('svid-no-path.pem', (await svid('spiffe://example.org')).pem);
save('svid-no-key-usage.pem', (await svid('spiffe://example.org/payments', { keyUsage: null })).pem);
save(
  'svid-signing-key.pem',
  (await svid('spiffe://example.org/payments', { keyUsage: ['digitalSignature', 'cRLSign'] })).pem,
);
save('bundle.json', JSON.stringify(spiffe.bundle({ authorities: [spireRoot] }), undefined, 2));
save('bundle.pem', spireRoot.pem);
save('empty-bundle.json', JSON.stringify(spiffe.bundle({ authorities: [] })));
save('other-bundle.json', JSON.stringify(spiffe.bundle()));
