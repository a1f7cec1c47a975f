/**
 * Side-by-side measurement: every subject runs in the same process, in interleaved rounds of shuffled order,
 * and what counts is a ratio. Other processes only ever add to a time, so that a low quantile of the rounds is taken.
 * Absolute times are printed for orientation only.
 *
 * @typedef {{ name: string, run: () => unknown }} Subject
 * @typedef {{ of: string, to: string, atMost?: number, atLeast?: number }} Limit
 */

/** With `--check`, a broken ratio is measured again this often before it counts. */
const REPETITIONS = process.argv.includes('--check') ? 2 : 0;

const ROUNDS = 41;
const ROUND_NANOSECONDS = 4e6;

/**
 * Time of one run of each subject, in nanoseconds, in rounds that nothing else disturbed.
 * @param {Subject[]} subjects
 * @returns {Promise<Map<string, number>>}
 */
export async function measure(subjects) {
  const prepared = [];
  for (const subject of subjects) prepared.push({ ...subject, times: [], batch: await calibrate(subject.run) });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, times, batch } of shuffled(prepared)) {
      /** @type {number[]} */ (times).push(await time(run, batch));
    }
  }
  return new Map(prepared.map(({ name, times }) => [name, quantile(times, 0.2)]));
}

/**
 * Prints the time of each subject and says whether the limits on ratios hold.
 *
 * @param {string} title
 * @param {Subject[]} subjects
 * @param {Limit[]} limits
 * @returns {Promise<boolean>}
 */
export async function compare(title, subjects, limits) {
  return hold(title, limits, async () => {
    const times = await measure(subjects);
    for (const [name, nanoseconds] of times) console.log(`  ${name.padEnd(52)} ${format(nanoseconds)}`);
    return (of, to) => Number(times.get(of)) / Number(times.get(to));
  });
}

/**
 * Says whether limits on ratios hold. What breaks one is measured again, so that a busy machine alone does not.
 *
 * @param {string} title
 * @param {Limit[]} limits
 * @param {() => Promise<(of: string, to: string) => number>} measureAll measures and prints; resolves to the ratios
 * @returns {Promise<boolean>}
 */
export async function hold(title, limits, measureAll) {
  let broken = limits;
  for (let attempt = 0; attempt <= REPETITIONS; attempt++) {
    console.log(`\n${title}${attempt === 0 ? '' : ', again'}`);
    const ratio = await measureAll();
    broken = broken.filter(({ of, to, atMost = Infinity, atLeast = 0 }) => {
      const value = ratio(of, to);
      const ok = value <= atMost && value >= atLeast;
      const limit = atMost === Infinity ? `at least ${atLeast}` : `at most ${atMost}`;
      console.log(`  ${ok ? '✓' : '✗'} ${of} ÷ ${to} = ${value.toFixed(2)} (${limit})`);
      return !ok;
    });
    if (broken.length === 0) return true;
  }
  return false;
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

/**
 * CPU time rather than the clock: a process that has to wait for its turn does not take longer by it.
 *
 * @param {() => unknown} run
 * @param {number} batch
 * @returns {Promise<number>} nanoseconds of one run, all threads included
 */
async function time(run, batch) {
  const start = process.cpuUsage();
  for (let i = 0; i < batch; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / batch;
}

/** @template T @param {readonly T[]} items @returns {T[]} */
export function shuffled(items) {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** @param {readonly number[]} values @param {number} part */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

/** @param {number} nanoseconds */
function format(nanoseconds) {
  return nanoseconds < 1e4 ? `${nanoseconds.toFixed(0)} ns` : `${(nanoseconds / 1e3).toFixed(1)} µs`;
}
