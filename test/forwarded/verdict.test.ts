import { expect, it } from 'vitest';
import {
  readPresence,
  readStatusWord,
  readVerifiedFlag,
  readVerifiedNotRevoked,
  readVerifyNumber,
  type ProxyVerdict,
} from '../../src/forwarded/verdict.js';

const verified = { presented: true, verification: 'verified' };
const unverified = (reason?: string) => ({ presented: true, verification: 'unverified', ...(reason && { reason }) });
const absent = { presented: false, verification: 'unknown' };
const unknown = (reason: string | undefined) => ({ verification: 'unknown', reason });

type Read = (first: string | undefined, second: string | undefined) => ProxyVerdict;

it.each<[Read, verdict: object, first: string | undefined, second?: string | undefined]>([
  [readStatusWord, {}, undefined],
  [readStatusWord, verified, 'SUCCESS'],
  [readStatusWord, absent, 'NONE'],
  [readStatusWord, unverified(), 'FAILED'],
  [readStatusWord, { ...unverified(), reason: '' }, 'FAILED:'],
  [readStatusWord, unverified('a:b'), 'FAILED:a:b'],
  [readStatusWord, unknown('FAILED a'), 'FAILED a'],
  [readStatusWord, unknown('success'), 'success'],
  [readStatusWord, unknown(''), ''],
  [readVerifyNumber, {}, undefined, undefined],
  [readVerifyNumber, verified, '0', '1'],
  [readVerifyNumber, {}, '0', undefined],
  [readVerifyNumber, { presented: true }, undefined, '1'],
  [readVerifyNumber, absent, '0', '0'],
  [readVerifyNumber, absent, '18', '0'],
  [readVerifyNumber, absent, undefined, '0'],
  [readVerifyNumber, unverified('18'), '18', '1'],
  [readVerifyNumber, unverified('1'), '1', undefined],
  [readVerifyNumber, unverified('10'), '10', '2'],
  [readVerifyNumber, unknown('01'), '01', '1'],
  [readVerifyNumber, unknown('1x'), '1x', '1'],
  [readVerifyNumber, unknown('x1'), 'x1', '1'],
  [readVerifyNumber, unknown('00'), '00', '1'],
  [readVerifyNumber, unknown('true'), '0', 'true'],
  [readVerifyNumber, unknown('2'), undefined, '2'],
  [readPresence, {}, undefined],
  [readPresence, { presented: true }, '1'],
  [readPresence, absent, '0'],
  [readPresence, unknown('true'), 'true'],
  [readVerifiedFlag, {}, undefined],
  [readVerifiedFlag, verified, 'true'],
  [readVerifiedFlag, { verification: 'unverified', reason: 'false' }, 'false'],
  [readVerifiedFlag, unknown('TRUE'), 'TRUE'],
  [readVerifiedNotRevoked, {}, undefined, 'false'],
  [readVerifiedNotRevoked, verified, 'true', 'false'],
  [readVerifiedNotRevoked, unverified('revoked'), 'true', 'true'],
  [readVerifiedNotRevoked, unknown('no'), 'true', 'no'],
  [readVerifiedNotRevoked, unknown(undefined), 'true', undefined],
  [readVerifiedNotRevoked, { verification: 'unverified', reason: 'false' }, 'false', 'true'],
  [readVerifiedNotRevoked, unknown('1'), '1', 'false'],
])('%o is %o: %o, %o', (read, verdict, first, second) => {
  expect(read(first, second)).toStrictEqual(verdict);
});
