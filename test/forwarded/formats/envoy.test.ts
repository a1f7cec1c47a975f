import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { isMtlsError } from 'oauth-mtls';
import { azureContainerApps, createCertificateReader, envoy, type EnvoyOptions } from 'oauth-mtls/forwarded';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

import { parseXfcc } from '../../../src/forwarded/encoding/xfcc.js';

let root: TestAuthority;
let intermediate: TestAuthority;
let client: TestCertificate;
let gateway: TestCertificate;
let victim: TestCertificate;

beforeAll(async () => {
  root = await createCertificateAuthority();
  intermediate = await root.issueAuthority();
  client = await intermediate.issue({
    subject: 'CN=client',
    san: { uri: 'spiffe://example.org/client', dns: ['client.example', 'c.example'] },
  });
  gateway = await root.issue({ subject: 'CN=gateway', san: { uri: 'spiffe://example.org/gateway' } });
  victim = await root.issue({ subject: 'CN=victim', san: { uri: 'spiffe://example.org/victim' } });
});

const hash = ({ certificate }: TestCertificate) => createHash('sha256').update(certificate.der).digest('hex');
const cert = ({ pem }: TestCertificate) => `Cert="${encodeURIComponent(pem)}"`;

/** An element as Envoy writes it, with `URI` unescaped. */
const element = (of: TestCertificate, uri = of.certificate.subjectAltNames.find(({ type }) => type === 'uri')!.value) =>
  `By=spiffe://example.org/proxy;Hash=${hash(of)};${cert(of)};Subject="CN=x";URI=${uri}`;

function read(value: string, options?: EnvoyOptions, format = envoy, maxBytes?: number): string {
  const reader = createCertificateReader({ format: format(options), trust: () => true, maxBytes });
  try {
    const result = reader({ rawHeaders: ['X-Forwarded-Client-Cert', value] });
    return result === undefined
      ? 'absent'
      : [result.certificate, ...result.intermediates].map(({ thumbprint }) => thumbprint).join(' ');
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return error.code;
  }
}

const thumbprints = (...of: { certificate: { thumbprint: string } }[]) =>
  of.map(({ certificate }) => certificate.thumbprint).join(' ');
const MALFORMED = 'ERR_FORWARDED_MALFORMED';

describe('an XFCC element', () => {
  it('holds the certificate, whatever else it holds and in whatever order', () => {
    expect(read(element(client))).toBe(thumbprints(client));
    expect(read(cert(client))).toBe(thumbprints(client));
    expect(read(`Subject="";URI=;${cert(gateway)}`)).toBe(MALFORMED);
    expect(read(`Future=1;${cert(client)};By=a;By=b`)).toBe(thumbprints(client));
    expect(read(`HASH=${hash(client).toUpperCase()};CERT="${encodeURIComponent(client.pem)}"`)).toBe(
      thumbprints(client),
    );
  });

  it('may hold the chain, which starts with the leaf', () => {
    const chain = `Chain="${encodeURIComponent(client.chainPem)}"`;
    expect(read(`${cert(client)};${chain}`)).toBe(thumbprints(client, intermediate));
    expect(read(chain)).toBe(thumbprints(client, intermediate));
    expect(read(`${cert(client)};Chain="${encodeURIComponent(intermediate.pem)}"`)).toBe(
      thumbprints(client, intermediate),
    );
    expect(read(`${cert(client)};Chain="${encodeURIComponent(client.chainPem)}x"`)).toBe(MALFORMED);
  });

  it('of Azure needs Cert, because the leaf may not be in its Chain', () => {
    const chain = `Chain="${encodeURIComponent(intermediate.pem)}"`;
    expect(read(`Hash=${hash(client)};${cert(client)};${chain}`, {}, azureContainerApps)).toBe(
      thumbprints(client, intermediate),
    );
    expect(read(`Hash=${hash(client)};${chain}`, {}, azureContainerApps)).toBe(MALFORMED);
  });

  it.each<[string, () => string]>([
    ['without certificate', () => `By=a;Hash=${hash(client)};Subject="CN=client"`],
    ['with an empty certificate', () => `Hash=${hash(client)};Cert=""`],
    ['with two certificates', () => `${cert(client)};${cert(client)}`],
    ['with two chains', () => `Chain="${encodeURIComponent(client.pem)}";Chain="${encodeURIComponent(client.pem)}"`],
    ['with the hash of another certificate', () => `Hash=${hash(victim)};${cert(client)}`],
    ['with a hash that is none', () => `Hash=x;${cert(client)}`],
    ['with two hashes', () => `Hash=${hash(client)};Hash=${hash(client)};${cert(client)}`],
    ['with a broken escape', () => cert(client).replace('%0A', '%0')],
    ['with two blocks in Cert', () => `Cert="${encodeURIComponent(client.pem + victim.pem)}"`],
    ['with an escape outside UTF-8', () => cert(client).replace('%0A', '%FF')],
  ])('is refused %s', (_what, value) => {
    expect(read(value())).toBe(MALFORMED);
  });

  it.each<[string, () => string]>([
    ['a key without a value', () => `${cert(client)};By`],
    ['an empty key', () => `=x;${cert(client)}`],
    ['a trailing semicolon', () => `${cert(client)};`],
    ['a trailing comma', () => `${cert(client)},`],
    ['a leading comma', () => `,${cert(client)}`],
    ['an empty element', () => `${cert(client)},,${cert(client)}`],
    ['an unbalanced quote', () => `Subject="CN=a;${cert(client)}`],
    ['a quote that is never closed', () => `Cert="${encodeURIComponent(client.pem)}`],
    ['a closing quote that is escaped', () => `${cert(client)};Subject="a\\"`],
    ['a backslash at the end', () => `${cert(client)};Subject="a\\`],
    ['a quote inside an unquoted value', () => `By=a"b;${cert(client)}`],
    ['text after a closing quote', () => `Subject="a"b;${cert(client)}`],
    ['a letter for a separator after a closing quote', () => `Subject="a"x${cert(client)}`],
    ['a space around the separator', () => `By=a; ${cert(client)}`],
    ['a key with other characters', () => `B-y=a;${cert(client)}`],
  ])('is refused with %s', (_what, value) => {
    expect(read(value())).toBe(MALFORMED);
  });
});

describe('what a subject says is text', () => {
  it.each<[string, () => string]>([
    ['semicolon', () => `Subject="CN=evil\\;${cert(victim).replaceAll('"', '')}"`],
    ['plain semicolon', () => `Subject="CN=evil;${cert(victim).replaceAll('"', '')}"`],
    ['comma', () => `Subject="CN=evil,${cert(victim).replaceAll('"', '')}"`],
    ['escaped quote', () => `Subject="CN=evil\\";${cert(victim).replaceAll('"', '\\"')};x=\\""`],
    ['escaped backslash', () => `Subject="CN=evil\\\\"`],
  ])('%s', (_what, subject) => {
    expect(read(`Hash=${hash(client)};${subject()}`)).toBe(MALFORMED);
    expect(read(`Hash=${hash(client)};${cert(client)};${subject()}`)).toBe(thumbprints(client));
    expect(read(`Hash=${hash(client)};${subject()};${cert(client)}`)).toBe(thumbprints(client));
  });
});

describe('the element', () => {
  it('is chosen by hop from the right', () => {
    const value = [element(victim), element(client), element(gateway)].join(',');
    expect(read(value)).toBe(thumbprints(gateway));
    expect(read(value, { hop: 1 })).toBe(thumbprints(client));
    expect(read(value, { hop: 2 })).toBe(thumbprints(victim));
    // header lines that something has joined
    expect(read(value.replaceAll(',By', ', By'), { hop: 1 })).toBe(thumbprints(client));
  });

  it('is not there where fewer proxies wrote one: no certificate, never the next best', () => {
    expect(read(element(gateway), { hop: 1 })).toBe('absent');
  });

  it('has a hop that counts', () => {
    for (const hop of [-1, 0.5, Number.NaN, '1' as unknown as number]) expect(() => envoy({ hop })).toThrow(TypeError);
  });

  it('comes in one header', () => {
    const reader = createCertificateReader({ format: envoy(), trust: () => true });
    const value = element(client);
    expect(() => reader({ rawHeaders: ['X-Forwarded-Client-Cert', value, 'x-forwarded-client-cert', value] })).toThrow(
      expect.objectContaining({ code: 'ERR_FORWARDED_DUPLICATE' }),
    );
  });

  it('is broken for all if one is broken', () => {
    expect(read(`By="x,${element(client)}`)).toBe(MALFORMED);
    expect(read(`${cert(victim)};Hash=x,${element(client)}`)).toBe(MALFORMED);
  });
});

describe('a certificate whose names forge an element, because Envoy writes them unescaped', () => {
  /** What Envoy sends for an attacker with these names, in the order in which Envoy writes the keys. */
  async function forged(san: { uri?: string[]; dns?: string[] }): Promise<string> {
    const attacker = await root.issue({ subject: 'CN=attacker', san });
    const names = [...(san.uri ?? []).map((uri) => `URI=${uri}`), ...(san.dns ?? []).map((dns) => `DNS=${dns}`)];
    return [
      `By=spiffe://example.org/proxy`,
      `Hash=${hash(attacker)}`,
      cert(attacker),
      'Subject="CN=attacker"',
      ...names,
    ].join(';');
  }
  const fake = () => `By=spiffe://example.org/proxy;Hash=${hash(victim)};${cert(victim)}`;

  it.each<[string, () => { uri?: string[]; dns?: string[] }]>([
    ['a new element in a URI', () => ({ uri: [`spiffe://evil,${fake()}`] })],
    ['a new element in an empty URI', () => ({ uri: [`,${fake()}`] })],
    [
      'a new element with a URI of its own',
      () => ({ uri: [`spiffe://evil,${fake()};URI=spiffe://example.org/victim`] }),
    ],
    ['a new element in a second URI', () => ({ uri: ['spiffe://evil', `spiffe://evil,${fake()}`] })],
    ['a new element in a DNS name', () => ({ dns: [`evil.example,${fake()}`] })],
    ['a new element in a DNS name after a URI', () => ({ uri: ['spiffe://evil'], dns: [`evil.example,${fake()}`] })],
    ['a new certificate in a URI', () => ({ uri: [`spiffe://evil;${cert(victim)}`] })],
    ['a new key in a URI', () => ({ uri: ['spiffe://evil;URI=spiffe://example.org/victim'] })],
    ['a new element in a URI that is not printable', () => ({ uri: [`,${fake()};By=\t`] })],
    ['a new element in a DNS name that is not printable', () => ({ dns: [`,${fake()};By=\t`] })],
    ['a quote in a URI', () => ({ uri: ['"', `",${fake()}`] })],
    ['a whole URI in quotes', () => ({ uri: [`"spiffe://evil",${fake()}`] })],
  ])('is refused: %s', async (_what, san) => {
    const value = await forged(san());
    expect(read(value)).toBe(MALFORMED);
    expect(read(`${value},${element(gateway)}`, { hop: 1 })).toBe(MALFORMED);
  });

  it('while honest names pass, all of them or the first', () => {
    const names = 'URI=spiffe://example.org/client;DNS=client.example;DNS=c.example';
    expect(read(`${cert(client)};${names}`)).toBe(thumbprints(client));
    expect(read(`${cert(client)};DNS=client.example`)).toBe(thumbprints(client));
    expect(read(`${cert(client)};DNS=c.example`)).toBe(MALFORMED);
    expect(read(`${cert(client)};URI=spiffe://example.org/client;URI=spiffe://example.org/other`)).toBe(MALFORMED);
  });

  it('and Envoy writes an empty URI for a certificate without one', async () => {
    const bare = await root.issue({ subject: 'CN=bare' });
    expect(read(`${cert(bare)};URI=`)).toBe(thumbprints(bare));
    expect(read(`${cert(bare)};URI=;URI=`)).toBe(MALFORMED);
    expect(read(`${cert(bare)};URI=spiffe://example.org/other`)).toBe(MALFORMED);
  });
});

describe('limits', () => {
  it('64 KB and 10,000 elements are refused', () => {
    expect(read(`Subject="${'a'.repeat(65_536)}";${cert(client)}`)).toBe('ERR_FORWARDED_TOO_LARGE');
    expect(read('By=a,'.repeat(10_000) + cert(client))).toBe('ERR_FORWARDED_TOO_LARGE');
    expect(read('By=a,'.repeat(10_000) + cert(client), {}, envoy, 1_000_000)).toBe('ERR_FORWARDED_TOO_LARGE');
    expect(read('By=a,'.repeat(31) + cert(client))).toBe(thumbprints(client));
    expect(read('By=a,'.repeat(32) + cert(client))).toBe('ERR_FORWARDED_TOO_LARGE');
  });

  it('any value ends in time linear in its size', () => {
    const size = 4_000_000;
    const started = performance.now();
    for (const unit of [
      'a',
      'a=',
      'a="',
      'a="\\',
      'a="";',
      'a=;',
      'a=,',
      '"',
      '\\',
      ',',
      ';',
      '=',
      ' ',
      'a=", ',
      'cert=;',
      'uri=a;',
    ]) {
      expect(read(unit.repeat(size / unit.length), {}, envoy, size)).toMatch(/^ERR_FORWARDED_/);
      expect(read(`Cert="${unit.repeat(size / unit.length)}`, {}, envoy, 2 * size)).toMatch(/^ERR_FORWARDED_/);
    }
    // quadratic time would be hours
    expect(performance.now() - started).toBeLessThan(30_000);
  }, 60_000);
});

describe('the tokenizer', () => {
  const quote = (value: string) => `"${value.replace(/[\\"]/g, '\\$&')}"`;

  it('gives back every value that was quoted', () => {
    const pair = fc.tuple(
      fc.stringMatching(/^[A-Za-z]{1,8}$/),
      fc.string({ unit: fc.constantFrom('a', '"', '\\', ';', ',', '=', ' ', 'Cert=') }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(pair, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 32 }),
        (elements) => {
          const text = elements
            .map((pairs) => pairs.map(([key, value]) => `${key}=${quote(value)}`).join(';'))
            .join(',');
          const expected = elements.map((pairs) => {
            const map = new Map<string, string[]>();
            for (const [key, value] of pairs)
              map.set(key.toLowerCase(), [...(map.get(key.toLowerCase()) ?? []), value]);
            return map;
          });
          expect(parseXfcc(text)).toEqual(expected);
        },
      ),
    );
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', '\\', ';', ',', '=', ' '), maxLength: 40 }), (text) => {
        try {
          parseXfcc(text);
        } catch (error) {
          expect(isMtlsError(error)).toBe(true);
        }
      }),
    );
  });
});
