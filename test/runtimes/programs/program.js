// RUNTIME program.js FIXTURES: prints what `check` says. For runtimes that have node:fs.
import { readFileSync } from 'node:fs';

import { check } from './check.js';

console.log(JSON.stringify(await check(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')))));
