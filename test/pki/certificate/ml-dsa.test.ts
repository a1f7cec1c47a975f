import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isMtlsError, parseCertificates, type Certificate } from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../../../subpaths.js';

function chainOf(keyType: string): Certificate[] {
  return parseCertificates(readFileSync(fromRoot(`fixtures/${keyType.toLowerCase()}.pem`)));
}

/** Whether node:crypto has ML-DSA here: with OpenSSL 3.5. */
const able = (() => {
  try {
    createPublicKey({ key: Buffer.from(chainOf('ML-DSA-44')[0]!.publicKey), format: 'der', type: 'spki' });
    return true;
  } catch {
    return false;
  }
})();

const now = new Date('2030-01-01T00:00:00Z');

async function outcome(anchor: Certificate | Uint8Array, leaf: Certificate | Uint8Array, intermediate: Certificate) {
  const input = (each: Certificate | Uint8Array) => (each instanceof Uint8Array ? each : each.der);
  try {
    const verifier = createPathVerifier({ trustAnchors: [input(anchor)] });
    const { certificates } = await verifier.verify(input(leaf), [intermediate.der], { now });
    return certificates.length;
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return `${error.code} ${error.detail.reason ?? ''}`.trim();
  }
}

function withChangedBit({ der }: Certificate, at: number): Uint8Array {
  return der.with(at, der[at]! ^ 1);
}

describe.each(['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'])('a path with %s', (keyType) => {
  const [leaf, intermediate, root] = chainOf(keyType) as [Certificate, Certificate, Certificate];

  it.runIf(able)('is valid, and not with a changed bit of the signature or of the key of the anchor', async () => {
    expect(await outcome(root, leaf, intermediate)).toBe(3);
    expect(await outcome(root, withChangedBit(leaf, leaf.der.length - 3), intermediate)).toBe('ERR_PATH_SIGNATURE');
    expect(await outcome(withChangedBit(root, 400), leaf, intermediate)).toBe('ERR_PATH_SIGNATURE');
  });

  it.runIf(!able)('is refused with its anchor where the runtime has no ML-DSA', async () => {
    expect(await outcome(root, leaf, intermediate)).toBe('ERR_PATH_ANCHOR ERR_PATH_ALGORITHM');
  });
});
