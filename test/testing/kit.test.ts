import { X509Certificate, createPrivateKey } from 'node:crypto';
import { isMtlsError, parseCertificate } from 'oauth-mtls';
import { presentedCertificate } from 'oauth-mtls/node';
import {
  createCertificateAuthority,
  fakeTlsSocket,
  hostileCertificates,
  presented,
  selfSignedCertificate,
  type TestKeyType,
} from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

const keyTypes: TestKeyType[] = ['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-PSS-2048', 'Ed25519'];

describe('createCertificateAuthority', () => {
  it.each(keyTypes)('issues certificates for %s keys that Node verifies', async (keyType) => {
    const root = await createCertificateAuthority({ keyType });
    const leaf = await root.issue({ subject: 'CN=client,O=Acme,C=US', keyType });
    const node = new X509Certificate(leaf.pem);
    const issuer = new X509Certificate(root.pem);
    expect(node.verify(issuer.publicKey)).toBe(true);
    expect(node.checkIssued(issuer)).toBe(true);
    expect(node.checkPrivateKey(createPrivateKey(leaf.privateKeyPem))).toBe(true);
    expect(node.subject).toBe('C=US\nO=Acme\nCN=client');
  });

  it('gives each certificate the chain that a client sends: all but the root', async () => {
    const root = await createCertificateAuthority();
    const intermediate = await root.issueAuthority();
    const leaf = await intermediate.issue();
    expect(leaf.chainPem).toBe(leaf.pem + intermediate.pem);
    expect((await root.issue()).chainPem).not.toContain(root.pem);
  });

  it('writes the subject, names, usages and period that it was asked for', async () => {
    const root = await createCertificateAuthority();
    const leaf = await root.issue({
      subject: [[['2.5.4.6', 'PrintableString', 'US']], [['2.5.4.3', 'BMPString', 'clïent']]],
      san: {
        dns: ['a.example', 'b.example'],
        uri: 'spiffe://a/b',
        email: 'a@b.example',
        ip: ['192.0.2.1', '2001:db8::1'],
      },
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2026-01-02T00:00:00Z'),
      extendedKeyUsage: ['clientAuth', '1.2.3.4'],
      serialNumber: '0a',
    });
    const node = new X509Certificate(leaf.pem);
    expect(node.subject).toBe('C=US\nCN=clïent');
    expect(node.subjectAltName).toBe(
      'DNS:a.example, DNS:b.example, URI:spiffe://a/b, email:a@b.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1',
    );
    expect(node.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2', '1.2.3.4']);
    expect(leaf.certificate.notAfter).toEqual(new Date('2026-01-02T00:00:00Z'));
    expect(leaf.certificate.serialNumber).toBe('0a');
  });

  it('refuses a key type that it does not know', async () => {
    await expect(createCertificateAuthority({ keyType: 'P-1' as TestKeyType })).rejects.toThrow(TypeError);
  });
});

describe('fakeTlsSocket', () => {
  it('is read as a real socket is', async () => {
    const root = await createCertificateAuthority();
    const client = await root.issue();
    const socket = fakeTlsSocket({ certificate: client, intermediates: [root] });
    const seen = presentedCertificate(socket);
    expect(seen).toMatchObject({ verification: 'verified', source: 'tls' });
    expect(seen?.certificate.thumbprint).toBe(client.certificate.thumbprint);
    expect(seen?.intermediates.map(({ thumbprint }) => thumbprint)).toEqual([root.certificate.thumbprint]);
    expect(presentedCertificate(fakeTlsSocket({ certificate: client, authorized: false }))?.verification).toBe(
      'unverified',
    );
  });

  it('shows the states in which a check that asks only for authorized says yes', async () => {
    const resumed = fakeTlsSocket();
    expect(resumed.authorized).toBe(true);
    expect(presentedCertificate(resumed)).toBeUndefined();
    const gone = fakeTlsSocket({ certificate: await selfSignedCertificate(), destroyed: true });
    expect(gone.authorized).toBe(true);
    expect(() => presentedCertificate(gone)).toThrow(expect.objectContaining({ code: 'ERR_CERTIFICATE_UNAVAILABLE' }));
    expect(presentedCertificate(fakeTlsSocket({ encrypted: false }))).toBeUndefined();
  });
});

describe('presented', () => {
  it('says nothing about the chain unless told to', async () => {
    const certificate = await selfSignedCertificate();
    expect(presented(certificate)).toMatchObject({ verification: 'unknown', intermediates: [], source: 'testing' });
    expect(presented(certificate.certificate, { verification: 'verified' }).verification).toBe('verified');
  });
});

describe('hostileCertificates', () => {
  it('parse exactly where they say that they do', async () => {
    for (const { name, input, parses } of await hostileCertificates()) {
      let accepted = true;
      try {
        parseCertificate(input);
      } catch (error) {
        expect(isMtlsError(error), name).toBe(true);
        accepted = false;
      }
      expect(accepted, name).toBe(parses);
    }
  });
});
