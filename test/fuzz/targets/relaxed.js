import { mutateDer } from '../mutate-der.js';
import { createRelaxedRules } from '../relaxed-rules.js';
import { hold } from '../violation.js';

/**
 * @typedef {import('../random.js').Random} Random
 * @typedef {import('../targets.js').Target} Target
 */

/** @param {Uint8Array} of */
const toHex = (of) => Buffer.from(of).toString('hex');

/** @returns {Promise<Target[]>} */
export async function createRelaxedTargets() {
  const { rules, seeds } = await createRelaxedRules();
  return [
    ...rules.map(({ name, written, run, meanings }) => ({
      name: `relaxed: ${name}`,
      /** @param {Random} random */
      make(random) {
        let piece = new Uint8Array(Buffer.from(written, 'hex'));
        for (let rounds = random.below(3); rounds > 0; rounds--) piece = new Uint8Array(mutateDer(random, piece));
        return piece;
      },
      /** @param {Uint8Array} piece */
      async run(piece) {
        await run(piece);
        hold(meanings?.test(toHex(piece)) === true, `accepted with ${toHex(piece).slice(0, 200)}`);
      },
    })),
    {
      name: 'relaxed: a change of what is signed',
      /** @param {Random} random */
      make(random) {
        const index = random.below(seeds.length);
        return [index, mutateDer(random, seeds[index]?.der ?? new Uint8Array(0))];
      },
      /** @param {[number, Uint8Array]} input */
      async run([index, der]) {
        const seed = seeds[index];
        await seed?.accept(der);
        hold(toHex(der).includes(toHex(seed?.signed ?? der)), 'something else is accepted than was signed');
      },
    },
  ];
}
