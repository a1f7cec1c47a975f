/** Resolves once a condition holds, which is looked at every few milliseconds; rejects after a time. */
export async function waitUntil(holds: () => boolean | Promise<boolean>, timeout = 10_000): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It did not come to pass in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
