/**
 * Side-by-side measurement: every subject runs in the same process, in interleaved rounds of shuffled order,
 * and what counts is the ratio of medians. Absolute times are printed for orientation only.
 *
 * @typedef {{ name: string, run: () => unknown }} Subject
 * @typedef {{ name: string, nanoseconds: number }} Result
 */

const ROUNDS = 41;
const ROUND_NANOSECONDS = 4e6;

/** Median time of one run of each subject, in nanoseconds. @param {Subject[]} subjects @returns {Promise<Map<string, number>>} */
export async function measure(subjects) {
  const prepared = [];
  for (const subject of subjects) prepared.push({ ...subject, times: [], batch: await calibrate(subject.run) });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, times, batch } of shuffled(prepared)) {
      /** @type {number[]} */ (times).push(await time(run, batch));
    }
  }
  return new Map(prepared.map(({ name, times }) => [name, median(times)]));
}

/**
 * Prints each subject beside a reference and says whether the limits on ratios hold.
 *
 * @param {string} title
 * @param {Subject[]} subjects
 * @param {{ of: string, to: string, atMost?: number, atLeast?: number }[]} limits
 * @returns {Promise<boolean>}
 */
export async function compare(title, subjects, limits) {
  const medians = await measure(subjects);
  console.log(`\n${title}`);
  for (const [name, nanoseconds] of medians) console.log(`  ${name.padEnd(52)} ${format(nanoseconds)}`);
  let held = true;
  for (const { of, to, atMost = Infinity, atLeast = 0 } of limits) {
    const ratio = /** @type {number} */ (medians.get(of)) / /** @type {number} */ (medians.get(to));
    const ok = ratio <= atMost && ratio >= atLeast;
    const limit = atMost === Infinity ? `at least ${atLeast}` : `at most ${atMost}`;
    console.log(`  ${ok ? '✓' : '✗'} ${of} ÷ ${to} = ${ratio.toFixed(2)} (${limit})`);
    held &&= ok;
  }
  return held;
}

/** How many runs fill a round. @param {() => unknown} run */
async function calibrate(run) {
  let batch = 1;
  while (batch < 1 << 20) {
    // the best of three: one interruption by another process must not make a batch of one
    const times = [await time(run, batch), await time(run, batch), await time(run, batch)];
    if (Math.min(...times) * batch >= ROUND_NANOSECONDS) break;
    batch *= 2;
  }
  return batch;
}

/** @param {() => unknown} run @param {number} batch @returns {Promise<number>} nanoseconds of one run */
async function time(run, batch) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < batch; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return Number(process.hrtime.bigint() - start) / batch;
}

/** @template T @param {T[]} items @returns {T[]} */
function shuffled(items) {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** @param {number} nanoseconds */
function format(nanoseconds) {
  return nanoseconds < 1e4 ? `${nanoseconds.toFixed(0)} ns` : `${(nanoseconds / 1e3).toFixed(1)} µs`;
}
