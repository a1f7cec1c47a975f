import { beforeAll, describe, expect, it } from 'vitest';

import {
  isMtlsError,
  parseClientMetadata,
  toErrorResponse,
  type MtlsErrorCode,
  type ParseClientMetadataOptions,
} from 'oauth-mtls';
import { selfSignedCertificate, type TestCertificate, type TestKeyType } from 'oauth-mtls/testing';

import {
  registeredCertificate,
  registeredSpiffeId,
  registeredSubject,
} from '../../../src/oauth/client/parse-client-metadata.js';

let own: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  own = await selfSignedCertificate({ subject: 'CN=client' });
  other = await selfSignedCertificate({ subject: 'CN=client' });
});

const SUBJECT = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=client,O=Acme' };
const selfSigned = (keys: unknown) => ({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys } });
const byReference = (jwks_uri: unknown) => ({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri });

/** Code and reason of the refusal. */
function refusal(
  metadata: unknown,
  options?: ParseClientMetadataOptions,
): [MtlsErrorCode, string | undefined] | undefined {
  try {
    parseClientMetadata(metadata, options);
    return undefined;
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return [error.code, error.detail.reason ?? error.detail.field];
  }
}

describe('parseClientMetadata', () => {
  it('returns the members of RFC 8705, frozen, and nothing else', () => {
    const client = parseClientMetadata({
      ...SUBJECT,
      client_name: 'x',
      tls_client_certificate_bound_access_tokens: true,
      use_mtls_endpoint_aliases: false,
    });
    expect(JSON.parse(JSON.stringify(client))).toEqual({
      ...SUBJECT,
      tls_client_certificate_bound_access_tokens: true,
      use_mtls_endpoint_aliases: false,
    });
    expect(Object.isFrozen(client)).toBe(true);
  });

  it('does not parse again what it returned, unless there are options', () => {
    const client = parseClientMetadata(SUBJECT);
    expect(parseClientMetadata(client)).toBe(client);
    expect(refusal(client, { profile: 'fapi' })).toEqual(['ERR_METADATA_PROFILE', 'unbound-tokens']);
    expect(parseClientMetadata({ ...client })).toEqual(client);
  });

  it('RFC 7591 §2: takes a missing method for client_secret_basic', () => {
    expect(parseClientMetadata({}).token_endpoint_auth_method).toBe('client_secret_basic');
  });

  it('RFC 8705 §4: lets public clients ask for bound tokens', () => {
    const metadata = { token_endpoint_auth_method: 'none', tls_client_certificate_bound_access_tokens: true };
    expect(parseClientMetadata(metadata)).toEqual(metadata);
  });

  it('leaves out subjects and keys that the method does not look at', () => {
    const metadata = { ...SUBJECT, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [] } };
    expect(parseClientMetadata(metadata)).toEqual({ token_endpoint_auth_method: 'private_key_jwt' });
    expect(parseClientMetadata({ ...SUBJECT, jwks_uri: 'x' })).toEqual(SUBJECT);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['text', '{}'],
    ['an array', [SUBJECT]],
    ['a method that is no string', { token_endpoint_auth_method: ['tls_client_auth'] }],
    ['a subject that is no string', { ...SUBJECT, tls_client_auth_subject_dn: ['CN=client'] }],
    ['text as a boolean', { ...SUBJECT, tls_client_certificate_bound_access_tokens: 'true' }],
    ['a number as a boolean', { ...SUBJECT, use_mtls_endpoint_aliases: 1 }],
    ['a JWK Set in text', { ...selfSigned([]), jwks: '{"keys":[]}' }],
    ['an array as a JWK Set', { ...selfSigned([]), jwks: [] }],
    ['a jwks_uri that is no string', byReference(new URL('https://a.example'))],
  ])('refuses %s', (_what, metadata) => {
    expect(refusal(metadata)?.[0]).toBe('ERR_METADATA_TYPE');
  });

  it('takes nothing from a prototype', () => {
    expect(refusal(Object.create(SUBJECT))).toBeUndefined();
    expect(parseClientMetadata(Object.create(SUBJECT)).token_endpoint_auth_method).toBe('client_secret_basic');
    const inherited = Object.create({ tls_client_auth_san_dns: 'a.example' }) as object;
    expect(refusal(Object.assign(inherited, { token_endpoint_auth_method: 'tls_client_auth' }))).toEqual([
      'ERR_METADATA_SUBJECT',
      'none',
    ]);
  });

  it('throws a TypeError for options of another type', () => {
    expect(() => parseClientMetadata({}, { exactCase: 'yes' as unknown as boolean })).toThrow(TypeError);
    expect(() => parseClientMetadata(SUBJECT, { profile: 'toString' as 'fapi' })).toThrow(TypeError);
  });

  it('is answered with 400 invalid_client_metadata', () => {
    try {
      parseClientMetadata({ token_endpoint_auth_method: 'tls_client_auth' });
      expect.unreachable();
    } catch (error) {
      expect(toErrorResponse(error)).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
    }
  });
});

describe('a member that is null (RFC 7592 §2.2)', () => {
  const row = (stored: object) => ({
    token_endpoint_auth_method: null,
    tls_client_auth_subject_dn: null,
    tls_client_auth_san_dns: null,
    tls_client_auth_san_uri: null,
    tls_client_auth_san_ip: null,
    tls_client_auth_san_email: null,
    jwks: null,
    jwks_uri: null,
    tls_client_certificate_bound_access_tokens: null,
    use_mtls_endpoint_aliases: null,
    ...stored,
  });

  it('is absent, as in a stored row', () => {
    expect(parseClientMetadata(row(SUBJECT))).toEqual(SUBJECT);
    expect(parseClientMetadata(row(selfSigned([own.jwk])))).toEqual(selfSigned([own.jwk]));
    expect(parseClientMetadata(row({}))).toEqual({ token_endpoint_auth_method: 'client_secret_basic' });
    expect(refusal(row({ token_endpoint_auth_method: 'self_signed_tls_client_auth' }))).toEqual([
      'ERR_METADATA_KEYS',
      'none',
    ]);
  });

  it('is absent in a key', () => {
    const key = { ...own.jwk, d: null, p: null, 'x5t#S256': null, use: null };
    expect(parseClientMetadata(selfSigned([key]))).toEqual(selfSigned([own.jwk]));
    expect(refusal(selfSigned([{ ...own.jwk, x5c: null }]))).toEqual(['ERR_METADATA_JWKS', 'no-certificate']);
    expect(refusal(selfSigned([{ ...own.jwk, kty: null }]))).toEqual(['ERR_METADATA_JWKS', 'not-a-string']);
    expect(refusal(selfSigned([null]))).toEqual(['ERR_METADATA_JWKS', 'not-an-object']);
  });
});

describe('tls_client_auth', () => {
  it('RFC 8705 §2.1.2: needs exactly one of the five parameters', () => {
    const method = { token_endpoint_auth_method: 'tls_client_auth' };
    expect(refusal(method)).toEqual(['ERR_METADATA_SUBJECT', 'none']);
    expect(refusal({ ...SUBJECT, tls_client_auth_san_dns: 'a.example' })).toEqual(['ERR_METADATA_SUBJECT', 'several']);
    expect(refusal({ ...SUBJECT, tls_client_auth_san_dns: '' })).toEqual(['ERR_METADATA_SUBJECT', 'several']);
    expect(refusal({ ...SUBJECT, tls_client_auth_san_dns: null })).toBeUndefined();
    expect(refusal({ ...method, tls_client_auth_san_dns: null })).toEqual(['ERR_METADATA_SUBJECT', 'none']);
    expect(refusal({ ...SUBJECT, tls_client_auth_san_dns: undefined })).toBeUndefined();
    for (const [name, value] of [
      ['san_dns', 'a.example'],
      ['san_uri', 'spiffe://a.example/b'],
      ['san_ip', '2001:db8::1'],
      ['san_email', 'a@b.example'],
    ]) {
      const metadata = { ...method, [`tls_client_auth_${name}`]: value };
      expect(parseClientMetadata(metadata)).toEqual(metadata);
    }
  });

  it('RFC 8705 §2.1.2: needs a value that a certificate can meet', () => {
    expect(refusal({ ...SUBJECT, tls_client_auth_subject_dn: '/CN=client' })).toEqual([
      'ERR_METADATA_VALUE',
      'attribute-type',
    ]);
    expect(refusal({ ...SUBJECT, tls_client_auth_subject_dn: 'FOO=client' })).toEqual([
      'ERR_METADATA_VALUE',
      'unknown-attribute',
    ]);
    expect(refusal({ ...SUBJECT, tls_client_auth_subject_dn: '' })).toEqual(['ERR_METADATA_VALUE', 'empty']);
    expect(refusal({ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'a.' })).toEqual([
      'ERR_METADATA_VALUE',
      'trailing-dot',
    ]);
  });

  it('is meant by whoever registers a subject without a method', () => {
    expect(refusal({ tls_client_auth_subject_dn: 'CN=client' })).toEqual(['ERR_METADATA_SUBJECT', 'other-method']);
  });

  it('keeps the subject for matching', () => {
    const subject = registeredSubject(parseClientMetadata({ ...SUBJECT, tls_client_auth_subject_dn: 'CN=CLIENT' }));
    expect([subject.parameter, subject.value, subject.matches(own.certificate)]).toEqual([
      'tls_client_auth_subject_dn',
      'CN=CLIENT',
      true,
    ]);
    const exact = registeredSubject(
      parseClientMetadata({ ...SUBJECT, tls_client_auth_subject_dn: 'CN=CLIENT' }, { exactCase: true }),
    );
    expect(exact.matches(own.certificate)).toBe(false);
    expect(() => registeredSubject(parseClientMetadata({}))).toThrow(TypeError);
    expect(() => registeredSubject(SUBJECT)).toThrow(TypeError);
    expect(() => registeredSpiffeId(parseClientMetadata(SUBJECT))).toThrow(TypeError);
    expect(() => registeredSpiffeId(SUBJECT)).toThrow(TypeError);
  });
});

describe('self_signed_tls_client_auth', () => {
  it('RFC 8705 §2.2.2: needs exactly one of jwks and jwks_uri', () => {
    expect(refusal({ token_endpoint_auth_method: 'self_signed_tls_client_auth' })).toEqual([
      'ERR_METADATA_KEYS',
      'none',
    ]);
    expect(refusal({ ...selfSigned([own.jwk]), jwks_uri: 'https://a.example/jwks' })).toEqual([
      'ERR_METADATA_KEYS',
      'both',
    ]);
  });

  it('has no tls_client_auth_* parameter', () => {
    expect(refusal({ ...selfSigned([own.jwk]), tls_client_auth_san_dns: 'a.example' })).toEqual([
      'ERR_METADATA_SUBJECT',
      'other-method',
    ]);
  });

  it('RFC 8705 §2.2.2: keeps the certificates by thumbprint', () => {
    const client = parseClientMetadata(selfSigned([own.jwk, other.jwk]));
    expect(client.jwks).toEqual({ keys: [own.jwk, other.jwk] });
    for (const { certificate } of [own, other]) {
      expect(registeredCertificate(client, certificate.thumbprint)?.thumbprint).toBe(certificate.thumbprint);
    }
    expect(registeredCertificate(client, 'x')).toBeUndefined();
    expect(() => registeredCertificate(parseClientMetadata(SUBJECT), 'x')).toThrow(TypeError);
    expect(() => registeredCertificate({ token_endpoint_auth_method: 'self_signed_tls_client_auth' }, 'x')).toThrow(
      TypeError,
    );
  });

  it('freezes a copy of the keys', () => {
    const jwk = { ...own.jwk, x5c: [...own.jwk.x5c], key_ops: ['verify'], ext: true, nested: { a: 1 }, number: 1 };
    const { jwks } = parseClientMetadata(selfSigned([jwk]));
    jwk.x5c[0] = other.jwk.x5c[0]!;
    const [kept] = jwks!.keys;
    expect(kept).toEqual({ ...own.jwk, key_ops: ['verify'], ext: true });
    expect([jwks, jwks?.keys, kept, kept?.['x5c'], kept?.['key_ops']].every((part) => Object.isFrozen(part))).toBe(
      true,
    );
  });

  it.each<TestKeyType>(['P-256', 'P-384', 'P-521', 'RSA-2048', 'Ed25519'])(
    'RFC 7517 §4.7: holds the %s key of x5c[0] to its JWK',
    async (keyType) => {
      const [a, b] = [await selfSignedCertificate({ keyType }), await selfSignedCertificate({ keyType })];
      expect(refusal(selfSigned([a.jwk]))).toBeUndefined();
      expect(refusal(selfSigned([{ ...a.jwk, x5c: b.jwk.x5c }]))).toEqual(['ERR_METADATA_X5C', 'other-key']);
      for (const member of ['x', 'y', 'n', 'e', 'crv', 'kty'] as const) {
        const value = a.jwk[member];
        if (value === undefined) continue;
        for (const wrong of [
          b.jwk[member] === value ? 'AAAA' : b.jwk[member],
          `${value}=`,
          `AA${value}`,
          value.slice(0, -1),
          '',
          1,
          null,
        ]) {
          const code = refusal(selfSigned([{ ...a.jwk, [member]: wrong }]))?.[0];
          expect([member, wrong, code]).toEqual([
            member,
            wrong,
            member === 'kty' && typeof wrong !== 'string' ? 'ERR_METADATA_JWKS' : 'ERR_METADATA_X5C',
          ]);
        }
      }
    },
  );

  it('passes over a key without certificate, but not over a set without one', () => {
    const { x5c: _, ...bare } = own.jwk;
    expect(refusal(selfSigned([bare, other.jwk]))).toBeUndefined();
    expect(refusal(selfSigned([bare]))).toEqual(['ERR_METADATA_JWKS', 'no-certificate']);
    expect(refusal(selfSigned([{ ...bare, 'x5t#S256': own.certificate.thumbprint }]))).toEqual([
      'ERR_METADATA_JWKS',
      'no-certificate',
    ]);
    expect(refusal(selfSigned([]))).toEqual(['ERR_METADATA_JWKS', 'no-certificate']);
  });

  it('RFC 7517 §4.9: holds x5t#S256 to the certificate', () => {
    expect(refusal(selfSigned([{ ...own.jwk, 'x5t#S256': own.certificate.thumbprint }]))).toBeUndefined();
    expect(refusal(selfSigned([{ ...own.jwk, 'x5t#S256': other.certificate.thumbprint }]))).toEqual([
      'ERR_METADATA_X5C',
      'other-thumbprint',
    ]);
  });

  it.each<[string, (jwk: TestCertificate['jwk']) => unknown, string]>([
    ['an EC private key', (jwk) => ({ ...jwk, d: 'AAAA' }), 'private-key'],
    ['an RSA private key', (jwk) => ({ ...jwk, p: 'AAAA', q: 'AAAA' }), 'private-key'],
    ['an empty private member', (jwk) => ({ ...jwk, d: '' }), 'private-key'],
    ['a symmetric key', () => ({ kty: 'oct', k: 'AAAA' }), 'private-key'],
    ['a key that is no object', () => 'x', 'not-an-object'],
    ['null as a key', () => null, 'not-an-object'],
    ['a key without kty', ({ x5c }) => ({ x5c }), 'not-a-string'],
    ['an empty x5c', (jwk) => ({ ...jwk, x5c: [] }), 'not-strings'],
    ['text as x5c', (jwk) => ({ ...jwk, x5c: jwk.x5c[0] }), 'not-strings'],
    ['a number in x5c', (jwk) => ({ ...jwk, x5c: [jwk.x5c[0], 1] }), 'not-strings'],
    ['PEM in x5c', (jwk) => ({ ...jwk, x5c: [own.pem] }), 'ERR_ENCODING_BASE64'],
    ['base64url in x5c', (jwk) => ({ ...jwk, x5c: [`_${jwk.x5c[0]!.slice(1)}`] }), 'ERR_ENCODING_BASE64'],
    [
      'bytes after the certificate',
      (jwk) => ({ ...jwk, x5c: [Buffer.concat([own.certificate.der, Buffer.from([0])]).toString('base64')] }),
      'ERR_ENCODING_DER',
    ],
    ['no certificate in x5c', (jwk) => ({ ...jwk, x5c: ['AAAA'] }), 'ERR_ENCODING_DER'],
    ['nothing in x5c', (jwk) => ({ ...jwk, x5c: [''] }), 'ERR_ENCODING_EMPTY'],
  ])('refuses %s', (_what, change, reason) => {
    expect(refusal(selfSigned([other.jwk, change(own.jwk)]))).toEqual(['ERR_METADATA_JWKS', reason]);
  });

  it.each([undefined, null, {}, 'x', 1])('refuses %j as keys', (keys) => {
    expect(refusal(selfSigned(keys))).toEqual(['ERR_METADATA_JWKS', 'not-an-array']);
  });

  it('takes an absolute https URL as jwks_uri', () => {
    for (const uri of [
      'https://a.example/jwks',
      'HTTPS://a.example',
      'https://a.example:8443/jwks?a=b',
      'https://a.example/@x',
      'https://a.example?@',
      'https://[::1]/jwks',
    ]) {
      expect(parseClientMetadata(byReference(uri)).jwks_uri).toBe(uri);
    }
    expect(parseClientMetadata(byReference('http://127.0.0.1:1/jwks'), { unsafeAllowHttpJwksUri: true }).jwks_uri).toBe(
      'http://127.0.0.1:1/jwks',
    );
  });

  it.each([
    [
      '',
      'a.example',
      '/jwks',
      '//a.example/jwks',
      'http://a.example/jwks',
      'file:///etc/passwd',
      'data:application/json,{}',
      'ftp://a.example',
      'https:a.example',
    ],
    [
      'https://',
      'https:///jwks',
      'https://u:p@a.example',
      'https://u@a.example',
      'https://@a.example',
      'https://:@a.example',
      'https://a.example/jwks#x',
      'https://a.example/#',
      ' https://a.example',
      'https://a.example\n',
    ],
    [
      'https://a.example/a b',
      'https:\\\\a.example',
      'https://a.example\\b',
      'https://é.example',
      'https://a.example:99999',
      'https://a.example\0',
      'https://[::1',
      'https://%',
    ],
  ])('refuses %j and the like as jwks_uri', (...uris) => {
    expect(uris.filter((uri) => refusal(byReference(uri))?.[0] !== 'ERR_METADATA_JWKS_URI')).toEqual([]);
  });
});

describe('the profile open-finance-brasil', () => {
  const parse = (dn: string) =>
    refusal({ ...SUBJECT, tls_client_auth_subject_dn: dn }, { profile: 'open-finance-brasil' });

  it.each([
    'CN=a,UID=b,2.5.4.97=#0c0163,L=d,ST=e,O=f,C=BR,2.5.4.5=#130167,1.3.6.1.4.1.311.60.2.1.3=#13024252,2.5.4.15=#0c0168',
    '2.5.4.3=#0c0161,2.5.4.6=#13024252',
    'CN=a, 2.5.4.5=#130167 , c=BR',
  ])('takes %s', (dn) => {
    expect(parse(dn)).toBeUndefined();
  });

  it.each([
    ['CN=a,organizationIdentifier=b', 'name'],
    ['commonName=a', 'name'],
    ['serialNumber=1,C=BR', 'name'],
    ['2.5.4.97=b,C=BR', 'text'],
    ['2.5.4.3=a', 'text'],
    ['CN=#0c0161', 'octets'],
  ])('refuses %s', (dn, reason) => {
    expect(parse(dn)).toEqual(['ERR_METADATA_PROFILE', reason]);
  });

  it('refuses an OID. prefix, as RFC 4514 does', () => {
    expect(parse('OID.2.5.4.15=#0c0161')?.[0]).toBe('ERR_METADATA_VALUE');
  });

  it('refuses the other four parameters, and keys by value', () => {
    const options = { profile: 'open-finance-brasil' } as const;
    const dns = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'a.example' };
    expect(refusal(dns, options)).toEqual(['ERR_METADATA_PROFILE', 'not-a-dn']);
    expect(refusal({ ...SUBJECT, jwks: { keys: [] } }, options)).toEqual(['ERR_METADATA_PROFILE', 'by-value']);
    expect(
      refusal({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://a.example' }, options),
    ).toBeUndefined();
  });
});

describe('the profile fapi', () => {
  const options = { profile: 'fapi' } as const;

  it('asks for one of three methods', () => {
    const bound = { tls_client_certificate_bound_access_tokens: true };
    expect(refusal({ ...SUBJECT, ...bound }, options)).toBeUndefined();
    expect(refusal({ ...selfSigned([own.jwk]), ...bound }, options)).toBeUndefined();
    expect(refusal({ token_endpoint_auth_method: 'private_key_jwt', ...bound }, options)).toBeUndefined();
    for (const method of ['none', 'client_secret_basic', undefined]) {
      expect(refusal({ token_endpoint_auth_method: method, ...bound }, options)).toEqual([
        'ERR_METADATA_PROFILE',
        'method',
      ]);
    }
  });

  it('asks for tokens that are bound', () => {
    expect(refusal(SUBJECT, options)).toEqual(['ERR_METADATA_PROFILE', 'unbound-tokens']);
    expect(refusal({ ...SUBJECT, tls_client_certificate_bound_access_tokens: false }, options)).toEqual([
      'ERR_METADATA_PROFILE',
      'unbound-tokens',
    ]);
    expect(refusal({ ...SUBJECT, dpop_bound_access_tokens: true }, options)).toBeUndefined();
  });
});
