import { looksLikePem, looksLikeText, pemBlocks, pemBlocksInTurns } from '../../encoding/pem.js';
import { assertMtlsError, MtlsError } from '../../errors.js';
import { decodeBase64 } from '#platform/base64';

/** A CRL or OCSP response: DER as bytes, standard base64 of the DER, or a PEM file as text or bytes. */
export type RevocationInput = string | Uint8Array;

/**
 * Decodes a copy of the CRLs or OCSP responses of the caller. A PEM file may contain several blocks.
 *
 * @throws MtlsError ERR_PATH_REVOCATION_MALFORMED
 * @throws TypeError for an input of the wrong type
 */
export function readRevocationInputs<T>(input: unknown, pemLabel: string, read: (bytes: Uint8Array) => T): T[] {
  checkInput(input);
  try {
    const text = pemText(input);
    if (text === undefined) return [read(decodeAlone(input))];
    return pemBlocks(text, pemLabel).map(({ body }) => read(decodeBase64(body)));
  } catch (cause) {
    throw toMalformed(cause, pemLabel);
  }
}

/**
 * Returns the DER of the CRLs or OCSP responses of the caller. Large PEM files are read with pauses for the event loop.
 *
 * @throws as {@link readRevocationInputs}
 */
export async function readRevocationInTurns(input: unknown, pemLabel: string): Promise<Uint8Array[]> {
  checkInput(input);
  try {
    const text = pemText(input);
    if (text === undefined) return [decodeAlone(input)];
    return (await pemBlocksInTurns(text, pemLabel)).map(({ body }) => decodeBase64(body));
  } catch (cause) {
    throw toMalformed(cause, pemLabel);
  }
}

function checkInput(input: unknown): asserts input is RevocationInput {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw new TypeError('A CRL or OCSP response must be a string or bytes');
  }
}

/** Undefined for DER, and for base64 without PEM. */
function pemText(input: RevocationInput): string | undefined {
  if (typeof input === 'string') return looksLikePem(input) ? input : undefined;
  return looksLikeText(input) ? new TextDecoder().decode(input) : undefined;
}

function decodeAlone(input: RevocationInput): Uint8Array {
  return typeof input === 'string' ? decodeBase64(input) : new Uint8Array(input);
}

function toMalformed(cause: unknown, field: string): MtlsError {
  assertMtlsError(cause);
  return new MtlsError('ERR_PATH_REVOCATION_MALFORMED', { field, line: cause.detail.line }, { cause });
}
