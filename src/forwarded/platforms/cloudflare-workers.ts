import { isJsonObject } from '../../encoding/json-object.js';
import { readMember } from '../../encoding/read-member.js';
import { MtlsError } from '../../errors.js';
import {
  createPresented,
  type PresentedCertificate,
  type Verification,
} from '../../presented/presented-certificate.js';
import { rfc9440, decodeField } from '../encoding/certificate-encoding.js';
import { readStatusWord } from '../verdict.js';

/** The members of `request.cf.tlsClientAuth` that are read. */
export interface CloudflareTlsClientAuth {
  /** `1` or `0`. */
  readonly certPresented?: string;
  /** `SUCCESS`, `NONE` or `FAILED:reason`. Also `SUCCESS` for a revoked certificate. */
  readonly certVerified?: string;
  /** `1` or `0`. */
  readonly certRevoked?: string;
  /** RFC 9440. Also present for an invalid certificate. Empty above 10 KiB. */
  readonly certRFC9440?: string;
  readonly certRFC9440TooLarge?: boolean;
  /** RFC 9440. Empty above 16 KiB. */
  readonly certChainRFC9440?: string;
}

const TEXTS = ['certPresented', 'certVerified', 'certRevoked', 'certRFC9440', 'certChainRFC9440'] as const;
const MEMBERS = [...TEXTS, 'certRFC9440TooLarge'] as const;

/** The parts of a Worker's request that are read. */
export interface CloudflareWorkersRequest {
  /** Its member `tlsClientAuth` is a {@link CloudflareTlsClientAuth}. The types of Workers do not promise that. */
  readonly cf?: object | null;
}

/**
 * Returns the client certificate of a request to a Cloudflare Worker, from `request.cf.tlsClientAuth`. It is `verified`
 * if Cloudflare verified it and has no record of its revocation. A client cannot write to `request.cf`, but a Worker
 * that calls this one through a service binding can.
 *
 * Undefined if no certificate was presented, or the zone does not request one.
 *
 * @example
 * ```ts
 * import { cloudflareWorkersCertificate, type CloudflareWorkersRequest } from 'oauth-mtls/forwarded';
 * declare const request: CloudflareWorkersRequest;
 * const presented = cloudflareWorkersCertificate(request);
 * ```
 * @throws MtlsError ERR_FORWARDED_MALFORMED, ERR_FORWARDED_TOO_LARGE, ERR_FORWARDED_CONTRADICTION
 * @throws TypeError for anything but a request
 * @see https://developers.cloudflare.com/ssl/client-certificates/client-certificate-variables
 */
export function cloudflareWorkersCertificate(request: CloudflareWorkersRequest): PresentedCertificate | undefined {
  if (typeof request !== 'object' || (request as unknown) === null) throw new TypeError('A request must be an object');
  const cf = readMember(request, 'cf') ?? undefined;
  if (cf === undefined) return undefined;
  checkObject('cf', cf);
  const given = readMember(cf, 'tlsClientAuth') ?? undefined;
  if (given === undefined) return undefined;
  checkObject('tlsClientAuth', given);
  const auth = Object.fromEntries(MEMBERS.map((name) => [name, readMember(given, name)])) as CloudflareTlsClientAuth;
  for (const name of TEXTS)
    if (auth[name] !== undefined && typeof auth[name] !== 'string') throw new TypeError(`${name} must be a string`);
  const { certPresented, certRFC9440: leaf = '', certChainRFC9440: chain = '' } = auth;
  if (certPresented !== '1') {
    if (leaf !== '') throw new MtlsError('ERR_FORWARDED_CONTRADICTION', { field: 'certPresented' });
    return undefined;
  }
  if (leaf === '') {
    const code = auth.certRFC9440TooLarge === true ? 'ERR_FORWARDED_TOO_LARGE' : 'ERR_FORWARDED_CONTRADICTION';
    throw new MtlsError(code, { field: 'certRFC9440' });
  }
  return createPresented({
    certificate: decodeField(rfc9440.one, leaf, 'certRFC9440'),
    intermediates: chain === '' ? [] : decodeField(rfc9440.several, chain, 'certChainRFC9440'),
    ...readVerification(auth),
    source: 'cloudflareWorkers',
  });
}

function checkObject(name: string, value: unknown): asserts value is object {
  if (!isJsonObject(value)) throw new TypeError(`${name} must be an object`);
}

function readVerification({ certVerified, certRevoked }: CloudflareTlsClientAuth): {
  readonly verification: Verification;
  readonly reason?: string | undefined;
} {
  const { verification = 'unknown', reason } = readStatusWord(certVerified);
  if (verification !== 'verified' || certRevoked === '0') return { verification, reason };
  return certRevoked === '1' ? { verification: 'unverified', reason: 'revoked' } : { verification: 'unknown' };
}
