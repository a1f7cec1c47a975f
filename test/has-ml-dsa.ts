/** Whether the WebCrypto of this runtime has ML-DSA. */
export const hasMlDsa = await crypto.subtle.generateKey({ name: 'ML-DSA-44' }, true, ['sign', 'verify']).then(
  () => true,
  () => false,
);
