import { isMtlsError } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';
import { fromRoot, subpaths } from '../subpaths.js';
import { rows } from './hostile-arguments.js';

const trap = new Error('trap');
const throwing = () => {
  throw trap;
};
const hostile: object = new Proxy({}, Object.fromEntries(Reflect.ownKeys(Reflect).map((name) => [name, throwing])));
const values: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['0', 0],
  ["''", ''],
  ['[]', []],
  ['{}', {}],
  ['[null]', [null]],
  ['a proxy that throws', hostile],
];
/** Never right in place of a whole argument, but where every value is. */
const wrong: readonly string[] = ['0', '[null]', 'a proxy that throws'];
/** Functions and the places of arguments that take anything: they report, or say no. */
const takeAnything: readonly string[] = [
  ...['. explainClientMetadata 0', '. explainServerMetadata 0', '. toErrorResponse 0', '. isMtlsError 0'],
  ...['. isMtlsError 1', '. createClientPathVerifiers of 0', './jwks isPublicAddress 0'],
  ...['. createResourceGuard toResponse 0', '. createResourceGuard toResponse 1'],
  // what Error takes
  ...['. MtlsError 1', '. MtlsError 2'],
  // an array is an object without the members that are read
  ...['./forwarded apiGatewayCertificate 0', './forwarded cloudflareWorkersCertificate 0'],
  ...['fromAddresses', 'fromUnixSocket', 'withProxyCertificate'].map((name) => `./forwarded ${name} of 0`),
];
/** The words of an engine or of Node about something inside. */
const accidental =
  /Cannot |is not a function|not iterable|Invalid URL|Invalid value used|(?:argument|property) must be of type|undefined \(|called on|Failed to|reading '/;

type Variant = readonly [name: string, value: unknown];

/** The value, and each member of it down to four levels, replaced by each hostile value. */
function variants(good: unknown, levels: number): Variant[] {
  const whole = values.map(([name, value]): Variant => [` = ${name}`, value]);
  if (levels === 0) return whole;
  const inside = (member: string, value: unknown, put: (replaced: unknown) => unknown): Variant[] =>
    variants(value, levels - 1).map(([name, replaced]) => [member + name, put(replaced)]);
  if (Array.isArray(good)) {
    const list: readonly unknown[] = good;
    return [
      ...whole,
      ...list
        .slice(0, 2)
        .flatMap((each, index) => inside(`[${index}]`, each, (replaced) => list.with(index, replaced))),
    ];
  }
  if (typeof good !== 'object' || good === null || Object.getPrototypeOf(good) !== Object.prototype) return whole;
  return [
    ...whole,
    ...Object.entries(good).flatMap(([key, each]) =>
      inside(`.${key}`, each, (replaced) => ({ ...good, [key]: replaced })),
    ),
  ];
}

/** `accepted`, `refused`, or what is wrong with the error. */
async function outcome(call: (...args: never[]) => unknown, args: readonly unknown[]): Promise<string> {
  try {
    await call(...(args as never[]));
    return 'accepted';
  } catch (error) {
    // what a getter of the caller throws is the caller's
    if (error === trap || isMtlsError(error)) return 'refused';
    if (!(error instanceof Error)) return `not an Error: ${String(error)}`;
    // of the network, and for API Gateway
    if (/ECONNREFUSED|^Unauthorized$/.test(error.message)) return 'refused';
    return error instanceof TypeError && !accidental.test(error.message) ? 'refused' : String(error.stack);
  }
}

describe('hostile arguments', () => {
  it('are in the table for every exported function', async () => {
    const covered = new Set(rows.map(([name]) => name.split(' ', 2).join(' ')));
    for (const [subpath, file] of Object.entries(subpaths)) {
      const exported = Object.entries((await import(fromRoot(file))) as Record<string, unknown>);
      const functions = exported.filter(([, value]) => typeof value === 'function');
      expect(functions.map(([name]) => `${subpath} ${name}`).filter((name) => !covered.has(name))).toEqual([]);
    }
  });

  it.each(rows.map((row) => [row[0], row] as const))('%s refuses them by its own rules', async (name, row) => {
    const [, call, good, shallow = false] = row;
    expect(await outcome(call, good)).toMatch(/^(accepted|refused)$/);
    const faults: string[] = [];
    for (const [place, argument] of good.entries()) {
      for (const [variant, value] of variants(argument, shallow ? 0 : 4)) {
        const result = await outcome(call, good.with(place, value));
        const mustFail = wrong.some((each) => variant === ` = ${each}`) && !takeAnything.includes(`${name} ${place}`);
        if (result === 'accepted' ? mustFail : result !== 'refused') faults.push(`${place}${variant}: ${result}`);
      }
    }
    expect(faults).toEqual([]);
  });
});
