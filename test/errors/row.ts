import { errorCodes, isMtlsError, type MtlsErrorCode } from 'oauth-mtls';
import { selfSignedCertificate } from 'oauth-mtls/testing';

/** One reason of a code, and what provokes exactly that error. */
export interface Row {
  readonly code: MtlsErrorCode;
  readonly reason: string;
  readonly provoke: () => unknown;
}

/** Rows of one code, from what provokes each reason. */
export function rowsOf(code: MtlsErrorCode, provoke: Readonly<Record<string, () => unknown>>): Row[] {
  return Object.entries(provoke).map(([reason, run]) => ({ code, reason, provoke: run }));
}

/** Rows of one code whose reason is the code of the error that led to it. */
export function rowsOfCauses(
  code: MtlsErrorCode,
  isCause: (reason: string) => boolean,
  provoke: (cause: MtlsErrorCode) => unknown,
): Row[] {
  const causes = (errorCodes[code].reasons as readonly MtlsErrorCode[]).filter(isCause);
  return causes.map((cause) => ({ code, reason: cause, provoke: () => provoke(cause) }));
}

/** Throws the deepest cause of what the work throws. */
export async function throwCause(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    let cause = error;
    while (isMtlsError(cause) && cause.cause !== undefined) cause = cause.cause;
    throw cause;
  }
}

/** A certificate with the same extension twice, in base64: one with two extensions, after a change of one octet. */
export async function certificateWithDuplicateExtension(subject = 'CN=test'): Promise<string> {
  const value = Uint8Array.of(5, 0);
  const extensions = ['1.2.3.4', '1.2.3.5'].map((oid) => ({ oid, value }));
  const { certificate } = await selfSignedCertificate({ subject, extensions });
  return change(certificate.der, [6, 3, 42, 3, 5], 4);
}

/** A certificate of a version that does not exist, in base64. */
export async function certificateOfUnknownVersion(subject = 'CN=test'): Promise<string> {
  const { certificate } = await selfSignedCertificate({ subject });
  return change(certificate.der, [0xa0, 3, 2, 1, 2], 9);
}

/** Changes the last octet of a sequence of them; in base64. */
export function change(bytes: Uint8Array, sequence: readonly number[], octet: number): string {
  const der = Buffer.from(bytes);
  der[der.indexOf(Buffer.from(sequence)) + sequence.length - 1] = octet;
  return der.toString('base64');
}
