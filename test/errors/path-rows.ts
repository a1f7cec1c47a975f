import { parseCertificate } from 'oauth-mtls';
import { createPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import { createCertificateAuthority, type TestCertificate, type TestKeyType } from 'oauth-mtls/testing';
import { fromHex } from '../../src/testing/der-writer.js';
import { resigned } from '../pki/resigned-certificate.js';
import { shortKeyPair } from '../pki/short-key-pair.js';
import { certificateWithDuplicateExtension, rowsOf, type Row } from './row.js';

const root = await createCertificateAuthority({ subject: 'CN=Root' });
const leaf = await root.issue();

const verify = (target: Uint8Array | string, options: Partial<PathVerifierOptions> = {}) =>
  createPathVerifier({ trustAnchors: [root.pem], ...options }).verify(target);

/** Verifies a certificate in whose key octets have been replaced, once each. */
async function withKey(
  keyType: TestKeyType,
  ...[hex, replacement]: [hex: string, replacement: string]
): Promise<unknown> {
  const { certificate } = await root.issue({ keyType });
  const der = Buffer.from(certificate.der);
  der.set(fromHex(replacement), der.indexOf(fromHex(hex)));
  return verify(resigned(parseCertificate(der), root.privateKeyPem, {}));
}

/** Verifies a target of an authority that the anchor certifies. */
const below = async ({ pem }: TestCertificate, child: TestCertificate) =>
  createPathVerifier({ trustAnchors: [root.pem] }).verify(child.pem, [pem]);

/** Certification paths. */
export const pathRows: readonly Row[] = [
  ...rowsOf('ERR_PATH_ALGORITHM', {
    // a curve that is next to P-256
    curve: () => withKey('P-256', '06082a8648ce3d030107', '06082a8648ce3d030106'),
    // no uncompressed point
    publicKey: () => withKey('P-256', '03420004', '03420002'),
  }),
  ...rowsOf('ERR_PATH_WEAK_KEY', {
    modulus: async () => verify((await root.issue({ keyPair: await shortKeyPair() })).pem),
    // 65,537 becomes 65,536
    publicExponent: () => withKey('RSA-2048', '0203010001', '0203010000'),
  }),
  ...rowsOf('ERR_PATH_KEY_USAGE', {
    digitalSignature: async () => verify((await root.issue({ keyUsage: ['keyEncipherment'] })).pem),
    keyCertSign: async () => {
      const authority = await root.issueAuthority({ keyUsage: ['digitalSignature'] });
      return below(authority, await authority.issue());
    },
  }),
  ...rowsOf('ERR_PATH_MALFORMED', {
    ERR_CERTIFICATE_DUPLICATE_EXTENSION: async () => verify(await certificateWithDuplicateExtension()),
    'empty-issuer': async () => {
      const nameless = await createCertificateAuthority({ subject: '' });
      return verify((await nameless.issue()).pem);
    },
  }),
  ...rowsOf('ERR_PATH_PROFILE', {
    'empty-subject': async () =>
      verify((await root.issueAuthority({ subject: '', keyUsage: ['digitalSignature', 'keyCertSign'] })).pem, {
        strictProfile: true,
      }),
    'crl-number': async () => verify(leaf.pem, { strictProfile: true, crls: [(await root.crl()).pem] }),
  }),
];
