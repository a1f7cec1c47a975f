/**
 * Calls an observer of the application. One that fails, at once or later, changes nothing: it must not end the process.
 */
export function notify(observer: () => unknown): void {
  new Promise((resolve) => resolve(observer())).catch(() => undefined);
}
