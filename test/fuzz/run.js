// Feeds mutated certificates, names, headers, metadata, tokens and CRLs to every parser and decision of the built
// package. usage: npm run fuzz -- [--seconds N] [--inputs N] [--seed S] [--target PART_OF_A_NAME] Everything follows
// from the seed, which is printed. An input that breaks a rule is written to fixtures/fuzz, where the unit tests run it
// again.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMtlsError } from 'oauth-mtls';
import { createMaterials } from './materials.js';
import { Random } from './random.js';
import { createTargets } from './targets.js';
import { Violation } from './violation.js';

/** Milliseconds of CPU that 64 KiB of input may take. */
const LIMIT = 50;
const MAX_FINDINGS = 20;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    inputs: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    target: { type: 'string', default: '' },
  },
});
const seed = Number(values.seed);
const most = values.inputs === undefined ? Infinity : Number(values.inputs);

const targets = createTargets(await createMaterials()).filter(({ name }) => name.includes(values.target));
const counts = new Map(targets.map(({ name }) => [name, { inputs: 0, accepted: 0, slowest: 0 }]));
/** @type {string[]} */
const findings = [];
/** @type {number[]} */
const heaps = [];
console.log(`seed ${seed}, ${targets.length} targets`);

// the keys of the materials take a while
const deadline = performance.now() + Number(values.seconds) * 1000;
let total = 0;
for (let round = 0; performance.now() < deadline && total < most && findings.length < MAX_FINDINGS; round++) {
  for (const [index, target] of targets.entries()) {
    // each batch has a seed of its own, so that one target can be run again alone
    const random = new Random(seed + round * 1009 + index * 7919);
    for (let i = 0; i < 50; i++) {
      total += 1;
      await feed(target, target.make(random));
    }
  }
  if (round % 200 === 0) {
    globalThis.gc?.();
    heaps.push(process.memoryUsage().heapUsed);
  }
}

/** @param {import('./targets.js').Target} target @param {unknown} input */
async function feed(target, input) {
  const count = counts.get(target.name);
  if (count === undefined) return;
  count.inputs += 1;
  const problem = await tryInput(target, input, count);
  if (problem !== undefined) report(target.name, problem, input);
}

/**
 * @param {import('./targets.js').Target} target @param {unknown} input @param {{ accepted: number, slowest: number }}
 * count
 * @returns {Promise<string | undefined>}
 */
async function tryInput(target, input, count) {
  const started = process.cpuUsage();
  try {
    await target.run(input);
    count.accepted += 1;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    if (!isMtlsError(error)) return `not a typed error: ${String(error)}`;
  }
  const { user, system } = process.cpuUsage(started);
  const milliseconds = (user + system) / 1000;
  count.slowest = Math.max(count.slowest, milliseconds);
  const allowed = LIMIT * Math.max(1, sizeOf(input) / 65_536);
  if (milliseconds <= allowed) return undefined;
  // the collector or the compiler may have been at work: what is slow is slow again
  let fastest = milliseconds;
  for (let again = 0; again < 3 && fastest > allowed; again++) {
    const start = process.cpuUsage();
    await Promise.resolve(target.run(input)).catch(() => undefined);
    const used = process.cpuUsage(start);
    fastest = Math.min(fastest, (used.user + used.system) / 1000);
  }
  return fastest > allowed ? `${Math.round(fastest)} ms of CPU` : undefined;
}

/** @param {unknown} input @returns {number} */
function sizeOf(input) {
  if (input instanceof Uint8Array || typeof input === 'string') return input.length;
  return JSON.stringify(encode(input))?.length ?? 0;
}

/** Bytes as base64, so that a finding can be kept as JSON. @param {unknown} input @returns {unknown} */
function encode(input) {
  if (input instanceof Uint8Array) return { base64: Buffer.from(input).toString('base64') };
  return Array.isArray(input) ? input.map(encode) : input;
}

/** @param {string} name @param {string} problem @param {unknown} input */
function report(name, problem, input) {
  const folder = new URL('../../fixtures/fuzz/', import.meta.url);
  const file = `${name.replace(/[^a-z]+/gi, '-')}-${seed}-${findings.length}.json`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(file, folder), JSON.stringify({ target: name, problem, input: encode(input) }, undefined, 2));
  findings.push(`${name}: ${problem} (fixtures/fuzz/${file})`);
}

for (const [name, { inputs, accepted, slowest }] of counts) {
  console.log(
    `${name.padEnd(50)} ${String(inputs).padStart(9)} inputs ${String(accepted).padStart(9)} accepted, slowest ${slowest.toFixed(1)} ms`,
  );
}
const settled = heaps.slice(Math.floor(heaps.length / 2));
const growth = settled.length > 1 ? (settled.at(-1) ?? 0) / (settled[0] ?? 1) : 1;
if (globalThis.gc !== undefined && growth > 1.2) findings.push(`the heap grew by ${Math.round((growth - 1) * 100)} %`);
console.log(`${total} inputs, ${findings.length} findings, heap at the end ÷ in the middle ${growth.toFixed(2)}`);
for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
