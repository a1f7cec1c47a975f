import { assertMtlsError } from '../../errors.js';
import { crlKey } from '../../pki/expiry.js';
import { CertificateRevocationList } from '../../pki/revocation/crl.js';
import { readBlocks } from './read-blocks.js';
import type { Content } from './name-source.js';
import { sourceError, type SourceReason } from './source-error.js';

export interface CrlAcceptance {
  /** Of the source. */
  readonly name: string;
  readonly now: Date;
  /** Whether a CRL is signed by an authority under the current trust anchors. */
  readonly isSigned: (crl: CertificateRevocationList) => Promise<boolean>;
}

/**
 * Reads the CRLs of a source and checks each before it replaces the current one: it is current, every critical
 * extension in it is processed, its issuer signed it and leads to a trust anchor, and neither cRLNumber nor thisUpdate
 * is lower. Each current CRL must have a replacement: one of another issuer or scope does not replace it.
 *
 * @throws MtlsError ERR_TRUST_SOURCE
 */
export async function acceptCrls(
  contents: readonly Content[],
  held: readonly CertificateRevocationList[] = [],
  { name, now, isSigned }: CrlAcceptance,
): Promise<readonly CertificateRevocationList[]> {
  const crls: CertificateRevocationList[] = [];
  for (const bytes of await readBlocks(contents, 'X509 CRL', name)) crls.push(await readCrl(bytes, name));
  const keys = new Set(crls.map(crlKey));
  for (const crl of crls) {
    const reason = findFault(crl, held, now.getTime()) ?? ((await isSigned(crl)) ? undefined : 'signature');
    if (reason !== undefined) throw sourceError(name, reason);
  }
  for (const crl of held) {
    // a CRL whose issuer is no longer trusted may be dropped
    if (!keys.has(crlKey(crl)) && (await isSigned(crl))) throw sourceError(name, 'scope');
  }
  return crls;
}

async function readCrl(bytes: Uint8Array, name: string): Promise<CertificateRevocationList> {
  try {
    return await CertificateRevocationList.read(bytes);
  } catch (cause) {
    assertMtlsError(cause);
    throw sourceError(name, 'malformed', cause);
  }
}

function findFault(
  crl: CertificateRevocationList,
  held: readonly CertificateRevocationList[],
  now: number,
): SourceReason | undefined {
  if (!crl.usable) return 'unusable';
  if (crl.thisUpdate > now || crl.nextUpdate < now) return 'not-current';
  const key = crlKey(crl);
  return held.some((other) => crlKey(other) === key && goesBack(crl, other)) ? 'older' : undefined;
}

/** RFC 5280 §5.2.3: CRL numbers of one issuer and scope increase monotonically. */
function goesBack(crl: CertificateRevocationList, held: CertificateRevocationList): boolean {
  if (crl.thisUpdate < held.thisUpdate) return true;
  return held.number !== undefined && (crl.number === undefined || crl.number < held.number);
}
