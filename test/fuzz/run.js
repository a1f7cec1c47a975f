// Feeds mutated certificates, names, headers, metadata, keys, tokens, CRLs, OCSP responses, bundles and command lines
// to every parser and decision of the built package.
// usage: npm run fuzz -- [--seconds N] [--inputs N] [--seed S] [--target PART_OF_A_NAME]
// The inputs of a target follow from the seed, which is printed; how many of them fit into the time does not. An input
// that breaks a rule is written to fixtures/fuzz, where the unit tests run it again.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMtlsError } from 'oauth-mtls';
import { createMaterials } from './materials.js';
import { Random } from './random.js';
import { createTargets } from './targets.js';
import { Misuse, Violation } from './violation.js';

/** Milliseconds of CPU that 64 KiB of input may take. */
const LIMIT = 50;
const UNIT = 65_536;
/** Milliseconds of CPU for each target in a round, so that cheap ones get more inputs than expensive ones. */
const TURN = 20;
/** Rounds between two looks at the heap. */
const LOOK = 8;
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

/** @typedef {import('./targets.js').Target} Target */
/** @typedef {{ inputs: number, accepted: number, slowest: number }} Count */

// each target has numbers of its own, so that it can be run again alone
const targets = (await createTargets(await createMaterials()))
  .filter(({ name }) => name.includes(values.target))
  .map((target) => ({
    target,
    random: new Random(seed + hash(target.name)),
    count: { inputs: 0, accepted: 0, slowest: 0 },
  }));
/** @type {string[]} */
const findings = [];
/** @type {number[]} */
const heaps = [];
console.log(`node ${process.version}, seed ${seed}, ${targets.length} targets`);

// the keys of the materials take a while
const started = performance.now();
const deadline = started + Number(values.seconds) * 1000;
let total = 0;
for (let round = 0; goesOn(); round++) {
  for (const { target, random, count } of targets) {
    const end = usedCpu() + TURN;
    do {
      total += 1;
      count.inputs += 1;
      const input = target.make(random);
      const problem = await tryInput(target, input, count);
      if (problem !== undefined) report(target.name, problem, input);
    } while (usedCpu() < end && goesOn());
  }
  if (round % LOOK === 0) {
    globalThis.gc?.();
    heaps.push(process.memoryUsage().heapUsed);
  }
}

function goesOn() {
  return performance.now() < deadline && total < most && findings.length < MAX_FINDINGS;
}

function usedCpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** FNV-1a. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (const octet of Buffer.from(text)) value = Math.imul(value ^ octet, 0x01000193) >>> 0;
  return value;
}

/** @param {Target} target @param {unknown} input @param {Count} count @returns {Promise<string | undefined>} */
async function tryInput(target, input, count) {
  const { problem, accepted, milliseconds } = await run(target, input);
  if (problem !== undefined) return problem;
  if (accepted) count.accepted += 1;
  const units = Math.max(1, sizeOf(input, milliseconds) / UNIT);
  if (milliseconds / units <= count.slowest) return undefined;
  // the collector or the compiler may have been at work: what is slow is slow again
  let fastest = milliseconds / units;
  for (let again = 0; again < 8 && fastest > count.slowest; again++) {
    // a busy machine needs a while
    if (again > 2 && fastest > LIMIT) await new Promise((resolve) => setTimeout(resolve, 500));
    fastest = Math.min(fastest, (await run(target, input)).milliseconds / units);
  }
  count.slowest = Math.max(count.slowest, fastest);
  return fastest > LIMIT ? `${Math.round(fastest)} ms of CPU for 64 KiB` : undefined;
}

/** @param {Target} target @param {unknown} input */
async function run(target, input) {
  const before = usedCpu();
  let problem;
  let accepted = false;
  try {
    await target.run(input);
    accepted = true;
  } catch (error) {
    if (error instanceof Violation) problem = error.message;
    else if (!isMtlsError(error) && !(error instanceof Misuse)) problem = `not a typed error: ${String(error)}`;
  }
  return { problem, accepted, milliseconds: usedCpu() - before };
}

/** The size of an input. It matters only where the call was slow. @param {unknown} input @param {number} milliseconds */
function sizeOf(input, milliseconds) {
  if (input instanceof Uint8Array || typeof input === 'string') return input.length;
  return milliseconds < 1 ? 0 : (JSON.stringify(encode(input))?.length ?? 0);
}

/** Bytes as base64, so that a finding can be kept as JSON. @param {unknown} input @returns {unknown} */
function encode(input) {
  if (input instanceof Uint8Array) return { base64: Buffer.from(input).toString('base64') };
  if (Array.isArray(input)) return input.map(encode);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, encode(value)]));
}

/** @param {string} name @param {string} problem @param {unknown} input */
function report(name, problem, input) {
  const folder = new URL('../../fixtures/fuzz/', import.meta.url);
  const file = `${name.replace(/[^a-z]+/gi, '-')}-${seed}-${findings.length}.json`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(file, folder), JSON.stringify({ target: name, problem, input: encode(input) }, undefined, 2));
  findings.push(`${name}: ${problem} (fixtures/fuzz/${file})`);
}

for (const { target, count } of targets) {
  const { inputs, accepted, slowest } = count;
  console.log(
    `${target.name.padEnd(60)} ${String(inputs).padStart(9)} inputs ${String(accepted).padStart(9)} accepted, ` +
      `slowest ${slowest.toFixed(1)} ms`,
  );
}
const settled = heaps.slice(Math.floor(heaps.length / 2));
const growth = settled.length > 1 ? (settled.at(-1) ?? 0) / (settled[0] ?? 1) : 1;
if (globalThis.gc !== undefined && growth > 1.2) findings.push(`the heap grew by ${Math.round((growth - 1) * 100)} %`);
const accepted = targets.reduce((sum, { count }) => sum + count.accepted, 0);
const slowest = Math.max(...targets.map(({ count }) => count.slowest));
console.log(
  `${total} inputs in ${Math.round((performance.now() - started) / 1000)} s, ${accepted} accepted, ` +
    `${findings.length} findings, slowest ${slowest.toFixed(1)} ms of CPU for 64 KiB, ` +
    `heap at the end ÷ in the middle ${growth.toFixed(2)}`,
);
for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
