import { afterEach, expect, it } from 'vitest';
import { readMember } from '../../src/encoding/read-member.js';

const prototype = Object.prototype as { forged?: unknown };
afterEach(() => delete prototype.forged);

class WithGetter {
  get forged() {
    return 'getter';
  }
}

it.each<[what: string, object: object, value: unknown]>([
  ['an own member', { forged: 'own' }, 'own'],
  ['an own member that is undefined', { forged: undefined }, undefined],
  ['an inherited member', Object.create({ forged: 'inherited' }) as object, 'inherited'],
  ['a member of a class', new WithGetter(), 'getter'],
  ['no member', {}, undefined],
  ['no member of an heir', Object.create({}) as object, undefined],
  ['no member of an object without a prototype', Object.create(null) as object, undefined],
  ['a member of an object without a prototype', Object.assign(Object.create(null) as object, { forged: 1 }), 1],
])('reads %s, with and without one on Object.prototype', (_what, object, value) => {
  expect(readMember(object, 'forged')).toBe(value);
  prototype.forged = 'polluted';
  expect(readMember(object, 'forged')).toBe(value);
});
