import type { Verification } from '../presented/presented-certificate.js';

/** What a proxy reports about the client certificate, apart from the certificate itself. */
export interface ProxyVerdict {
  /** Whether the client presented one; undefined where the proxy does not say. */
  readonly presented?: boolean;
  /** Whether its chain was verified; undefined where the proxy does not say. */
  readonly verification?: Verification;
  /** Why it is not verified, in the proxy's words. */
  readonly reason?: string;
}

/** The proxy says nothing. */
const SILENT: ProxyVerdict = Object.freeze({});

const VERIFIED: ProxyVerdict = Object.freeze({ presented: true, verification: 'verified' });
const UNVERIFIED: ProxyVerdict = Object.freeze({ presented: true, verification: 'unverified' });
const NONE: ProxyVerdict = Object.freeze({ presented: false, verification: 'unknown' });
const PRESENTED: ProxyVerdict = Object.freeze({ presented: true });
/** It says something that is not understood, so nothing follows but that the chain does not count as verified. */
const UNRECOGNISED: ProxyVerdict = Object.freeze({ verification: 'unknown' });

/** `SUCCESS`, `NONE`, `FAILED:reason`, as nginx, Apache and Cloudflare's Workers say it. */
export function readStatusWord(status: string | undefined): ProxyVerdict {
  if (status === undefined) return SILENT;
  if (status === 'SUCCESS') return VERIFIED;
  if (status === 'NONE') return NONE;
  if (status === 'FAILED') return UNVERIFIED;
  if (status.startsWith('FAILED:')) return { ...UNVERIFIED, reason: status.slice('FAILED:'.length) };
  return { ...UNRECOGNISED, reason: status };
}

/**
 * HAProxy's `ssl_c_verify`, which is 0 without a certificate too, with its `ssl_c_used`, without which 0 says nothing.
 */
export function readVerifyNumber(status: string | undefined, used: string | undefined): ProxyVerdict {
  if (used === '0') return NONE;
  if (status !== undefined && status !== '0')
    return { ...(/^[1-9]\d*$/.test(status) ? UNVERIFIED : UNRECOGNISED), reason: status };
  if (used === '1') return status === '0' ? VERIFIED : PRESENTED;
  return used === undefined ? SILENT : { ...UNRECOGNISED, reason: used };
}

/** `1` or `0`: whether there was a certificate, as CloudFront says it. */
export function readPresence(value: string | undefined): ProxyVerdict {
  if (value === undefined) return SILENT;
  return value === '1' ? PRESENTED : value === '0' ? NONE : { ...UNRECOGNISED, reason: value };
}

/** `true` or `false`, as GCP says it; `false` also without a certificate. */
export function readVerifiedFlag(status: string | undefined): ProxyVerdict {
  if (status === undefined) return SILENT;
  if (status === 'true') return VERIFIED;
  return { verification: status === 'false' ? 'unverified' : 'unknown', reason: status };
}

/** Cloudflare's flags: a revoked certificate is `true` in the first one as well. */
export function readVerifiedNotRevoked(status: string | undefined, revoked: string | undefined): ProxyVerdict {
  const verdict = readVerifiedFlag(status);
  if (verdict !== VERIFIED || revoked === 'false') return verdict;
  return revoked === 'true'
    ? { ...UNVERIFIED, reason: 'revoked' }
    : { ...UNRECOGNISED, ...(revoked !== undefined && { reason: revoked }) };
}
