/** Hash functions of accepted signatures. */
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** Curves of ECDSA keys that are accepted only if an option allows them (RFC 5639). */
export const ADDITIONAL_CURVES = ['brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1'] as const;
export type AdditionalCurve = (typeof ADDITIONAL_CURVES)[number];

/** Curves of accepted ECDSA keys. */
export type CurveName = 'P-256' | 'P-384' | 'P-521' | AdditionalCurve;

/** Signatures without parameters, determined by the key. */
export type BareScheme = 'Ed25519' | 'Ed448' | 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87';

/** How a signature is verified. `saltLength` is in octets. */
export type SignatureScheme =
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: HashName }
  | { readonly name: 'RSA-PSS'; readonly hash: HashName; readonly saltLength: number }
  | { readonly name: 'ECDSA'; readonly hash: HashName; readonly curve: CurveName }
  | { readonly name: BareScheme };
