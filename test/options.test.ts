import { describe, expect, it } from 'vitest';
import { createSpiffeTrust } from 'oauth-mtls/spiffe';
import {
  createCertificateAuthority,
  createSpiffeAuthority,
  presented,
  selfSignedCertificate,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { readCertificateExtensions } from '../src/pki/certificate/certificate-extensions.js';
import { certificateFields } from '../src/x509/certificate.js';
import { checkOptions, withDefaults } from '../src/options.js';

interface Options {
  readonly strict?: boolean;
  readonly now?: Date;
  readonly mode?: 'on' | 'off';
  readonly load?: () => void;
  readonly names?: readonly string[];
  readonly limit?: number;
}

const check = (options: unknown, required: readonly (keyof Options)[] = []) =>
  checkOptions<Options>(
    options,
    { strict: 'boolean', now: 'date', mode: ['on', 'off'], load: 'function', names: 'strings', limit: 'positive' },
    required,
  );

describe('checkOptions', () => {
  it('takes known members, and undefined as absence', () => {
    check({});
    check({ strict: false, now: new Date(), mode: 'on', load: () => undefined, names: ['a'], limit: 1 });
    check({ strict: undefined, mode: undefined });
    check({ load: () => undefined }, ['load']);
  });

  it.each<[options: unknown, message: string]>([
    [{ scopes: ['admin'] }, 'Unknown option "scopes"'],
    [{ strict: 'no', scopes: [] }, 'Unknown option "scopes"'],
    [{ toString: undefined }, 'Unknown option "toString"'],
    [JSON.parse('{"__proto__": 1}'), 'Unknown option "__proto__"'],
    [{ 'a"b': 1 }, 'Unknown option "a\\"b"'],
    [{ strict: 'false' }, 'Option "strict" must be a boolean'],
    [{ strict: null }, 'Option "strict" must be a boolean'],
    [{ now: new Date(Number.NaN) }, 'Option "now" must be a valid Date'],
    [{ now: 0 }, 'Option "now" must be a valid Date'],
    [{ mode: 'maybe' }, 'Option "mode" must be one of "on", "off"'],
    [{ names: ['a', undefined] }, 'Option "names" must be an array of non-empty strings'],
    [{ limit: 0 }, 'Option "limit" must be a positive integer'],
    [{ limit: Number.NaN }, 'Option "limit" must be a positive integer'],
    [null, 'Options must be an object'],
    ['strict', 'Options must be an object'],
    [[], 'Options must be an object'],
  ])('refuses %o', (options, message) => {
    expect(() => check(options)).toThrow(new TypeError(message));
  });

  it('names the option that a nested object is the value of', () => {
    const nested = (options: unknown) =>
      checkOptions<{ algs?: string; key?: Options }>(
        options,
        { algs: 'oneOrMore', key: { method: 'sign' } },
        ['algs'],
        'dpop',
      );
    nested({ algs: ['ES256'], key: { sign: () => undefined } });
    for (const [options, message] of [
      [null, 'Option "dpop" must be an object'],
      [{ alg: 'ES256' }, 'Unknown option "alg" in "dpop"'],
      [{}, 'Option "algs" in "dpop" is required'],
      [{ algs: [] }, 'Option "algs" in "dpop" must be a non-empty string or a non-empty array of them'],
      [{ algs: 'ES256', key: {} }, 'Option "key" in "dpop" must be an object with the method "sign"'],
    ] as const) {
      expect(() => nested(options)).toThrow(new TypeError(message));
    }
  });

  it('sees what the function would read, inherited members too', () => {
    expect(() => check(Object.create({ strict: 'no' }))).toThrow(new TypeError('Option "strict" must be a boolean'));
    class Given {
      get limit(): number {
        return 0;
      }
    }
    expect(() => check(new Given())).toThrow(new TypeError('Option "limit" must be a positive integer'));
  });

  it('knows arrays of listed values', () => {
    const list = (methods: unknown) =>
      checkOptions<{ methods?: string[] }>({ methods }, { methods: { arrayOf: ['a', 'b'] } });
    list(['b', 'a']);
    for (const methods of [['c'], 'a', [undefined], { 0: 'a' }])
      expect(() => list(methods)).toThrow(new TypeError('Option "methods" must be an array of "a", "b"'));
  });

  it('names a member that is required and missing', () => {
    expect(() => check({ load: undefined }, ['load'])).toThrow(new TypeError('Option "load" is required'));
  });
});

describe('a member that is undefined', () => {
  /** As a caller in JavaScript writes it, whose types do not forbid it. */
  const unset = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, undefined]));

  it('leaves the default in place', () => {
    expect(withDefaults({ a: 1, b: 2 }, { a: undefined, b: 3 })).toEqual({ a: 1, b: 3 });
  });

  it('leaves the limits of createSpiffeTrust in place', async () => {
    const authority = await createSpiffeAuthority('example.org');
    let loads = 0;
    const load = () => {
      loads++;
      return authority.bundle({ refreshHint: 1 });
    };
    let time = Date.now();
    const trust = createSpiffeTrust({
      trustDomains: { 'example.org': { load } },
      now: () => new Date(time),
      ...unset('refreshInterval', 'maxStaleness', 'cooldown', 'timeout', 'maxBytes', 'fetch', 'onFailure'),
    });
    const svid = presented(await authority.issueSvid());
    for (const _ of [1, 2]) await trust.verifySvid(svid);
    time += 1000;
    await trust.verifySvid(svid);
    expect(loads).toBe(2);
  });

  it('leaves the profiles of the test kit in place', async () => {
    const members = unset('subject', 'keyUsage', 'basicConstraints', 'extendedKeyUsage', 'san', 'notAfter', 'now');
    const facts = ({ certificate }: TestCertificate) => {
      const { basicConstraints, keyUsage, purposes } = readCertificateExtensions(certificateFields(certificate));
      return { basicConstraints, keyUsage, purposes };
    };
    const make = async (options: object): Promise<TestCertificate[]> => {
      const root = await createCertificateAuthority(options);
      const spiffe = await createSpiffeAuthority('example.org');
      return [
        root,
        await root.issue(options),
        await root.issueAuthority(options),
        await selfSignedCertificate(options),
        await spiffe.issueSvid(options),
        (await spiffe.issueAuthority(options)).authority,
      ];
    };
    const [given, absent] = [await make(members), await make({})];
    expect(given.map(facts)).toEqual(absent.map(facts));
  });
});
