import { assertMtlsError, MtlsError, reasonOf } from '../../errors.js';
import type { PathCertificate } from '../certificate/path-certificate.js';
import { checkStrictProfile } from '../certificate/strict-profile.js';
import { checkLastingAuthority, type PathPurpose } from './path-rules.js';

/** The intended use of anchors. */
export interface AnchorUse extends Omit<PathPurpose, 'time'> {
  readonly strictProfile: boolean;
}

/**
 * Checks each trust anchor for faults that invalidate every path to it, at any time and for any certificate: it is not
 * an authority, its key or an extension is not accepted, or `strictProfile` refuses it. Does not check: its validity
 * period, because an anchor may be used at another time.
 *
 * An unsupported critical extension is an error only if no other anchor is usable, because such a root does not affect
 * the paths to other anchors.
 *
 * @throws MtlsError ERR_PATH_ANCHOR
 */
export function checkAnchors(anchors: readonly PathCertificate[], use: AnchorUse): void {
  let usable = false;
  let unsupported: MtlsError | undefined;
  for (const [index, anchor] of anchors.entries()) {
    const fault = faultOf(anchor, use);
    if (fault === undefined) usable = true;
    else if (fault.code === 'ERR_PATH_CRITICAL_EXTENSION') unsupported ??= anchorError(anchor, index, fault);
    else throw anchorError(anchor, index, fault);
  }
  if (!usable && unsupported !== undefined) throw unsupported;
}

function faultOf(anchor: PathCertificate, use: AnchorUse): MtlsError | undefined {
  try {
    checkLastingAuthority(anchor, use);
    // RFC 5280 §4.1.2.4: the certificates that it issues would have an empty issuer
    if (anchor.subject.rdns.length === 0) throw anchor.error('ERR_PATH_MALFORMED', 'empty-issuer');
    const { key } = anchor.publicKey();
    anchor.decode(() => key.prepare());
    if (use.strictProfile) checkStrictProfile([anchor]);
    return undefined;
  } catch (error) {
    assertMtlsError(error);
    return error;
  }
}

function anchorError({ certificate }: PathCertificate, index: number, cause: MtlsError): MtlsError {
  const { thumbprint, subject } = certificate;
  const reason = reasonOf('ERR_PATH_ANCHOR', cause.code);
  const { found } = cause.detail;
  return new MtlsError('ERR_PATH_ANCHOR', { reason, index, subject: subject.toString(), thumbprint, found }, { cause });
}
