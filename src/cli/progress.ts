/** Quiet for this long, in milliseconds. */
const PATIENCE = 1000;

/** Tells on standard error what is being done, once that has taken longer than a second. */
export function createProgress(write: (text: string) => void): {
  readonly step: (name: string) => void;
  readonly stop: () => void;
} {
  const started = performance.now();
  let current = 'working';
  let shown = '';
  const show = (): void => {
    if (shown === current) return;
    shown = current;
    write(`oauth-mtls: ${current} …\n`);
  };
  const timer = setTimeout(show, PATIENCE);
  timer.unref();
  return {
    step(name) {
      current = name;
      // a step that computes keeps the timer from firing
      if (performance.now() - started > PATIENCE) show();
    },
    stop: () => clearTimeout(timer),
  };
}
