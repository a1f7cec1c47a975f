import {
  authenticateClient,
  createClientPathVerifiers,
  createConfirmation,
  parseClientMetadata,
  verifyConfirmation,
  type AuthenticateClientOptions,
  type MtlsClientMetadata,
} from 'oauth-mtls';
import { createJwksSources } from 'oauth-mtls/jwks';
import { createPathVerifier } from 'oauth-mtls/pki';
import {
  createCertificateAuthority,
  presented,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { JwksServer } from '../jwks/jwks-server.js';

/*
 * Inputs on which authorization servers and their libraries are known to give the wrong answer. Those of oidc-provider
 * are in test/interop/oidc-provider.test.ts.
 */
let authority: TestAuthority;
let client: TestCertificate;

beforeAll(async () => {
  authority = await createCertificateAuthority({ subject: 'CN=Client CA' });
  client = await authority.issue({
    subject: 'CN=client,O=Acme,C=US',
    san: { ip: '2001:db8::1', uri: 'https://client.example/a#b' },
  });
});

function authenticate(certificate: TestCertificate, metadata: object, options?: AuthenticateClientOptions) {
  const paths = createPathVerifier({ trustAnchors: [authority.pem] });
  return authenticateClient(presented(certificate), metadata as MtlsClientMetadata, options ?? { pathVerifier: paths });
}

function byDn(value: string) {
  return { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: value };
}

describe('Spring Security', () => {
  it('takes a client of a PKI that sends its own certificate alone for one, not for self-signed', async () => {
    expect(presented(client).intermediates).toEqual([]);
    expect(await authenticate(client, byDn('CN=client,O=Acme,C=US'))).toMatchObject({ method: 'tls_client_auth' });
  });

  it('does not trust the former jwks_uri of a client', async () => {
    const former = await selfSignedCertificate();
    const current = await selfSignedCertificate();
    const [formerServer, currentServer] = [await JwksServer.start(former), await JwksServer.start(current)];
    const sources = createJwksSources({ unsafeAllowHttp: true, unsafeAllowPrivateAddresses: true });
    const registered = (uri: string) =>
      parseClientMetadata(
        { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: uri },
        { unsafeAllowHttpJwksUri: true },
      );
    const before = registered(formerServer.uri);
    const after = registered(currentServer.uri);
    const jwks = sources(formerServer.uri);
    expect(await authenticate(former, before, { jwksSource: jwks })).toMatchObject({
      method: 'self_signed_tls_client_auth',
    });
    // the source of the former one, and the right one
    await expect(authenticate(former, after, { jwksSource: jwks })).rejects.toMatchObject({
      code: 'ERR_CLIENT_KEYS_UNAVAILABLE',
    });
    await expect(authenticate(former, after, { jwksSource: sources(currentServer.uri) })).rejects.toMatchObject({
      code: 'ERR_CLIENT_CERTIFICATE_UNKNOWN',
    });
    expect(await authenticate(current, after, { jwksSource: sources(currentServer.uri) })).toMatchObject({
      method: 'self_signed_tls_client_auth',
    });
    await Promise.all([formerServer.stop(), currentServer.stop()]);
  });
});

describe('Spring Security and Keycloak', () => {
  it.each(['CN=client, O=Acme, C=US', 'cn=client,o=acme,c=us', 'CN=CLIENT,O=ACME,C=US', '2.5.4.3=client,O=Acme,C=US'])(
    'compare names, not texts: %s',
    async (dn) => {
      expect(await authenticate(client, byDn(dn))).toMatchObject({ method: 'tls_client_auth' });
    },
  );

  it('know organizationIdentifier, by its name and by its number', async () => {
    const number = '2.5.4.97=#0c0750534442522d31,CN=client,C=US';
    const certificate = await authority.issue({ subject: number });
    for (const dn of [number, 'organizationIdentifier=PSDBR-1,CN=client,C=US']) {
      expect(await authenticate(certificate, byDn(dn))).toMatchObject({ method: 'tls_client_auth' });
    }
  });

  it('answer an attribute name that they do not know with a typed error, at registration', () => {
    expect(() => parseClientMetadata(byDn('orgIdentifier=PSDBR-1,CN=client,C=US'))).toThrow(
      expect.objectContaining({
        code: 'ERR_METADATA_VALUE',
        detail: expect.objectContaining({ reason: 'unknown-attribute' }),
      }),
    );
  });
});

describe('Keycloak', () => {
  it('takes a confirmation with jkt alone for unbound to a certificate, and does not fall over it', () => {
    const claims = { cnf: { jkt: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' } };
    expect(() => verifyConfirmation(claims, presented(client))).toThrow(
      expect.objectContaining({ code: 'ERR_CNF_REQUIRED' }),
    );
    expect(verifyConfirmation(claims, presented(client), { required: false })).toEqual({ bound: false });
    const both = { cnf: { ...claims.cnf, ...createConfirmation(client.certificate) } };
    expect(verifyConfirmation(both, presented(client))).toMatchObject({ bound: true });
  });

  it('pins an authority by its key: another of the same name certifies nobody', async () => {
    const namesake = await createCertificateAuthority({ subject: 'CN=Client CA' });
    const forged = await namesake.issue({ subject: 'CN=client,O=Acme,C=US' });
    await expect(authenticate(forged, byDn('CN=client,O=Acme,C=US'))).rejects.toMatchObject({
      code: 'ERR_CLIENT_PATH',
    });
  });
});

describe('Abblix', () => {
  it('lets no certificate pass for want of options', async () => {
    const metadata = byDn('CN=client,O=Acme,C=US');
    await expect(authenticate(client, metadata, {})).rejects.toMatchObject({ code: 'ERR_CLIENT_UNVERIFIED' });
    await expect(
      authenticate(client, metadata, { pathVerifier: createClientPathVerifiers(new Map())('client') }),
    ).rejects.toMatchObject({ code: 'ERR_CLIENT_PATH' });
    expect(() => createPathVerifier({ trustAnchors: [] })).toThrow(TypeError);
    expect(() => parseClientMetadata({ token_endpoint_auth_method: 'tls_client_auth' })).toThrow(
      expect.objectContaining({ code: 'ERR_METADATA_SUBJECT' }),
    );
  });

  it.each(['2001:db8::1', '2001:DB8:0:0::1', '2001:db8:0:0:0:0:0.0.0.1'])(
    'compares IPv6 addresses by their octets: %s',
    async (ip) => {
      expect(
        await authenticate(client, { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_ip: ip }),
      ).toMatchObject({ method: 'tls_client_auth' });
    },
  );

  it('takes the fragment of a URI for a part of it', async () => {
    const byUri = (uri: string) =>
      authenticate(client, { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_uri: uri });
    expect(await byUri('https://client.example/a#b')).toMatchObject({ method: 'tls_client_auth' });
    await expect(byUri('https://client.example/a')).rejects.toMatchObject({ code: 'ERR_CLIENT_SUBJECT_MISMATCH' });
    await expect(byUri('https://client.example/a#c')).rejects.toMatchObject({ code: 'ERR_CLIENT_SUBJECT_MISMATCH' });
  });
});

describe('the OpenID conformance suite', () => {
  it('refuses a forged certificate with the same subject, serial number and extensions from another authority', async () => {
    const other = await createCertificateAuthority({ subject: 'CN=Client CA' });
    const profile = {
      subject: 'CN=client,O=Acme,C=US',
      serialNumber: client.certificate.serialNumber,
      san: { ip: '2001:db8::1' },
    };
    await expect(authenticate(await other.issue(profile), byDn('CN=client,O=Acme,C=US'))).rejects.toMatchObject({
      code: 'ERR_CLIENT_PATH',
    });
  });

  it('does not take the names of a DN in another order', async () => {
    await expect(authenticate(client, byDn('C=US,O=Acme,CN=client'))).rejects.toMatchObject({
      code: 'ERR_CLIENT_SUBJECT_MISMATCH',
    });
    await expect(authenticate(client, byDn('CN=client,C=US,O=Acme'))).rejects.toMatchObject({
      code: 'ERR_CLIENT_SUBJECT_MISMATCH',
    });
    await expect(authenticate(client, byDn('CN=client,CN=client,O=Acme,C=US'))).rejects.toMatchObject({
      code: 'ERR_CLIENT_SUBJECT_MISMATCH',
    });
  });
});
