import type * as Asn1 from 'asn1js';
import type * as Pki from 'pkijs';
import type { Certificate } from '../../x509/certificate.js';
import { checkOption, checkOptions } from '../../options.js';
import type { Issuer } from '../build-certificate.js';
import type { TestCertificate } from '../certificate-options.js';
import { writePem } from '../../encoding/pem.js';
import { loadPkijs } from '../load-packages.js';
import { bareCertificate } from '../../presented/presented-certificate.js';

const HOUR = 3_600_000;
const NONCE = '1.3.6.1.5.5.7.48.1.2';

export interface TestOcspOptions {
  /** The status of the certificate. Default `good`. */
  readonly status?: 'good' | 'revoked' | 'unknown';
  /** Default: `now` of the authority. */
  readonly revocationDate?: Date;
  /** CRLReason (RFC 5280 §5.3.1), such as 1 for keyCompromise. */
  readonly reason?: number;
  /** Default: an hour before `now` of the authority. */
  readonly thisUpdate?: Date;
  /** Default: a day after it. Null omits it. */
  readonly nextUpdate?: Date | null;
  /** The signer, with `extendedKeyUsage: ['ocspSigning']`. Its certificate is included. Default: the authority. */
  readonly responder?: TestCertificate;
  /** The nonce of the request. */
  readonly nonce?: Uint8Array;
  /** The hash that identifies the certificate. Default `SHA-256`. */
  readonly hash?: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';
}

/**
 * Signs a response for one certificate (RFC 6960 §4.2). The key of the signer must be EC or RSA.
 *
 * @throws TypeError for another type of key
 */
export async function buildOcspResponse(
  issuer: Issuer & { readonly self: TestCertificate },
  target: Certificate | TestCertificate,
  options: TestOcspOptions,
  now: number,
): Promise<{ pem: string; der: Uint8Array }> {
  checkOptions<TestOcspOptions>(options, {
    status: ['good', 'revoked', 'unknown'],
    revocationDate: 'date',
    reason: 'count',
    thisUpdate: 'date',
    nextUpdate: 'any',
    responder: 'object',
    nonce: 'bytes',
    hash: ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'],
  });
  const { keys, algorithm } = (options.responder ?? issuer).keyPair;
  // pkijs supports no other keys
  if (!/^(?:ECDSA|RSA)/.test(algorithm.name))
    throw new TypeError('An OCSP response must be signed with an EC or RSA key');
  const { pki, asn1 } = await loadPkijs();
  const { thisUpdate, nextUpdate, responder, nonce, hash = 'SHA-256' } = options;
  if (nextUpdate !== undefined && nextUpdate !== null) checkOption('nextUpdate', nextUpdate, 'date');
  // earlier versions do not find WebCrypto on Node
  const engine = new pki.CryptoEngine({ name: 'oauth-mtls', crypto });
  const read = (certificate: Certificate): Pki.Certificate => pki.Certificate.fromBER(ownBuffer(certificate.der));
  const issuerCertificate = read(issuer.self.certificate);
  const certID = new pki.CertID();
  await certID.createForCertificate(read(bareCertificate(target)), { hashAlgorithm: hash, issuerCertificate }, engine);
  const single = new pki.SingleResponse({
    certID,
    certStatus: certStatus(asn1, options, now),
    thisUpdate: wholeSecond(thisUpdate ?? new Date(now - HOUR)),
    ...(nextUpdate !== null && { nextUpdate: wholeSecond(nextUpdate ?? new Date(now + 24 * HOUR)) }),
  });
  const signer = responder === undefined ? issuerCertificate : read(responder.certificate);
  const extension = nonce && new asn1.OctetString({ valueHex: ownBuffer(nonce) }).toBER();
  const basic = new pki.BasicOCSPResponse({
    tbsResponseData: new pki.ResponseData({
      responderID: signer.subject,
      producedAt: wholeSecond(new Date(now)),
      responses: [single],
      ...(extension && { responseExtensions: [new pki.Extension({ extnID: NONCE, extnValue: extension })] }),
    }),
    ...(responder && { certs: [signer] }),
  });
  await basic.sign(keys.privateKey, 'SHA-256', engine);
  const response = new pki.OCSPResponse({
    responseStatus: new asn1.Enumerated({ value: 0 }),
    responseBytes: new pki.ResponseBytes({
      responseType: '1.3.6.1.5.5.7.48.1.1',
      response: new asn1.OctetString({ valueHex: basic.toSchema().toBER() }),
    }),
  });
  const der = new Uint8Array(response.toSchema().toBER());
  return { der, pem: writePem('OCSP RESPONSE', der) };
}

/** CertStatus ::= CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL }, all IMPLICIT. */
function certStatus(asn1: typeof Asn1, { status = 'good', reason, revocationDate }: TestOcspOptions, now: number) {
  const tagged = (tagNumber: number) => ({ tagClass: 3, tagNumber });
  switch (status) {
    case 'good':
      return new asn1.Primitive({ idBlock: tagged(0) });
    case 'unknown':
      return new asn1.Primitive({ idBlock: tagged(2) });
    case 'revoked': {
      const time = new asn1.GeneralizedTime({ valueDate: wholeSecond(revocationDate ?? new Date(now)) });
      const code = reason === undefined ? [] : [new asn1.Enumerated({ value: reason })];
      const reasons = code.map((each) => new asn1.Constructed({ idBlock: tagged(0), value: [each] }));
      return new asn1.Constructed({ idBlock: tagged(1), value: [time, ...reasons] });
    }
  }
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
