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

  it('throws a TypeError for anything that is no form', () => {
    for (const form of [undefined, null, { client_id: 'payments' }, 1]) {
      expect(() => parseClientId(form as unknown as string)).toThrow(TypeError);
    }
  });
});
