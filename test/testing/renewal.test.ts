import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority, forgedTwin, selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

const now = new Date('2030-05-05T05:05:05Z');

describe('dates of the kit', () => {
  it('count from now, which an authority passes on', async () => {
    const root = await createCertificateAuthority({ now });
    const authority = await root.issueAuthority();
    const leaf = await authority.issue();
    for (const { certificate } of [root, authority, leaf, await authority.renew(leaf)]) {
      expect(certificate.notBefore).toEqual(new Date('2030-05-05T04:05:05Z'));
      expect(certificate.notAfter).toEqual(new Date('2031-05-05T05:05:05Z'));
    }
    const paths = createPathVerifier({
      trustAnchors: [root.pem],
      crls: [(await root.crl()).der, (await authority.crl()).der],
      revocation: 'require',
    });
    const { revocation } = await paths.verify(leaf.pem, [authority.pem], { now });
    expect(revocation).toEqual(['crl', 'crl']);
  });
});

describe('authority.renew', () => {
  it('keeps names and usages; the key changes unless it is to stay', async () => {
    const authority = await createCertificateAuthority();
    const san = { dns: 'client.example', uri: 'https://client.example/' };
    const subject = 'CN=client,O=Acme,C=US';
    const client = await authority.issue({ subject, san, extendedKeyUsage: ['clientAuth', '1.2.3'], keyType: 'P-384' });
    const [rekeyed, same] = [await authority.renew(client), await authority.renew(client, { key: 'same' })];
    for (const { certificate } of [rekeyed, same]) {
      expect(certificate.subject.toString()).toBe(subject);
      expect(certificate.subjectAltNames).toEqual(client.certificate.subjectAltNames);
      expect(certificate.thumbprint).not.toBe(client.certificate.thumbprint);
      expect(certificate.serialNumber).not.toBe(client.certificate.serialNumber);
    }
    expect(same.certificate.publicKey).toEqual(client.certificate.publicKey);
    expect(rekeyed.certificate.publicKey).not.toEqual(client.certificate.publicKey);
    expect(rekeyed.jwk.crv).toBe('P-384');
    const moved = await authority.renew(client, { san: { dns: 'other.example' } });
    expect(moved.certificate.subjectAltNames.map(({ value }) => value)).toEqual(['other.example']);
  });

  it('refuses what it did not make, and a misspelt key', async () => {
    const authority = await createCertificateAuthority();
    const client = await authority.issue();
    await expect(authority.renew({ ...client })).rejects.toThrow(TypeError);
    await expect(authority.renew(client, { key: 'old' as 'same' })).rejects.toThrow(TypeError);
  });
});

describe('forgedTwin', () => {
  it('has every name of the certificate, and neither its key nor its issuer', async () => {
    const root = await createCertificateAuthority({ subject: [[['2.5.4.3', 'BMPString', 'Root']]] });
    const client = await root.issue({ subject: 'CN=client', san: { dns: 'client.example' } });
    const twin = await forgedTwin(client);
    const { certificate: real } = client;
    const { certificate: forged } = twin;
    expect(forged.subject.equals(real.subject)).toBe(true);
    expect(forged.issuer.equals(real.issuer)).toBe(true);
    expect(forged).toMatchObject({
      serialNumber: real.serialNumber,
      notBefore: real.notBefore,
      notAfter: real.notAfter,
    });
    expect(forged.subjectAltNames).toEqual(real.subjectAltNames);
    expect(forged.publicKey).not.toEqual(real.publicKey);

    const chain = twin.chainPem.split(/(?=-----BEGIN)/).slice(1);
    const paths = createPathVerifier({ trustAnchors: [root.pem] });
    await paths.verify(client.pem);
    await expect(paths.verify(twin.pem, chain)).rejects.toMatchObject({ code: 'ERR_PATH_SIGNATURE' });
    // whoever trusts the forger's authority accepts it: the twin is sound
    await createPathVerifier({ trustAnchors: chain }).verify(twin.pem);
  });

  it('of a self-signed certificate too', async () => {
    const { certificate } = await selfSignedCertificate({ subject: 'CN=client', keyType: 'RSA-2048' });
    const twin = await forgedTwin(certificate);
    expect(twin.certificate.subject.toString()).toBe('CN=client');
    expect(twin.certificate.thumbprint).not.toBe(certificate.thumbprint);
  });
});
