/**
 * `npm run bench` runs every file of this folder that exports `run`; `npm run bench -- certificate` runs one. `run`
 * resolves to whether all ratios hold. With `--check`, a ratio that is broken three times makes the exit code 1.
 */
import { readdirSync } from 'node:fs';

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
let held = true;
for (const file of readdirSync(import.meta.dirname).sort()) {
  const name = file.replace(/\.js$/, '');
  if (name === 'main' || name === 'measure' || name === file || (chosen.length > 0 && !chosen.includes(name))) continue;
  const { run } = await import(`./${file}`);
  held = (await run()) && held;
}
if (process.argv.includes('--check')) process.exitCode = held ? 0 : 1;
