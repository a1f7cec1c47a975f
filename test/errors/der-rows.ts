import { parseCertificate } from 'oauth-mtls';
import { createPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { context, TAG } from '../../src/encoding/der.js';
import { fromHex, oid, sequence, text, tlv } from '../../src/testing/der-writer.js';
import { resigned } from '../pki/resigned-certificate.js';
import { rowsOf, throwCause, type Row } from './row.js';

const root = await createCertificateAuthority({ subject: 'CN=Root' });
const leaf = await root.issue();

const integer = (value: number) => tlv(TAG.INTEGER, Uint8Array.of(value));
const octets = (...parts: Uint8Array[]) => tlv(TAG.OCTET_STRING, ...parts);
const extension = (dotted: string, value: Uint8Array, ...critical: Uint8Array[]) =>
  sequence(oid(dotted), ...critical, octets(value));
const CRITICAL = fromHex('0101ff');
const TIME = text(TAG.UTC_TIME, '260101000000Z');
const ALGORITHM = sequence(oid('1.2.840.10045.4.3.2'));
// long, so that the whole does not look like text
const SIGNATURE = tlv(TAG.BIT_STRING, new Uint8Array(200));
const POLICY = oid('1.2.3.4');
const ANY_POLICY = oid('2.5.29.32.0');

const verify = (target: Uint8Array, options: Partial<PathVerifierOptions> = {}) =>
  throwCause(() => createPathVerifier({ trustAnchors: [root.pem], ...options }).verify(target));

/** A certificate with these extensions and no others. */
const withExtensions = (...list: Uint8Array[]) =>
  resigned(leaf.certificate, root.privateKeyPem, { extensions: tlv(context(3, true), sequence(...list)) });
const certificate =
  (...parts: Parameters<typeof extension>) =>
  () =>
    verify(withExtensions(extension(...parts)));

interface CrlParts {
  readonly version?: number;
  readonly algorithm?: Uint8Array;
  readonly thisUpdate?: Uint8Array;
  /** Of the only entry. */
  readonly entryExtension?: Uint8Array;
  readonly extension?: Uint8Array;
}

/** A CRL with a signature that is not looked at. */
function crl({ version = 1, algorithm = ALGORITHM, thisUpdate = TIME, entryExtension, extension }: CrlParts) {
  const entries = entryExtension ? [sequence(sequence(integer(1), TIME, sequence(entryExtension)))] : [];
  const extensions = extension ? [tlv(context(0, true), sequence(extension))] : [];
  const tbs = sequence(integer(version), algorithm, sequence(), thisUpdate, TIME, ...entries, ...extensions);
  return () => verify(leaf.certificate.der, { crls: [sequence(tbs, ALGORITHM, SIGNATURE)] });
}

/** An OCSP response with a signature that is not looked at. */
function ocsp({ type = '1.3.6.1.5.5.7.48.1.1', status = fromHex('8000') }) {
  const id = sequence(sequence(oid('1.3.14.3.2.26')), octets(), octets(), integer(1));
  const list = sequence(sequence(id, status, TIME));
  const basic = sequence(sequence(tlv(context(2, true), octets()), TIME, list), ALGORITHM, SIGNATURE);
  const response = sequence(fromHex('0a0100'), tlv(context(0, true), sequence(oid(type), octets(basic))));
  return () => verify(leaf.certificate.der, { ocspResponses: [response] });
}

/** Structures of certificates, CRLs and OCSP responses. */
export const derRows: readonly Row[] = rowsOf('ERR_ENCODING_DER', {
  extensions: () =>
    parseCertificate(
      withExtensions(...Array.from({ length: 65 }, (_, at) => extension(`1.2.3.${at}`, fromHex('0500')))),
    ),
  oid: certificate('2.5.29.37', sequence(tlv(TAG.OID, Uint8Array.of(0x80)))),
  'authority-key-identifier': certificate('2.5.29.35', sequence(tlv(context(2), Uint8Array.of(1)))),
  'duplicate-policy': certificate('2.5.29.32', sequence(sequence(POLICY), sequence(POLICY))),
  'policy-qualifier': certificate(
    '2.5.29.32',
    sequence(sequence(POLICY, sequence(sequence(POLICY, integer(1))))),
    CRITICAL,
  ),
  'mapped-any-policy': certificate('2.5.29.33', sequence(sequence(ANY_POLICY, POLICY))),
  'policy-constraints': certificate('2.5.29.36', sequence()),
  'name-constraints': certificate('2.5.29.30', sequence()),
  version: crl({ version: 2 }),
  'signature-algorithm': crl({ algorithm: sequence(oid('1.2.840.10045.4.3.3')) }),
  time: crl({ thisUpdate: text(TAG.UTC_TIME, '261301000000Z') }),
  'certificate-issuer': crl({ entryExtension: extension('2.5.29.29', sequence(text(context(2), 'a.example'))) }),
  'general-names': crl({
    extension: extension(
      '2.5.29.28',
      sequence(tlv(context(0, true), tlv(context(0, true), ...Array<Uint8Array>(65).fill(text(context(6), 'a'))))),
    ),
  }),
  'response-type': ocsp({ type: '1.2.3' }),
  'cert-status': ocsp({ status: fromHex('8300') }),
});
