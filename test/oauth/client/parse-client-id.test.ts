import { parseClientId } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

describe('parseClientId', () => {
  it('RFC 8705 §2: reads the client_id that every request has to have', () => {
    expect(parseClientId('grant_type=client_credentials&client_id=a%20b')).toBe('a b');
    expect(parseClientId(new URLSearchParams({ client_id: 'payments' }))).toBe('payments');
  });

  it.each(['', 'client_id=', 'client_id', 'Client_ID=payments', 'grant_type=client_credentials'])(
    'RFC 8705 §2: refuses a request without one: %o',
    (form) => {
      expect(() => parseClientId(form)).toThrow(expect.objectContaining({ code: 'ERR_CLIENT_UNKNOWN' }));
    },
  );

  it('RFC 6749 §3.2: refuses several, equal or not', () => {
    for (const form of ['client_id=a&client_id=b', 'client_id=a&client_id=a', 'client_id=a&client_id=']) {
      expect(() => parseClientId(form)).toThrow(expect.objectContaining({ code: 'ERR_CLIENT_ID_REPEATED' }));
    }
  });

  describe('of a parsed body', () => {
    const nothing = { grant_type: 'client_credentials' };

    it('reads an own property, whatever the prototype', () => {
      expect(parseClientId({ ...nothing, client_id: 'payments' })).toBe('payments');
      expect(parseClientId(Object.assign(Object.create(null) as object, { client_id: 'payments' }))).toBe('payments');
    });

    it.each<[what: string, body: Record<string, unknown>, code: string, reason?: string]>([
      ['nothing', nothing, 'ERR_CLIENT_UNKNOWN', 'no-client-id'],
      ['null', { client_id: null }, 'ERR_CLIENT_UNKNOWN', 'no-client-id'],
      ['undefined', { client_id: undefined }, 'ERR_CLIENT_UNKNOWN', 'no-client-id'],
      ['empty text', { client_id: '' }, 'ERR_CLIENT_UNKNOWN', 'no-client-id'],
      [
        'an inherited property',
        Object.create({ client_id: 'payments' }) as Record<string, unknown>,
        'ERR_CLIENT_UNKNOWN',
        'no-client-id',
      ],
      ['a number', { client_id: 5 }, 'ERR_CLIENT_UNKNOWN', 'malformed-client-id'],
      ['an object', { client_id: { a: 'payments' } }, 'ERR_CLIENT_UNKNOWN', 'malformed-client-id'],
      ['a text object', { client_id: Object('payments') }, 'ERR_CLIENT_UNKNOWN', 'malformed-client-id'],
      ['a repeated parameter', { client_id: ['payments', 'payments'] }, 'ERR_CLIENT_ID_REPEATED'],
      ['an array of one', { client_id: ['payments'] }, 'ERR_CLIENT_ID_REPEATED'],
      ['an empty array', { client_id: [] }, 'ERR_CLIENT_ID_REPEATED'],
    ])('refuses %s', (_what, body, code, reason) => {
      const detail = reason === undefined ? {} : { detail: { reason } };
      expect(() => parseClientId(body)).toThrow(expect.objectContaining({ code, ...detail }));
    });
  });

  it('throws a TypeError for anything that is no form and no parsed body', () => {
    const pairs = [['client_id', 'payments']] as const;
    const form = new FormData();
    form.set('client_id', 'payments');
    const others = [undefined, null, 1, true, [], pairs, new Map(pairs), form, new Headers({ client_id: 'payments' })];
    const unread = [Promise.resolve({ client_id: 'payments' }), new Uint8Array(1), new ArrayBuffer(1)];
    for (const each of [...others, ...unread, () => 'client_id=payments']) {
      expect(() => parseClientId(each as unknown as string)).toThrow(TypeError);
    }
  });
});
