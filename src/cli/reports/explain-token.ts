import { isJsonObject } from '../../encoding/json-object.js';
import { isMtlsError } from '../../errors.js';
import { explainConfirmation } from '../../oauth/confirmation/explain-confirmation.js';
import type { Certificate } from '../../x509/certificate.js';
import { decodeBase64url } from '#platform/base64';
import { rowsOf, timeText, type Report } from './report.js';

const UNVERIFIED = 'not verified: the token is only decoded';

export interface DecodedToken {
  /** Undefined for an introspection response. */
  readonly header: Readonly<Record<string, unknown>> | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Decodes a JWT, or an introspection response in JSON, without verifying a signature. Undefined for anything else.
 */
export function decodeToken(text: string): DecodedToken | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    const claims = parseObject(trimmed);
    return claims && { header: undefined, claims };
  }
  const [, head, body] = /^([\w-]+)\.([\w-]+)\.[\w-]*$/.exec(trimmed) ?? [];
  const header = head === undefined ? undefined : decodePart(head);
  const claims = body === undefined ? undefined : decodePart(body);
  return header && claims && { header, claims };
}

/** The report for a token that is itself a confirmation, for which the library throws a TypeError. */
const BARE = {
  matches: false,
  cause: 'bare-confirmation',
  hint: 'The thumbprint is a member of the token itself. It must be in the member cnf: { "cnf": { "x5t#S256": "…" } }.',
  expected: undefined,
  found: undefined,
};

function isBare(claims: DecodedToken['claims']): boolean {
  const { cnf, 'x5t#S256': sha256, 'x5t#S512': sha512 } = claims;
  return cnf === undefined && (sha256 !== undefined || sha512 !== undefined);
}

/**
 * Reports whether a token is bound to a certificate, and why not. Without a certificate, reports whether it is bound in
 * the right form.
 */
export function explainToken(
  { header, claims }: DecodedToken,
  certificate: Certificate | undefined,
  previous: readonly Certificate[],
  now: Date,
): Report {
  const report = isBare(claims) ? BARE : explainConfirmation(claims, certificate, { previous });
  const bound = report.matches || (certificate === undefined && report.cause === 'no-certificate');
  const { exp } = claims;
  const expires = typeof exp === 'number' && Math.abs(exp) < 1e11 ? new Date(Math.floor(exp) * 1000) : undefined;
  const cause = bound ? undefined : report.cause;
  return {
    verdict: bound,
    summary: `The token is ${bound ? '' : 'not '}bound to ${certificate === undefined ? 'a' : 'this'} certificate.`,
    sections: [
      {
        title: '',
        rows: rowsOf([
          ['Signature', header === undefined ? undefined : UNVERIFIED],
          ['Thumbprint in the token', report.expected],
          ['Thumbprint of the certificate', report.found],
          ['Cause', cause],
          ['Explanation', bound ? '' : report.hint],
          ['Expired', expires !== undefined && expires <= now ? timeText(expires) : undefined],
        ]),
      },
      ...(header === undefined ? [] : [{ title: 'Header', rows: memberRows(header) }]),
      { title: header === undefined ? 'Introspection response' : 'Claims', rows: memberRows(claims) },
    ],
    data: {
      bound,
      signatureVerified: false,
      cause: cause ?? null,
      hint: bound ? '' : report.hint,
      expected: report.expected ?? null,
      found: report.found ?? null,
      header: header ?? null,
      claims,
    },
  };
}

function memberRows(members: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  return Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)] as const);
}

function decodePart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parseObject(new TextDecoder('utf-8', { fatal: true }).decode(decodeBase64url(part)));
  } catch (error) {
    if (isMtlsError(error) || error instanceof TypeError) return undefined;
    throw error;
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
