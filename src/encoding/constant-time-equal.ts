/** Whether two texts are equal, in constant time. Their lengths are not secret. */
export function constantTimeEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  // Stryker disable next-line EqualityOperator: past both ends, the codes are NaN, which do not differ
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
