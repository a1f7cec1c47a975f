import { createPrivateKey, sign } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { authenticateClient, parseCertificate, parseClientMetadata } from 'oauth-mtls';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createPathVerifier, createReloadingPathVerifier, type AdditionalCurve } from 'oauth-mtls/pki';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { createTrust } from 'oauth-mtls/trust';
import { afterAll, describe, expect, it } from 'vitest';
import { DerReader, TAG } from '../../../src/encoding/der.js';
import { ADDITIONAL_CURVES } from '../../../src/platform/signature-scheme.js';
import { VerificationKey as PortableKey } from '../../../src/platform/verify.portable.js';
import { sequence, tlv } from '../../../src/testing/der-writer.js';
import { OpenSsl } from '../openssl.js';

const openssl = new OpenSsl();
afterAll(() => openssl.dispose());

const END_ENTITY = 'keyUsage=digitalSignature\nauthorityKeyIdentifier=keyid';

interface Issued {
  readonly pem: string;
  readonly key: string;
}

function privateKey(curve: string): string {
  return openssl.run('ecparam', '-name', curve, '-genkey', '-noout');
}

/** An authority that OpenSSL makes. */
function authority(curve: string, subject = '/CN=Root'): Issued {
  const key = privateKey(curve);
  const pem = openssl.run('req', '-new', '-x509', '-key', openssl.write(key), '-subj', subject, '-days', '9');
  return { pem, key };
}

/** A certificate that the authority issues, of version 3. */
function issue(issuer: Issued, curve: string, extensions = END_ENTITY, subject = '/CN=client'): Issued {
  const key = privateKey(curve);
  const request = openssl.write(openssl.run('req', '-new', '-key', openssl.write(key), '-subj', subject));
  const signer = ['-CA', openssl.write(issuer.pem), '-CAkey', openssl.write(issuer.key), '-set_serial', '65'];
  const added = ['-extfile', openssl.write(extensions), '-days', '8'];
  return { pem: openssl.run('x509', '-req', '-in', request, ...signer, ...added), key };
}

const refused = (curve: string) =>
  expect.objectContaining({
    code: 'ERR_PATH_ALGORITHM',
    detail: expect.objectContaining({ reason: 'curve', found: [curve] }),
  });

describe.each(ADDITIONAL_CURVES)('%s', (curve) => {
  const root = authority(curve);
  const client = issue(root, curve);
  const others = ADDITIONAL_CURVES.filter((each) => each !== curve);
  const paths = (additionalCurves?: readonly AdditionalCurve[]) =>
    createPathVerifier({ trustAnchors: [root.pem], ...(additionalCurves && { additionalCurves }) });

  it('is refused unless it is named, in an anchor and in a leaf', async () => {
    const known = authority('prime256v1');
    const leaf = issue(known, curve);
    for (const curves of [undefined, [], others]) {
      expect(() => paths(curves)).toThrow(expect.objectContaining({ code: 'ERR_PATH_ANCHOR', cause: refused(curve) }));
      const below = createPathVerifier({ trustAnchors: [known.pem], ...(curves && { additionalCurves: curves }) });
      await expect(below.verify(leaf.pem)).rejects.toEqual(refused(curve));
    }
  });

  it('is accepted where it is named, and nothing that was changed', async () => {
    const verifier = paths([curve]);
    await expect(verifier.verify(client.pem)).resolves.toBeDefined();
    const strict = createPathVerifier({ trustAnchors: [root.pem], additionalCurves: [curve], strictProfile: true });
    await expect(strict.verify(client.pem)).resolves.toBeDefined();
    const { der } = parseCertificate(client.pem);
    der[der.length - 1]! ^= 1;
    await expect(verifier.verify(der)).rejects.toMatchObject({ code: 'ERR_PATH_SIGNATURE' });
    const impostor = issue(authority(curve), curve);
    await expect(verifier.verify(impostor.pem)).rejects.toMatchObject({ code: 'ERR_PATH_SIGNATURE' });
  });

  it('is refused by WebCrypto with the reason that it is the runtime', async () => {
    const key = new PortableKey(parseCertificate(client.pem).publicKey);
    const verdict = key.verify({ name: 'ECDSA', hash: 'SHA-256', curve }, new Uint8Array(1), new Uint8Array(64));
    await expect(verdict).rejects.toMatchObject({ code: 'ERR_PATH_ALGORITHM', detail: { reason: 'runtime' } });
  });
});

describe('additionalCurves', () => {
  const curve = 'brainpoolP256r1';
  const additionalCurves = [curve] as const;
  const root = authority(curve);
  const client = issue(root, curve);

  it.each([['P-256'], ['secp256k1'], ['brainpoolP256t1'], [curve.toUpperCase()]])(
    'takes no other curve: %s',
    (name) => {
      expect(() => createPathVerifier({ trustAnchors: [root.pem], additionalCurves: [name as never] })).toThrow(
        TypeError,
      );
    },
  );

  it('counts for CRLs', async () => {
    const kit = await createCertificateAuthority({ subject: 'CN=Root' });
    // the kit's CRL, signed by the key on the other curve
    const list = async (revoked: readonly { serialNumber: string }[]) => {
      const reader = new DerReader((await kit.crl({ revoked })).der).expect(TAG.SEQUENCE).enter();
      const tbs = reader.expect(TAG.SEQUENCE).element();
      const algorithm = reader.expect(TAG.SEQUENCE).element();
      const signature = sign('sha256', tbs, createPrivateKey(root.key));
      return sequence(tbs, algorithm, tlv(TAG.BIT_STRING, Uint8Array.of(0), signature));
    };
    const verify = async (crl: Uint8Array) =>
      createPathVerifier({ trustAnchors: [root.pem], crls: [crl], revocation: 'require', additionalCurves }).verify(
        client.pem,
      );
    expect((await verify(await list([]))).revocation).toEqual(['crl']);
    await expect(verify(await list([{ serialNumber: '41' }]))).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
  });

  it('counts for OCSP responses of a responder with a key on it', async () => {
    const responder = issue(
      root,
      curve,
      'keyUsage=digitalSignature\nextendedKeyUsage=OCSPSigning\nnoCheck=yes',
      '/CN=o',
    );
    const known = authority('prime256v1');
    const file = (content: string) => openssl.write(content);
    const ocsp = (issuer: Issued, target: Issued, signer: Issued, status: string): Uint8Array => {
      const certificates = ['-issuer', file(issuer.pem), '-cert', file(target.pem), '-CA', file(issuer.pem)];
      const signing = ['-rsigner', file(signer.pem), '-rkey', file(signer.key)];
      const index = `${status}\t350101000000Z\t${status === 'R' ? '250101000000Z' : ''}\t41\tunknown\t/CN=client\n`;
      openssl.run('ocsp', '-index', file(index), ...certificates, ...signing, '-ndays', '1', '-respout', 'response');
      return openssl.read('response');
    };
    const verify = async (issuer: Issued, target: Issued, response: Uint8Array, curves: readonly AdditionalCurve[]) =>
      createPathVerifier({
        trustAnchors: [issuer.pem],
        ocspResponses: [response],
        revocation: 'require',
        additionalCurves: curves,
      }).verify(target.pem);
    const good = ocsp(root, client, responder, 'V');
    expect((await verify(root, client, good, additionalCurves)).revocation).toEqual(['ocsp']);
    const revoked = ocsp(root, client, responder, 'R');
    await expect(verify(root, client, revoked, additionalCurves)).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
    // a responder of an authority on P-256: nothing but its own key is on the other curve
    const target = issue(known, 'prime256v1');
    const delegate = issue(known, curve, 'extendedKeyUsage=OCSPSigning\nnoCheck=yes', '/CN=o');
    const mixed = ocsp(known, target, delegate, 'V');
    expect((await verify(known, target, mixed, additionalCurves)).revocation).toEqual(['ocsp']);
    await expect(verify(known, target, mixed, [])).rejects.toMatchObject({ code: 'ERR_PATH_REVOCATION_UNKNOWN' });
  });

  it('is forgotten with the options that named it', async () => {
    const known = authority('prime256v1');
    const middle = issue(known, curve, 'basicConstraints=critical,CA:TRUE', '/CN=Middle');
    const leaf = issue(middle, 'prime256v1');
    let curves: readonly AdditionalCurve[] = additionalCurves;
    const load = () =>
      Promise.resolve({ trustAnchors: [known.pem], intermediates: [middle.pem], additionalCurves: curves });
    const verifier = await createReloadingPathVerifier({ load });
    await verifier.verify(leaf.pem);
    curves = [];
    await verifier.reload();
    await expect(verifier.verify(leaf.pem)).rejects.toEqual(refused(curve));
    verifier.close();
  });

  it('is an option of createTrust', async () => {
    const anchors = () => Promise.resolve(root.pem);
    await expect(createTrust({ anchors })).rejects.toMatchObject({ cause: { code: 'ERR_PATH_ANCHOR' } });
    const trust = await createTrust({ anchors, additionalCurves });
    await trust.pathVerifier.verify(client.pem);
    trust.close();
  });

  it('authenticates a client over a real handshake', async () => {
    const server = authority('prime256v1', '/CN=localhost');
    // OpenSSL 3.0 sends such a certificate in TLS 1.2 only, and where the curve is one of the key exchange
    const tls = { maxVersion: 'TLSv1.2', ecdhCurve: `${curve}:P-256` } as const;
    const options = mutualTlsOptions({
      key: server.key,
      cert: server.pem,
      ca: root.pem,
      rejectUnauthorized: false,
      ...tls,
    });
    const listener = createServer(options).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const own = { key: client.key, cert: client.pem };
    const socket = connect({ port, host: '127.0.0.1', ca: server.pem, servername: 'localhost', ...own, ...tls });
    const [accepted] = (await once(listener, 'secureConnection')) as [TLSSocket];
    const evidence = presentedCertificate(accepted);
    accepted.destroy();
    socket.destroy();
    listener.close();
    const metadata = parseClientMetadata({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=client',
    });
    const pathVerifier = createPathVerifier({ trustAnchors: [root.pem], additionalCurves });
    const { method } = await authenticateClient(evidence, metadata, { pathVerifier });
    expect(method).toBe('tls_client_auth');
  });
});
