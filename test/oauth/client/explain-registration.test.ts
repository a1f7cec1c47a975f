import {
  authenticateClient,
  explainRegistration,
  parseClientMetadata,
  type JwksSource,
  type MtlsClientMetadata,
  type RegistrationCause,
} from 'oauth-mtls';
import { createCertificateAuthority, presented, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { readUsableKeys } from '../../../src/oauth/client/registered-keys.js';
import { withExactNames } from '../../../src/testing/exact-names.js';
import { encodeSubject } from '../../../src/testing/names.js';

const method = 'self_signed_tls_client_auth';
let client: TestCertificate;
let renewed: TestCertificate;
let other: TestCertificate;
let expired: TestCertificate;
let early: TestCertificate;
let issued: TestCertificate;
let authorityJwk: TestCertificate['jwk'];

beforeAll(async () => {
  client = await selfSignedCertificate({ subject: 'CN=marked-client' });
  renewed = await selfSignedCertificate({ subject: 'CN=marked-client', keyPair: client.keyPair });
  other = await selfSignedCertificate({ subject: 'CN=marked-client' });
  expired = await selfSignedCertificate({ notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') });
  early = await selfSignedCertificate({ notBefore: new Date('2120-01-01'), notAfter: new Date('2120-02-01') });
  const authority = await createCertificateAuthority();
  issued = await authority.issue({ subject: 'CN=issued' });
  authorityJwk = authority.jwk;
});

const withKeys = (...keys: object[]) => ({ token_endpoint_auth_method: method, jwks: { keys } });
const without = ({ x5c: _x5c, ...jwk }: TestCertificate['jwk']) => jwk;

type Case = readonly [
  RegistrationCause,
  what: string,
  present: () => TestCertificate,
  metadata: () => object,
  field: string,
];

const CASES: readonly Case[] = [
  ['renewed', 'the same key renewed', () => renewed, () => withKeys(other.jwk, client.jwk), 'jwks.keys[1]'],
  [
    'not-first',
    'the authority first in x5c',
    () => issued,
    () => withKeys({ ...issued.jwk, x5c: [authorityJwk.x5c[0], issued.jwk.x5c[0]] }),
    'jwks.keys[0].x5c[1]',
  ],
  [
    'not-first',
    'the authority and its key first',
    () => issued,
    () => withKeys({ ...authorityJwk, x5c: [authorityJwk.x5c[0], issued.jwk.x5c[0]] }),
    'jwks.keys[0].x5c[1]',
  ],
  [
    'registered-twice',
    'the old one registered twice',
    () => renewed,
    () => withKeys(client.jwk, client.jwk),
    'jwks.keys[1]',
  ],
  ['authority', 'the authority instead', () => issued, () => withKeys(authorityJwk), 'jwks.keys[0]'],
  ['no-x5c', 'the key without a certificate', () => client, () => withKeys(without(client.jwk)), 'jwks.keys[0]'],
  [
    'no-x5c',
    'one of two keys without a certificate',
    () => client,
    () => withKeys(other.jwk, without(client.jwk)),
    'jwks.keys[1]',
  ],
  ['expired', 'a registered certificate that has expired', () => expired, () => withKeys(expired.jwk), 'jwks.keys[0]'],
  ['not-yet-valid', 'one that is not valid yet', () => early, () => withKeys(early.jwk), 'jwks.keys[0]'],
  ['other-key', 'another key', () => client, () => withKeys(other.jwk), 'jwks'],
  ['nothing-registered', 'nothing', () => client, () => ({ token_endpoint_auth_method: method }), 'jwks'],
  ['nothing-registered', 'an empty set', () => client, () => withKeys(), 'jwks'],
  [
    'jwks-uri',
    'jwks_uri',
    () => client,
    () => ({ token_endpoint_auth_method: method, jwks_uri: 'https://marked.example/jwks' }),
    'jwks_uri',
  ],
  [
    'invalid-metadata',
    'PEM in x5c',
    () => client,
    () => withKeys({ ...client.jwk, x5c: [client.pem] }),
    'jwks.keys[0].x5c[0]',
  ],
  [
    'other-method',
    'another method',
    () => client,
    () => ({ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'marked.example' }),
    'token_endpoint_auth_method',
  ],
];

describe('explainRegistration', () => {
  it.each(CASES)('%s: %s', async (cause, _what, present, metadata, field) => {
    const evidence = presented(present());
    const report = explainRegistration(evidence, metadata());
    expect(report).toMatchObject({ matches: false, cause, found: evidence.certificate.thumbprint });
    expect(report.hint).toMatch(/^[A-Z].*\.$/);
    expect(report.hint).toContain(field);
    expect(JSON.stringify(report)).not.toMatch(/marked|MII/);
    expect(explainRegistration(evidence.certificate, metadata())).toEqual(report);
    // the verdict is that of authenticateClient
    await expect(
      authenticateClient(evidence, metadata() as MtlsClientMetadata, {
        jwksSource: { uri: 'https://marked.example/jwks', find: async () => undefined },
      }),
    ).rejects.toThrow();
  });

  it.each(
    CASES.filter(([cause]) => ['renewed', 'registered-twice', 'authority', 'expired', 'other-key'].includes(cause)),
  )('%s of parsed metadata: %s', (cause, _what, present, metadata) => {
    expect(explainRegistration(presented(present()), parseClientMetadata(metadata())).cause).toBe(cause);
  });

  it('matches a registered certificate, and names its entries', () => {
    expect(explainRegistration(presented(client), withKeys(other.jwk, client.jwk, client.jwk))).toEqual({
      matches: true,
      cause: undefined,
      fields: ['jwks.keys[1]', 'jwks.keys[2]'],
      expected: [other, client, client].map(({ certificate }) => certificate.thumbprint),
      found: client.certificate.thumbprint,
      hint: '',
    });
    const now = new Date('2020-01-15');
    expect(explainRegistration(presented(expired), withKeys(expired.jwk), { now }).matches).toBe(true);
  });

  describe('with the keys that were loaded from jwks_uri', () => {
    const uri = 'https://marked.example/jwks';
    const metadata = { token_endpoint_auth_method: method, jwks_uri: uri };
    const sourceOf = (...keys: object[]): JwksSource => {
      const { certificates, fault } = readUsableKeys(keys);
      return { uri, find: async (thumbprint) => certificates.get(thumbprint), fault, jwks: () => ({ keys }) };
    };

    it.each<[cause: RegistrationCause, what: string, present: () => TestCertificate, keys: () => object[], at: string]>(
      [
        ['renewed', 'the same key renewed', () => renewed, () => [other.jwk, client.jwk], 'keys[1]'],
        [
          'renewed',
          'the same key renewed, behind an entry that cannot be used',
          () => renewed,
          () => [{ ...other.jwk, x5c: [other.pem] }, client.jwk],
          'keys[1]',
        ],
        [
          'not-first',
          'the authority first',
          () => issued,
          () => [{ ...issued.jwk, x5c: [authorityJwk.x5c[0], issued.jwk.x5c[0]] }],
          'keys[0].x5c[1]',
        ],
        ['no-x5c', 'the key without a certificate', () => client, () => [without(client.jwk)], 'keys[0]'],
        ['invalid-metadata', 'PEM', () => client, () => [{ ...client.jwk, x5c: [client.pem] }], 'keys[0].x5c[0]'],
        ['invalid-metadata', 'another key', () => client, () => [{ ...other.jwk, x5c: client.jwk.x5c }], 'keys[0]'],
        ['expired', 'an expired one', () => expired, () => [expired.jwk], 'keys[0]'],
        ['not-yet-valid', 'one that is not valid yet', () => early, () => [early.jwk], 'keys[0]'],
        ['other-key', 'another certificate', () => client, () => [other.jwk], 'jwks_uri'],
        ['nothing-registered', 'an empty set', () => client, () => [], 'jwks_uri'],
      ],
    )('%s: %s', async (cause, _what, present, keys, at) => {
      const jwksSource = sourceOf(...keys());
      const report = explainRegistration(presented(present()), metadata, { jwksSource });
      expect(report).toMatchObject({ matches: false, cause });
      // not that of a member by value
      expect(report.hint).toMatch(new RegExp(`[^.]\\b${at.replace(/[.[\]]/g, '\\$&')}`));
      expect(JSON.stringify(report)).not.toMatch(/marked|MII/);
      await expect(authenticateClient(presented(present()), metadata, { jwksSource })).rejects.toThrow();
    });

    it('matches one of them, whatever the others are', () => {
      const jwksSource = sourceOf({ ...other.jwk, x5c: [other.pem] }, client.jwk);
      expect(explainRegistration(presented(client), metadata, { jwksSource })).toMatchObject({
        matches: true,
        fields: ['keys[1]'],
        hint: '',
      });
    });

    it.each<[string, JwksSource]>([
      ['nothing was loaded', { ...sourceOf(), jwks: () => undefined }],
      ['the source does not have them', { uri, find: async () => undefined }],
      ['the source has something else', { ...sourceOf(), jwks: () => ({ keys: 'x' }) as never }],
      ['the source is that of a former URL', { ...sourceOf(), uri: 'https://marked.example/other' }],
    ])('says so where %s', (_what, jwksSource) => {
      const { cause, hint } = explainRegistration(presented(client), metadata, { jwksSource });
      expect([cause, hint]).toEqual(['jwks-uri', expect.stringMatching(/jwksSource.*jwks_uri\.$/)]);
    });

    it.each(['private_key_jwt', 'tls_client_auth', 'none', undefined])(
      'does not match for a client of the method %s, which they do not authenticate',
      async (other) => {
        const jwksSource = sourceOf(client.jwk);
        const members = { token_endpoint_auth_method: other, jwks_uri: uri, tls_client_auth_subject_dn: 'CN=x' };
        const report = explainRegistration(presented(client), members, { jwksSource });
        expect(report).toMatchObject({ matches: false, cause: 'other-method', fields: ['token_endpoint_auth_method'] });
        await expect(
          authenticateClient(presented(client), members as MtlsClientMetadata, { jwksSource }),
        ).rejects.toThrow();
      },
    );

    it('does not look at them for a client with keys by value', () => {
      const report = explainRegistration(presented(client), withKeys(other.jwk), { jwksSource: sourceOf(client.jwk) });
      expect(report.cause).toBe('other-key');
    });
  });

  it.each([
    { jwks: null },
    { jwks: { keys: 'x' } },
    { jwks: { keys: [null, 1, { x5c: 1 }, { x5c: [1, 'x'] }] } },
    { jwks: [] },
  ])('survives %j', (members) => {
    const report = explainRegistration(presented(client), { token_endpoint_auth_method: method, ...members });
    expect(report.matches).toBe(false);
  });

  it('throws for misuse', () => {
    expect(() => explainRegistration({} as never, withKeys())).toThrow(TypeError);
    expect(() => explainRegistration(presented(client), null as never)).toThrow(TypeError);
  });
});

it('a registered certificate whose subject is malformed is not the issuer', async () => {
  const { certificate, keyPair, jwk } = client;
  // a SEQUENCE that is no Name
  const subject = Uint8Array.of(0x30, 3, 2, 1, 5);
  const der = await withExactNames(certificate.der, encodeSubject('CN=issuer'), subject, keyPair);
  const registered = withKeys({ ...jwk, x5c: [Buffer.from(der).toString('base64')] });
  expect(explainRegistration(issued.certificate, registered)).toMatchObject({ cause: 'other-key' });
});
