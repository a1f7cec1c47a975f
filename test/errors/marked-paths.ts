import { MtlsError, parseCertificate } from 'oauth-mtls';
import { createPathVerifier, createReloadingPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import { forgedTwin, presented, type TestCertificate } from 'oauth-mtls/testing';
import { createTrust } from 'oauth-mtls/trust';
import { fromHex } from '../../src/testing/der-writer.js';
import { nameConstraints } from '../pki/constraints.js';
import { resigned } from '../pki/resigned-certificate.js';
import { authority, bySubject, issued, NAME, own, refused, SECRET, type MarkedRow } from './marked.js';

const DAY = 86_400_000;

/** A client whose chain is refused for one reason. */
const path = (
  code: MarkedRow['code'],
  what: string,
  leaf: TestCertificate | Uint8Array,
  options: Partial<PathVerifierOptions> = {},
  intermediates: readonly TestCertificate[] = [],
): MarkedRow => {
  const certificate = leaf instanceof Uint8Array ? parseCertificate(leaf) : leaf;
  return refused(code, what, bySubject, presented(certificate, { intermediates }), {
    pathVerifier: createPathVerifier({ trustAnchors: [authority.pem], ...options }),
  });
};

const subject = `CN=${NAME}`;
const middle = await authority.issueAuthority({ subject: `CN=${NAME} Middle` });
const constrained = await authority.issueAuthority({
  subject: `CN=${NAME} Constrained`,
  extensions: [nameConstraints({ permitted: [['dns', `${NAME}.example`]] })],
});
const short = await authority.issueAuthority({
  subject: `CN=${NAME} Short`,
  basicConstraints: { ca: true, pathLength: 0 },
});
const below = await short.issueAuthority({ subject: `CN=${NAME} Below` });
const noAuthority = await authority.issueAuthority({ subject: `CN=${NAME} None`, basicConstraints: { ca: false } });
const noSigner = await authority.issueAuthority({ subject: `CN=${NAME} Key`, keyUsage: ['digitalSignature'] });
const old = await authority.issueAuthority({ subject: `CN=${NAME} Old`, notAfter: new Date(Date.now() - 1000) });
const next = await authority.issueAuthority({ subject: `CN=${NAME} Next`, notBefore: new Date(Date.now() + DAY) });
const emptyConstraints = { oid: '2.5.29.36', value: fromHex('3000') };
const unusable = await authority.issueAuthority({ subject: `CN=${NAME} Root`, extensions: [emptyConstraints] });
const unknownCritical = { oid: '1.2.3.4', critical: true, value: fromHex('0500') };

/** A certificate on a curve that does not exist, or with an even public exponent. */
async function withKey(keyType: 'P-256' | 'RSA-2048', hex: string, replacement: string): Promise<Uint8Array> {
  const { certificate } = await authority.issue({ subject, keyType });
  const der = Buffer.from(certificate.der);
  der.set(fromHex(replacement), der.indexOf(fromHex(hex)));
  return resigned(parseCertificate(der), authority.privateKeyPem, {});
}

const issue = (options: Parameters<typeof authority.issue>[0]) => authority.issue({ subject, ...options });

/** Certification paths. */
export const markedPaths: readonly MarkedRow[] = [
  path('ERR_PATH_NO_ANCHOR', 'another authority', own),
  path('ERR_PATH_MALFORMED', 'empty policy constraints', await issue({ extensions: [emptyConstraints] })),
  path('ERR_PATH_SIGNATURE', 'a forged twin', await forgedTwin(issued)),
  path('ERR_PATH_EXPIRED', 'an expired authority', await old.issue({ subject }), {}, [old]),
  path('ERR_PATH_NOT_YET_VALID', 'an early authority', await next.issue({ subject }), {}, [next]),
  path(
    'ERR_PATH_NAME_CONSTRAINTS',
    'a name that is not permitted',
    await constrained.issue({ subject, san: { dns: `${NAME}.other` } }),
    {},
    [constrained],
  ),
  path('ERR_PATH_POLICY', 'no policy', issued, { policies: { requireExplicitPolicy: true } }),
  path('ERR_PATH_REVOKED', 'a revoked certificate', issued, {
    crls: [(await authority.crl({ revoked: [issued] })).pem],
  }),
  path('ERR_PATH_REVOCATION_UNKNOWN', 'no CRL', issued, { revocation: 'require', crls: [] }),
  path('ERR_PATH_PROFILE', 'an authority without a name', await issue({ subject: '' }), { strictProfile: true }),
  path('ERR_PATH_BASIC_CONSTRAINTS', 'no authority', await noAuthority.issue({ subject }), {}, [noAuthority]),
  path('ERR_PATH_LENGTH', 'a long chain', await below.issue({ subject }), {}, [below, short]),
  path('ERR_PATH_KEY_USAGE', 'no keyCertSign', await noSigner.issue({ subject }), {}, [noSigner]),
  path('ERR_PATH_EXTENDED_KEY_USAGE', 'for servers', await issue({ extendedKeyUsage: ['serverAuth'] })),
  path('ERR_PATH_CRITICAL_EXTENSION', 'an unknown one', await issue({ extensions: [unknownCritical] })),
  path('ERR_PATH_ALGORITHM', 'a curve', await withKey('P-256', '06082a8648ce3d030107', '06082a8648ce3d030106')),
  path('ERR_PATH_WEAK_KEY', 'an even exponent', await withKey('RSA-2048', '0203010001', '0203010000')),
  path('ERR_PATH_LIMIT', 'too many intermediates', issued, { limits: { intermediates: 1 } }, [middle, short]),
  refused('ERR_CLIENT_PATH', 'a verifier that finds nothing', bySubject, presented(issued), {
    pathVerifier: { verify: async () => undefined as never },
  }),
  {
    code: 'ERR_PATH_ANCHOR',
    what: 'an anchor that can never be used',
    run: () => createPathVerifier({ trustAnchors: [unusable.pem] }),
  },
  {
    code: 'ERR_PATH_REVOCATION_MALFORMED',
    what: 'a certificate in place of a CRL',
    run: () => createPathVerifier({ trustAnchors: [authority.pem], crls: [own.certificate.der] }).verify(issued.pem),
  },
  {
    code: 'ERR_PATH_STALE',
    what: 'anchors that were loaded long ago',
    run: async () => {
      let clock = Date.now();
      let load = async () => ({ trustAnchors: [authority.pem] });
      const verifier = await createReloadingPathVerifier({ load: () => load(), now: () => new Date(clock) });
      load = () => Promise.reject(new MtlsError('ERR_ENCODING_PEM', { found: [NAME] }));
      await verifier.reload().catch(() => undefined);
      clock += 2 * DAY;
      verifier.close();
      await verifier.verify(issued.pem);
    },
  },
  {
    code: 'ERR_TRUST_SOURCE',
    what: 'garbage',
    run: () => createTrust({ anchors: `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----\n` }),
  },
  {
    code: 'ERR_TRUST_SOURCE',
    what: 'the key of another certificate',
    run: () => createTrust({ anchors: authority.pem, server: { key: own.privateKeyPem, cert: issued.chainPem } }),
  },
];
