/** Milliseconds before a step is shown. */
const PATIENCE = 1000;

/** Shows the current step on standard error once it has taken longer than a second. */
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
      // a step that computes blocks the timer
      if (performance.now() - started > PATIENCE) show();
    },
    stop: () => clearTimeout(timer),
  };
}
