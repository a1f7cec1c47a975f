import { existsSync } from 'node:fs';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of a Chromium: that of CHROMIUM_PATH, or an installed one. Undefined where there is none. */
export function findChromium() {
  const { CHROMIUM_PATH: named } = process.env;
  return named ?? PATHS.find((path) => existsSync(path));
}

/** As root, Chromium runs without its sandbox only. It loads pages of this project alone. */
export const chromiumArgs = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
