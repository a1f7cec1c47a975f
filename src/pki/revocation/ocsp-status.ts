import { bytesEqual, toHex } from '../../encoding/bytes.js';
import { DerReader, TAG } from '../../encoding/der.js';
import { assertMtlsError } from '../../errors.js';
import { validityAt } from '../../x509/validity.js';
import { digest } from '#platform/verify';
import { KEY_USAGE, PURPOSE } from '../certificate/certificate-extensions.js';
import type { RevocationStatus } from './crl-status.js';
import type { OcspResponse, SingleResponse } from './ocsp-response.js';
import type { PathCertificate } from '../certificate/path-certificate.js';
import { checkTarget, type PathPurpose } from '../path/path-rules.js';

/** An OCSP response with the nonce of its request, if there was one. */
export interface GivenOcspResponse {
  readonly response: OcspResponse;
  readonly nonce: Uint8Array | undefined;
}

/** The parts of the verification that the evaluation of responses uses. */
export interface OcspContext {
  readonly time: number;
  /** Whether the response is signed by the key of this certificate. Nothing else is checked. */
  readonly verify: (response: OcspResponse, signer: PathCertificate) => Promise<boolean>;
  /** Whether a certificate is signed by the issuer. */
  readonly issued: (certificate: PathCertificate, issuer: PathCertificate) => Promise<boolean>;
  /** Whether a responder's certificate is known not to be revoked. */
  readonly unrevoked: (responder: PathCertificate) => Promise<boolean>;
}

/**
 * Returns the status of a certificate according to OCSP responses. Its issuer has already been validated. An unusable
 * response for the certificate leaves the status unknown.
 *
 * @see RFC 6960 §3.2
 */
export async function statusByOcsp(
  given: readonly GivenOcspResponse[],
  certificate: PathCertificate,
  issuer: PathCertificate,
  context: OcspContext,
): Promise<RevocationStatus> {
  let status: RevocationStatus;
  for (const { response, nonce } of given) {
    for (const single of response.responses) {
      if (!(await names(single, certificate, issuer))) continue;
      const usable =
        isUsable(response, single, context.time) &&
        (nonce === undefined || (response.nonce !== undefined && bytesEqual(nonce, response.nonce))) &&
        (await isAuthorised(response, issuer, context));
      if (usable && single.status === 'revoked') return 'revoked';
      if (usable && single.status === 'good') status = 'good';
      else status ??= 'unknown';
    }
  }
  return status;
}

/** RFC 6960 §3.2(1): the response is about this certificate of this issuer. */
async function names(single: SingleResponse, certificate: PathCertificate, issuer: PathCertificate): Promise<boolean> {
  const { bytes, serialStart, serialEnd, issuerStart, issuerEnd } = certificate.fields;
  if (single.serial !== toHex(bytes, serialStart, serialEnd)) return false;
  // with an unknown hash it may be about this certificate, but it is not usable
  if (single.hash === undefined) return true;
  const nameHash = await digest(single.hash, bytes.subarray(issuerStart, issuerEnd));
  return (
    bytesEqual(single.issuerNameHash, nameHash) && bytesEqual(single.issuerKeyHash, await keyHash(single.hash, issuer))
  );
}

/**
 * RFC 6960 §3.2(5), (6), §4.2.2.1: every critical extension is processed, and the response is current and has a
 * nextUpdate.
 */
function isUsable(response: OcspResponse, single: SingleResponse, time: number): boolean {
  if (response.unprocessed || single.unprocessed || single.hash === undefined) return false;
  return response.producedAt <= time && validityAt(time, single.thisUpdate, single.nextUpdate) === 'valid';
}

/** RFC 6960 §3.2(2) to (4), §4.2.2.2: signed by the issuer, or by a responder that the issuer itself certified. */
async function isAuthorised(response: OcspResponse, issuer: PathCertificate, context: OcspContext): Promise<boolean> {
  if ((await isResponder(response, issuer)) && (await context.verify(response, issuer))) return true;
  for (const responder of response.certificates) {
    if (
      (await isResponder(response, responder)) &&
      mayRespond(responder, context.time) &&
      issuer.subject.equals(responder.issuer) &&
      (await context.issued(responder, issuer)) &&
      (await context.verify(response, responder)) &&
      (responder.extensions.ocspNoCheck || (await context.unrevoked(responder)))
    ) {
      return true;
    }
  }
  return false;
}

async function isResponder({ responder }: OcspResponse, candidate: PathCertificate): Promise<boolean> {
  if ('name' in responder) return candidate.subject.equals(responder.name);
  return bytesEqual(responder.keyHash, await keyHash('SHA-1', candidate));
}

/** RFC 6960 §4.2.2.2: id-kp-OCSPSigning must be explicit. anyExtendedKeyUsage is not sufficient. */
function mayRespond(responder: PathCertificate, time: number): boolean {
  const purpose: PathPurpose = { time, purpose: 0, revocation: true };
  try {
    checkTarget(responder, purpose);
  } catch (error) {
    assertMtlsError(error);
    return false;
  }
  const { purposes = 0, keyUsage } = responder.extensions;
  return (
    (purposes & PURPOSE.ocspSigning) !== 0 && (keyUsage === undefined || (keyUsage & KEY_USAGE.digitalSignature) !== 0)
  );
}

/** RFC 6960 §4.1.1: the hash of the BIT STRING's octets, without tag, length and count of unused bits. */
async function keyHash(hash: NonNullable<SingleResponse['hash']>, { fields }: PathCertificate): Promise<Uint8Array> {
  const info = new DerReader(fields.bytes, fields.publicKeyStart, fields.publicKeyEnd).expect(TAG.SEQUENCE).enter();
  info.expect(TAG.SEQUENCE);
  return digest(hash, info.expect(TAG.BIT_STRING).content().subarray(1));
}
