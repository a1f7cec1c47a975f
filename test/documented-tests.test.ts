import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { codeBlocks } from './documentation.js';

/*
 * Every test in the documentation that is written for vitest in TypeScript, run as it is printed.
 */
const folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-documented-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocks = codeBlocks().filter(({ language, code }) => language === 'ts' && code.includes("from 'vitest'"));
for (const { name, code } of blocks) {
  const file = join(folder, `${name.replaceAll(/\W/g, '-')}.ts`);
  writeFileSync(file, code);
  describe(name, async () => {
    await import(/* @vite-ignore */ file);
  });
}
