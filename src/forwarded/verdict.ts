import type { Verification } from '../presented/presented-certificate.js';

/** The proxy's report on the client certificate. */
export interface ProxyVerdict {
  /** Whether the client presented one. Undefined if the proxy does not report it. */
  readonly presented?: boolean;
  /** Whether its chain was verified. Undefined if the proxy does not report it. */
  readonly verification?: Verification;
  /** Why it is not verified, as reported by the proxy. */
  readonly reason?: string | undefined;
}

/** The proxy does not report a verdict. */
const SILENT: ProxyVerdict = Object.freeze({});

const VERIFIED: ProxyVerdict = Object.freeze({ presented: true, verification: 'verified' });
const UNVERIFIED: ProxyVerdict = Object.freeze({ presented: true, verification: 'unverified' });
const NONE: ProxyVerdict = Object.freeze({ presented: false, verification: 'unknown' });
const PRESENTED: ProxyVerdict = Object.freeze({ presented: true });
/** The report is not recognised, so the chain does not count as verified. */
const UNRECOGNISED: ProxyVerdict = Object.freeze({ verification: 'unknown' });

/** Reads `SUCCESS`, `NONE` or `FAILED:reason` of nginx, Apache and Cloudflare Workers. */
export function readStatusWord(status: string | undefined): ProxyVerdict {
  if (status === undefined) return SILENT;
  if (status === 'SUCCESS') return VERIFIED;
  if (status === 'NONE') return NONE;
  if (status === 'FAILED') return UNVERIFIED;
  if (status.startsWith('FAILED:')) return { ...UNVERIFIED, reason: status.slice('FAILED:'.length) };
  return { ...UNRECOGNISED, reason: status };
}

/** Reads HAProxy's `ssl_c_verify` with its `ssl_c_used`, because the former is also 0 without a certificate. */
export function readVerifyNumber(status: string | undefined, used: string | undefined): ProxyVerdict {
  if (used === '0') return NONE;
  if (status !== undefined && status !== '0')
    return { ...(/^[1-9]\d*$/.test(status) ? UNVERIFIED : UNRECOGNISED), reason: status };
  if (used === '1') return status === '0' ? VERIFIED : PRESENTED;
  return used === undefined ? SILENT : { ...UNRECOGNISED, reason: used };
}

/** Reads CloudFront's `1` or `0` for the presence of a certificate. */
export function readPresence(value: string | undefined): ProxyVerdict {
  if (value === undefined) return SILENT;
  return value === '1' ? PRESENTED : value === '0' ? NONE : { ...UNRECOGNISED, reason: value };
}

/** Reads GCP's `true` or `false`. It is also `false` without a certificate. */
export function readVerifiedFlag(status: string | undefined): ProxyVerdict {
  if (status === undefined) return SILENT;
  if (status === 'true') return VERIFIED;
  return { verification: status === 'false' ? 'unverified' : 'unknown', reason: status };
}

/** Reads Cloudflare's two flags. The first is also `true` for a revoked certificate. */
export function readVerifiedNotRevoked(status: string | undefined, revoked: string | undefined): ProxyVerdict {
  const verdict = readVerifiedFlag(status);
  if (verdict !== VERIFIED || revoked === 'false') return verdict;
  return revoked === 'true' ? { ...UNVERIFIED, reason: 'revoked' } : { ...UNRECOGNISED, reason: revoked };
}
