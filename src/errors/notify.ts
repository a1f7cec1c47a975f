/**
 * Calls an observer of the application. Its exceptions and rejections are ignored, so that they do not end the process.
 */
export function notify(observer: () => unknown): void {
  new Promise((resolve) => resolve(observer())).catch(() => undefined);
}
