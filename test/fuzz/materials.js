// What the mutations start from: real certificates, CRLs, headers, metadata and tokens, made by the test kit.
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createConfirmation } from 'oauth-mtls';
import { createCertificateAuthority, hostileCertificates, selfSignedCertificate } from 'oauth-mtls/testing';

export const ISSUER = 'https://as.example';
export const AUDIENCE = 'https://api.example';

export const DNS = [
  'CN=client,O=Acme,C=US',
  'CN=a+OU=b,O=c\\, d,C=DE',
  'UID=jdoe,DC=example,DC=com',
  '2.5.4.97=#0c0950534447422d464341,CN=x',
  'CN=Zoë Müller,O=Straße,C=DE',
  'emailAddress=a@example.com,CN=\\ x\\ ,O=\\#1',
];

export async function createMaterials() {
  const root = await createCertificateAuthority({ subject: 'CN=Root' });
  const intermediate = await root.issueAuthority({ subject: 'CN=Intermediate,O=Acme' });
  const san = {
    dns: ['client.example', '*.example.com'],
    uri: 'spiffe://example.org/pay',
    ip: ['192.0.2.1', '2001:db8::1'],
    email: 'a@example.com',
  };
  const client = await intermediate.issue({ subject: DNS[0], san });
  const other = await intermediate.issue({ subject: 'CN=other' });
  const selfSigned = await selfSignedCertificate({ subject: 'CN=self' });
  const named = [];
  for (const subject of DNS) named.push(await selfSignedCertificate({ subject }));
  const rsa = await selfSignedCertificate({ subject: 'CN=rsa', keyType: 'RSA-2048' });
  const hostile = (await hostileCertificates()).flatMap(({ input }) =>
    typeof input === 'string' || input.length > 20_000 ? [] : [input],
  );
  const certificates = [client, other, selfSigned, rsa, root, intermediate, ...named];
  const ders = [...certificates.map(({ certificate }) => Uint8Array.from(certificate.der)), ...hostile];

  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'as', alg: 'ES256' }] };
  const claims = { sub: 'client', client_id: 'client', scope: 'read', cnf: createConfirmation(client.certificate) };
  const token = await new SignJWT({ ...claims, iss: ISSUER, aud: AUDIENCE, exp: 4_000_000_000 })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'as' })
    .sign(privateKey);

  const crls = [
    await intermediate.crl({ revoked: [client] }),
    await root.crl({ revoked: [] }),
    await intermediate.crl({ revoked: Array.from({ length: 20 }, (_, i) => ({ serialNumber: `1${i}`, reason: 1 })) }),
  ];
  return {
    root,
    intermediate,
    client,
    other,
    selfSigned,
    rsa,
    certificates,
    ders,
    privateKey,
    keys,
    claims,
    token,
    crls,
  };
}

/** @typedef {Awaited<ReturnType<typeof createMaterials>>} Materials */
