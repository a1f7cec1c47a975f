import { expect, it } from 'vitest';
import { readMembers, readRegisteredMembers } from '../../src/encoding/json-object.js';

const inherited = Object.assign(Object.create({ inherited: 1 }) as object, { own: 1 });
const hidden = Object.defineProperty({ own: 1 }, 'hidden', { value: 1 });

it.each<[what: string, object: object, members: [string, unknown][], registered?: [string, unknown][]]>([
  ['nothing', {}, []],
  ['undefined', { a: undefined, b: 1 }, [['b', 1]]],
  [
    'null',
    { a: null, b: 1 },
    [
      ['a', null],
      ['b', 1],
    ],
    [['b', 1]],
  ],
  ['false', { a: false }, [['a', false]]],
  ['zero', { a: 0 }, [['a', 0]]],
  ['the empty string', { a: '' }, [['a', '']]],
  ['members of the prototype', inherited, [['own', 1]]],
  ['hidden members', hidden, [['own', 1]]],
  ['symbols', { [Symbol('a')]: 1 }, []],
])('reads the members of an object with %s', (_what, object, members, registered = members) => {
  expect([...readMembers(object)]).toEqual(members);
  expect([...readRegisteredMembers(object)]).toEqual(registered);
});
