import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isMtlsError } from 'oauth-mtls';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { createMaterials } from './materials.js';
import { Random } from './random.js';
import { createTargets, type Target } from './targets.js';
import { Misuse } from './violation.js';

const folder = fromRoot('fixtures/fuzz');
const findings = existsSync(folder) ? readdirSync(folder) : [];
let targets: Target[];

beforeAll(async () => {
  targets = await createTargets(await createMaterials());
}, 60_000);

/** What an input does to a target, as the fuzzer judges it. */
async function outcome(target: Target, input: unknown): Promise<string> {
  try {
    await target.run(input);
    return 'fine';
  } catch (error) {
    return isMtlsError(error) || error instanceof Misuse ? 'fine' : String(error);
  }
}

function decode(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(decode);
  if (typeof input !== 'object' || input === null) return input;
  const { base64 } = input as { base64?: unknown };
  if (typeof base64 === 'string') return new Uint8Array(Buffer.from(base64, 'base64'));
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, decode(value)]));
}

describe('mutated input', () => {
  it('meets typed errors only, and every invariant holds (some hundred inputs; npm run fuzz has more)', async () => {
    const random = new Random(8705);
    for (const target of targets) {
      for (let i = 0; i < 20; i++) {
        expect([target.name, i, await outcome(target, target.make(random))]).toEqual([target.name, i, 'fine']);
      }
    }
  });

  it.each(findings)('does no longer what it did: %s', async (file) => {
    const finding = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
    const target = targets.find(({ name }) => name === finding.target)!;
    expect(await outcome(target, decode(finding.input))).toBe('fine');
  });
});
