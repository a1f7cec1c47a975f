import { X509Certificate, createPrivateKey } from 'node:crypto';
import { authenticateClient, certificateJwk, parseClientMetadata } from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority, presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

import { hasMlDsa } from '../has-ml-dsa.js';

const KEY_TYPES = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const;

describe.runIf(hasMlDsa)('ML-DSA certificates, where the runtime makes them', () => {
  it.each(KEY_TYPES)('%s: OpenSSL verifies what an authority issues', async (keyType) => {
    const root = await createCertificateAuthority({ keyType });
    const leaf = await root.issue({ subject: 'CN=client', keyType });
    const [issuer, node] = [new X509Certificate(root.pem), new X509Certificate(leaf.pem)];
    expect(node.verify(issuer.publicKey)).toBe(true);
    expect(node.checkIssued(issuer)).toBe(true);
    expect(node.checkPrivateKey(createPrivateKey(leaf.privateKeyPem))).toBe(true);
    expect(node.publicKey.asymmetricKeyType).toBe(keyType.toLowerCase());
  });

  it.each(KEY_TYPES)('%s: a path, a CRL, a renewal and an impostor', async (keyType) => {
    const root = await createCertificateAuthority({ keyType });
    const intermediate = await root.issueAuthority({ keyType });
    const leaf = await intermediate.issue({ keyType });
    const renewed = await intermediate.renew(leaf);
    expect(renewed.jwk).toMatchObject({ kty: 'AKP', alg: keyType });
    const crl = await intermediate.crl({ revoked: [leaf] });
    const verifier = createPathVerifier({ trustAnchors: [root.pem], crls: [crl.pem] });
    expect((await verifier.verify(renewed.pem, [intermediate.pem])).certificates).toHaveLength(3);
    await expect(verifier.verify(leaf.pem, [intermediate.pem])).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
    const impostor = await (await createCertificateAuthority({ keyType })).issue({ keyType });
    await expect(verifier.verify(impostor.pem)).rejects.toMatchObject({ code: 'ERR_PATH_SIGNATURE' });
  });

  it.each(KEY_TYPES)('%s: a self-signed certificate registers and authenticates', async (keyType) => {
    const method = 'self_signed_tls_client_auth';
    const [client, other] = [await selfSignedCertificate({ keyType }), await selfSignedCertificate({ keyType })];
    expect(client.jwk).toEqual(certificateJwk(client.certificate));
    const metadata = parseClientMetadata({ token_endpoint_auth_method: method, jwks: { keys: [client.jwk] } });
    expect((await authenticateClient(presented(client), metadata)).method).toBe(method);
    await expect(authenticateClient(presented(other), metadata)).rejects.toMatchObject({
      code: 'ERR_CLIENT_CERTIFICATE_UNKNOWN',
    });
  });
});

it.runIf(!hasMlDsa)('ML-DSA certificates are refused by name where the runtime makes none', async () => {
  for (const keyType of KEY_TYPES) {
    const message = `WebCrypto in this runtime does not support ${keyType} keys: use Node.js 24.7 or newer`;
    await expect(createCertificateAuthority({ keyType })).rejects.toThrow(message);
    await expect(selfSignedCertificate({ keyType })).rejects.toThrow(message);
  }
});
