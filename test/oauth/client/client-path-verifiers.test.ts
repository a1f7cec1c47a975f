import { authenticateClient, createClientPathVerifiers, parseClientMetadata, type PathVerifier } from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority, presented, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const SUBJECT = 'CN=client,O=Acme,C=US';
const client = parseClientMetadata({
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: SUBJECT,
});
let acme: TestAuthority;
let initech: TestAuthority;
let verifiers: Map<string, PathVerifier>;

beforeAll(async () => {
  acme = await createCertificateAuthority({ subject: 'CN=Client CA' });
  initech = await createCertificateAuthority({ subject: 'CN=Initech CA' });
  verifiers = new Map([
    ['acme', createPathVerifier({ trustAnchors: [acme.pem] })],
    ['initech', createPathVerifier({ trustAnchors: [initech.pem] })],
  ]);
});

async function authenticate(
  certificate: TestCertificate,
  clientId: string,
  table: Parameters<typeof createClientPathVerifiers>[0] = verifiers,
) {
  // whoever ended TLS may have validated the chain: the anchors of the client count
  const evidence = presented(certificate, { verification: 'verified' });
  return authenticateClient(evidence, client, { pathVerifier: createClientPathVerifiers(table)(clientId) });
}

describe('createClientPathVerifiers', () => {
  it('RFC 8705 §7.4: accepts the subject under the authorities of this client alone', async () => {
    const certificate = await acme.issue({ subject: SUBJECT });
    expect(await authenticate(certificate, 'acme')).toMatchObject({ method: 'tls_client_auth' });
    await expect(authenticate(certificate, 'initech')).rejects.toMatchObject({ code: 'ERR_CLIENT_PATH' });
  });

  it('RFC 8705 §7.4: pins an authority by its key, not by its name', async () => {
    const namesake = await createCertificateAuthority({ subject: 'CN=Client CA' });
    const forged = await namesake.issue({ subject: SUBJECT });
    await expect(authenticate(forged, 'acme')).rejects.toMatchObject({ code: 'ERR_CLIENT_PATH' });
  });

  it('goes on accepting an authority that has renewed its certificate, with the same key', async () => {
    const renewed = await createCertificateAuthority({
      subject: 'CN=Client CA',
      keyPair: acme.keyPair,
      serialNumber: '77',
    });
    const certificate = await renewed.issue({ subject: SUBJECT });
    expect(await authenticate(certificate, 'acme')).toMatchObject({ method: 'tls_client_auth' });
  });

  it.each<[what: string, table: () => Parameters<typeof createClientPathVerifiers>[0]]>([
    ['table', () => verifiers],
    ['function', () => (clientId: string) => verifiers.get(clientId)],
  ])('refuses a client that the %s does not know, whatever TLS says', async (_what, table) => {
    const certificate = await acme.issue({ subject: SUBJECT });
    expect(await authenticate(certificate, 'acme', table())).toMatchObject({ method: 'tls_client_auth' });
    for (const clientId of ['unknown', '__proto__', 'constructor', '']) {
      const refused = authenticate(certificate, clientId, table());
      await expect(refused).rejects.toMatchObject({
        code: 'ERR_CLIENT_PATH',
        detail: { reason: 'ERR_CLIENT_TRUST_ANCHORS' },
      });
    }
  });

  it('throws a TypeError for a plain object, whose prototype has members', () => {
    expect(() => createClientPathVerifiers({} as Map<string, PathVerifier>)).toThrow(TypeError);
  });
});
