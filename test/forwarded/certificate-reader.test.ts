import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

import { isMtlsError, toErrorResponse, type PresentedCertificate } from 'oauth-mtls';
import {
  apache,
  awsAlb,
  azureAppService,
  caddy,
  createCertificateReader,
  custom,
  haproxy,
  nginx,
  rfc9440,
  traefik,
  type ForwardedRequest,
} from 'oauth-mtls/forwarded';
import {
  createCertificateAuthority,
  forwardedHeaders,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ForwardedFormat } from '../../src/forwarded/format.js';

let root: TestAuthority;
let client: TestCertificate;
let victim: TestCertificate;
let thumbprint: string;
let base64: string;
/** What the proxies write. */
let escaped: string;
let byteSequence: string;

beforeAll(async () => {
  root = await createCertificateAuthority();
  client = await root.issue({ subject: 'CN=client' });
  victim = await root.issue({ subject: 'CN=victim' });
  ({ thumbprint } = client.certificate);
  base64 = client.jwk.x5c[0]!;
  escaped = encodeURIComponent(client.pem);
  byteSequence = `:${base64}:`;
});

type Field = readonly [name: string, value: string];

/** What a reader makes of these headers of a trusted request: thumbprint and verdict, absence, or the error. */
function read(format: ForwardedFormat, fields: readonly Field[], maxBytes?: number): string {
  const reader = createCertificateReader({ format, trust: () => true, maxBytes });
  return outcome(() => reader({ rawHeaders: fields.flat() }));
}

function outcome(run: () => PresentedCertificate | undefined): string {
  try {
    const result = run();
    return result === undefined ? 'absent' : `${result.certificate.thumbprint} ${result.verification}`;
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    // RFC 6749 §5.2: nothing was decided about credentials
    expect(toErrorResponse(error)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    return error.code;
  }
}

const CERT = 'X-SSL-Client-Cert';
const VERIFY = 'X-SSL-Client-Verify';
const USED = 'X-SSL-Client-Used';

describe('the trust gate', () => {
  it('is required, and has no default and no shorthand', () => {
    const make = createCertificateReader as (options: unknown) => unknown;
    for (const trust of [undefined, null, true, 'always', '127.0.0.1', ['127.0.0.1']]) {
      expect(() => make({ format: nginx(), trust })).toThrow(TypeError);
    }
  });

  it.each<[string, () => ForwardedFormat, () => Field[]]>([
    ['the certificate', nginx, () => [[CERT, escaped]]],
    ['a verdict alone', nginx, () => [[VERIFY, 'SUCCESS']]],
    ['evidence alone', haproxy, () => [[USED, '1']]],
    ['a chain alone', rfc9440, () => [['Client-Cert-Chain', byteSequence]]],
    ['an empty certificate', nginx, () => [[CERT, '']]],
    ['a sentinel', apache, () => [[CERT, '(null)']]],
    [
      'a duplicate',
      nginx,
      () => [
        [CERT, escaped],
        [CERT, escaped],
      ],
    ],
    ['what is malformed', nginx, () => [[CERT, 'x']]],
    ['what is too large', nginx, () => [[CERT, 'x'.repeat(100_000)]]],
  ])('refuses a request from elsewhere that carries %s, rather than reading it as none', (_what, format, fields) => {
    const reader = createCertificateReader({ format: format(), trust: () => false });
    expect(outcome(() => reader({ rawHeaders: fields().flat() }))).toBe('ERR_FORWARDED_UNTRUSTED');
  });

  it('is not asked about a request that carries none of the headers', () => {
    const trust = vi.fn(() => false);
    const reader = createCertificateReader({ format: nginx(), trust });
    expect(reader({ rawHeaders: ['Host', 'a.example', 'Client-Cert', byteSequence] })).toBeUndefined();
    expect(trust).not.toHaveBeenCalled();
  });

  it('is asked with the request itself', () => {
    const request = { rawHeaders: [CERT, escaped], id: 7 };
    const trust = vi.fn((seen: typeof request) => seen.id === 7);
    expect(createCertificateReader({ format: nginx(), trust })(request)?.certificate.thumbprint).toBe(thumbprint);
    expect(trust).toHaveBeenCalledExactlyOnceWith(request);
  });

  it('takes a promise, or anything else that is merely truthy, for a mistake', () => {
    for (const answer of [Promise.resolve(false), 1, 'yes', {}, undefined, null, 0]) {
      const reader = createCertificateReader({ format: nginx(), trust: () => answer as boolean });
      expect(() => reader({ rawHeaders: [CERT, escaped] })).toThrow(TypeError);
    }
  });
});

describe('options', () => {
  it.each<[string, object]>([
    ['no format', { format: undefined }],
    ['a name instead of a format', { format: 'nginx' }],
    ['the function instead of its result', { format: nginx }],
    ['maxBytes of 0', { maxBytes: 0 }],
    ['maxBytes that is no number', { maxBytes: '1' }],
    ['maxBytes without an end', { maxBytes: Infinity }],
  ])('refuse %s', (_what, options) => {
    const make = createCertificateReader as (options: unknown) => unknown;
    expect(() => make({ format: nginx(), trust: () => true, ...options })).toThrow(TypeError);
  });

  it.each<[string, () => unknown]>([
    ['a header name with a space', () => nginx({ header: 'X Cert' })],
    ['an empty header name', () => nginx({ statusHeader: '' })],
    ['a header name that is no string', () => nginx({ header: 1 as unknown as string })],
    ['one name for two headers', () => nginx({ header: 'X-A', statusHeader: 'x-a' })],
    ['the default name for another header', () => nginx({ chainHeader: 'x-ssl-client-verify' })],
    ['verifiedByProxy that is no boolean', () => nginx({ verifiedByProxy: 'false' as unknown as boolean })],
    ['an unknown decoding', () => custom({ decode: 'der' as 'pem' })],
    ['a status header without values', () => custom({ statusHeader: 'x-verify' })],
    ['status values without a header', () => custom({ statusValues: { verified: ['ok'] } })],
    ['no status value', () => custom({ statusHeader: 'x-verify', statusValues: { verified: [] } })],
    [
      'a status value that stands in no list',
      () => custom({ statusHeader: 'x-verify', statusValues: { verified: 'OK' as never } }),
    ],
    ['an empty status value', () => custom({ statusHeader: 'x-verify', statusValues: { verified: [''] } })],
  ])('of a format refuse %s', (_what, make) => {
    expect(make).toThrow(TypeError);
  });
});

describe('a request', () => {
  it('is a Node request, whose headers object is not looked at', async () => {
    const reader = createCertificateReader({ format: nginx(), trust: () => true });
    const results: string[] = [];
    const server = createServer((request, response) => {
      results.push(outcome(() => reader(request)));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const send = (...values: string[]) =>
      new Promise((resolve, reject) => {
        const headers = values.flatMap((value) => [CERT, value]);
        httpRequest({ port, host: '127.0.0.1', headers: ['Host', 'a.example', ...headers] as never }, (response) =>
          response.resume().on('end', resolve),
        )
          .on('error', reject)
          .end();
      });
    await send(escaped);
    await send(escaped, 'x');
    await send();
    server.close();
    expect(results).toEqual([`${thumbprint} unknown`, 'ERR_FORWARDED_DUPLICATE', 'absent']);
  });

  it("is fetch's Request or Headers", () => {
    const headers = { [CERT]: escaped, [VERIFY]: 'SUCCESS' };
    const reader = createCertificateReader({ format: nginx(), trust: () => true });
    expect(reader(new Headers(headers))?.verification).toBe('verified');
    expect(reader(new Request('https://rs.example/', { headers }))?.verification).toBe('verified');
    expect(reader(new Headers())).toBeUndefined();
  });

  it('is not a plain object of headers, which has lost duplicates', () => {
    const reader = createCertificateReader({ format: nginx(), trust: () => true }) as (request: unknown) => unknown;
    expect(() => reader({ headers: { 'x-ssl-client-cert': escaped } })).toThrow(TypeError);
    expect(() => reader({ rawHeaders: [[CERT, escaped]] })).toThrow(TypeError);
    expect(() => reader({ rawHeaders: [CERT] })).toThrow(TypeError);
    expect(() => reader({})).toThrow(TypeError);
  });
});

describe('rule 1: one explicit format', () => {
  it.each<[string, () => ForwardedFormat, () => Field]>([
    ['RFC 9440 to nginx', () => nginx({ header: 'client-cert' }), () => ['Client-Cert', byteSequence]],
    ['base64 to nginx', nginx, () => [CERT, base64]],
    ['PEM to HAProxy', haproxy, () => [CERT, client.pem.trim().replaceAll('\n', ' ')]],
    ['escaped PEM to HAProxy', haproxy, () => [CERT, escaped]],
    ['base64 to RFC 9440', rfc9440, () => ['Client-Cert', base64]],
    ['RFC 9440 to Caddy', caddy, () => [CERT, byteSequence]],
    ['escaped PEM to a custom PEM', () => custom({ decode: 'pem' }), () => [CERT, escaped]],
    ['base64 of PEM to Apache', apache, () => [CERT, btoa(client.pem)]],
    [
      'base64url to HAProxy',
      haproxy,
      () => [CERT, base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')],
    ],
  ])('does not take %s', (_what, format, field) => {
    expect(read(format(), [field()])).toBe('ERR_FORWARDED_MALFORMED');
  });

  it('does not fall back to another header', () => {
    expect(
      read(nginx(), [
        ['Client-Cert', byteSequence],
        ['X-Client-Cert', escaped],
        ['X_SSL_Client_Cert', escaped],
      ]),
    ).toBe('absent');
  });

  it('reads the header that it is told to, in any case', () => {
    const format = nginx({ header: 'X-Tls-Cert', statusHeader: 'X-Tls-Verify' });
    expect(
      read(format, [
        ['x-tls-CERT', escaped],
        ['X-TLS-VERIFY', 'SUCCESS'],
      ]),
    ).toBe(`${thumbprint} verified`);
    expect(
      read(format, [
        [CERT, escaped],
        [VERIFY, 'SUCCESS'],
      ]),
    ).toBe('absent');
  });
});

describe('rule 2: RFC 9440 §2.2 each header comes once', () => {
  it.each<[string, () => ForwardedFormat, () => Field[]]>([
    [
      'the certificate',
      nginx,
      () => [
        [CERT, escaped],
        [CERT, escaped],
      ],
    ],
    [
      'the certificate in another case',
      nginx,
      () => [
        [CERT, escaped],
        [CERT.toLowerCase(), escaped],
      ],
    ],
    [
      'an empty certificate before it',
      nginx,
      () => [
        [CERT, ''],
        [CERT, escaped],
      ],
    ],
    [
      'an empty certificate after it',
      nginx,
      () => [
        [CERT, escaped],
        [CERT, ''],
      ],
    ],
    [
      'the verdict',
      nginx,
      () => [
        [CERT, escaped],
        [VERIFY, 'SUCCESS'],
        [VERIFY, 'SUCCESS'],
      ],
    ],
    [
      'the evidence',
      haproxy,
      () => [
        [CERT, base64],
        [VERIFY, '0'],
        [USED, '1'],
        [USED, '1'],
      ],
    ],
    [
      'the verdict beside a chain that may repeat',
      () => rfc9440({ statusHeader: VERIFY }),
      () => [
        ['Client-Cert', byteSequence],
        [VERIFY, 'SUCCESS'],
        [VERIFY, 'SUCCESS'],
      ],
    ],
    [
      'Client-Cert',
      rfc9440,
      () => [
        ['Client-Cert', byteSequence],
        ['Client-Cert', byteSequence],
      ],
    ],
    [
      'a chain that is no List',
      () => nginx({ chainHeader: 'X-Chain' }),
      () => [
        [CERT, escaped],
        ['X-Chain', escaped],
        ['X-Chain', escaped],
      ],
    ],
  ])('%s', (_what, format, fields) => {
    expect(read(format(), fields())).toBe('ERR_FORWARDED_DUPLICATE');
  });

  it('a comma betrays a duplicate that something has joined', () => {
    const values = { nginx: escaped, apache: client.pem.replaceAll('\n', ' '), haproxy: base64 };
    for (const [name, value] of Object.entries(values)) {
      const format = { nginx, apache, haproxy }[name]!();
      const headers = new Headers([
        [CERT, value],
        [CERT, value],
      ]);
      expect(outcome(() => createCertificateReader({ format, trust: () => true })(headers))).toBe(
        'ERR_FORWARDED_DUPLICATE',
      );
      expect(read(format, [[CERT, `x,${value}`]])).toBe('ERR_FORWARDED_DUPLICATE');
      expect(read(format, [[CERT, `${value},`]])).toBe('ERR_FORWARDED_DUPLICATE');
    }
  });

  it('a joined duplicate is no Traefik chain, whose commas have no space', () => {
    const headers = new Headers([
      ['X-Forwarded-Tls-Client-Cert', base64],
      ['X-Forwarded-Tls-Client-Cert', base64],
    ]);
    expect(outcome(() => createCertificateReader({ format: traefik(), trust: () => true })(headers))).toBe(
      'ERR_FORWARDED_MALFORMED',
    );
  });

  it('a joined verdict is not verified', () => {
    const headers = new Headers([
      [CERT, escaped],
      [VERIFY, 'SUCCESS'],
      [VERIFY, 'SUCCESS'],
    ]);
    expect(outcome(() => createCertificateReader({ format: nginx(), trust: () => true })(headers))).toBe(
      `${thumbprint} unknown`,
    );
  });

  it('only Client-Cert-Chain may repeat, being a List', async () => {
    const intermediate = await root.issueAuthority();
    const chain = [intermediate, root].map(({ jwk }) => `:${jwk.x5c[0]!}:`);
    const result = createCertificateReader({ format: rfc9440(), trust: () => true })({
      rawHeaders: ['Client-Cert', byteSequence, ...chain.flatMap((each) => ['Client-Cert-Chain', each])],
    });
    expect(result?.intermediates.map((each) => each.thumbprint)).toEqual(
      [intermediate, root].map(({ certificate }) => certificate.thumbprint),
    );
  });
});

describe('rule 3: strict base64', () => {
  it.each<[string, (good: string) => string]>([
    ['a forged prefix', (good) => `SPOOF==, ${good}`],
    ['a forged prefix without a comma', (good) => `${victim.jwk.x5c[0]!}${good}`],
    ['text after the padding', (good) => `${good}=AAAA`],
    ['missing padding', () => 'MIIB'.repeat(10).slice(0, -2)],
    ['stray bits', () => 'MB=='],
    ['a space', (good) => `${good.slice(0, 40)} ${good.slice(40)}`],
    ['a line feed', (good) => `${good}\n`],
    ['base64url', () => 'MI-_'],
    ['a character outside ASCII', (good) => `${good.slice(0, 4)}\u00e9${good.slice(4)}`],
    ['a full-width letter', (good) => `\uff2d${good.slice(1)}`],
  ])('refuses %s', (_what, forge) => {
    for (const format of [haproxy(), caddy(), azureAppService({ header: CERT })]) {
      expect(read(format, [[CERT, forge(base64)]])).toMatch(/^ERR_FORWARDED_(MALFORMED|DUPLICATE)$/);
    }
    expect(read(rfc9440(), [['Client-Cert', `:${forge(base64)}:`]])).toMatch(/^ERR_FORWARDED_(MALFORMED|DUPLICATE)$/);
  });
});

describe('rule 4: one percent decoder', () => {
  it('keeps +, which is a digit of base64', async () => {
    let plus = client;
    while (!plus.pem.includes('+')) plus = await root.issue();
    const expected = `${plus.certificate.thumbprint} unknown`;
    const literal = encodeURIComponent(plus.pem).replace(/%(2B|2F|3D)/g, decodeURIComponent);
    expect(literal).toContain('+');
    expect(read(nginx(), [[CERT, literal]])).toBe(expected);
    // Apache's escape writes lower-case hex
    const lower = encodeURIComponent(plus.pem).replace(/%../g, (hex) => hex.toLowerCase());
    expect(read(nginx(), [[CERT, lower]])).toBe(expected);
  });

  it.each(['%', '%0', '%0G', '%%0A', '%u000A', '%00', '%FF', '%C3%28', '%20x', '%2520'])('refuses %s', (broken) => {
    expect(read(nginx(), [[CERT, escaped + broken]])).toBe('ERR_FORWARDED_MALFORMED');
    expect(read(nginx(), [[CERT, broken + escaped]])).toBe('ERR_FORWARDED_MALFORMED');
  });
});

describe('rule 5: one PEM parser', () => {
  const spaced = (pem: string) => pem.trim().replaceAll('\n', ' ');

  it("knows Apache's spaces", () => {
    expect(read(apache(), [[CERT, spaced(client.pem)]])).toBe(`${thumbprint} unknown`);
    expect(read(apache(), [[CERT, encodeURIComponent(client.pem)]])).toBe(`${thumbprint} unknown`);
  });

  it.each<[string, () => string]>([
    ['two blocks', () => `${spaced(client.pem)} ${spaced(victim.pem)}`],
    ['two blocks, the second one broken', () => `${spaced(client.pem)} -----BEGIN CERTIFICATE-----`],
    ['a TRUSTED CERTIFICATE', () => spaced(client.pem).replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE')],
    ['an X509 CERTIFICATE', () => spaced(client.pem).replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')],
    ['text before it', () => `x ${spaced(client.pem)}`],
    ['text after it', () => `${spaced(client.pem)} x`],
    ['no end', () => spaced(client.pem).replace(/ -----END.*/, '')],
    ['an empty body', () => '-----BEGIN CERTIFICATE----- -----END CERTIFICATE-----'],
    ['a private key', () => spaced(client.privateKeyPem)],
    ['another end', () => spaced(client.pem).replace('END CERTIFICATE', 'END X')],
  ])('refuses %s', (_what, value) => {
    expect(read(apache(), [[CERT, value()]])).toBe('ERR_FORWARDED_MALFORMED');
  });
});

describe('rule 6: sentinels are absence', () => {
  const all = [nginx(), apache(), haproxy(), caddy(), rfc9440({ header: CERT }), custom({ decode: 'base64-der' })];

  it.each([
    '',
    '(null)',
    '::',
    '-',
    '{http.request.tls.client.certificate_der_base64}',
    ':{http.request.tls.client.certificate_der_base64}:',
  ])('%s', (sentinel) => {
    for (const format of all) expect(read(format, [[CERT, sentinel]])).toBe('absent');
  });

  it.each([
    'null',
    'undefined',
    '(NULL)',
    '(null)(null)',
    ':',
    ':::',
    '--',
    '{http.request.x}y',
    '{tls_client_certificate}',
    ':{http.request.x}',
    ' ',
  ])('and nothing else: %s', (value) => {
    for (const format of all) expect(read(format, [[CERT, value]])).toBe('ERR_FORWARDED_MALFORMED');
  });

  it.each<[string, () => ForwardedFormat, Field[]]>([
    ['SUCCESS, header missing', nginx, [[VERIFY, 'SUCCESS']]],
    [
      'SUCCESS, header empty',
      nginx,
      [
        [CERT, ''],
        [VERIFY, 'SUCCESS'],
      ],
    ],
    [
      'SUCCESS, (null)',
      apache,
      [
        [CERT, '(null)'],
        [VERIFY, 'SUCCESS'],
      ],
    ],
    ['FAILED, header missing', nginx, [[VERIFY, 'FAILED:self-signed certificate']]],
    [
      '0 and used, header empty: HAProxy from 12 KiB on',
      haproxy,
      [
        [CERT, ''],
        [VERIFY, '0'],
        [USED, '1'],
      ],
    ],
    [
      'used without a verdict',
      haproxy,
      [
        [CERT, ''],
        [USED, '1'],
      ],
    ],
    [
      'a failure number',
      haproxy,
      [
        [CERT, ''],
        [VERIFY, '10'],
      ],
    ],
    [
      'a configured value',
      () => custom({ statusHeader: VERIFY, statusValues: { verified: ['yes'] } }),
      [[VERIFY, 'yes']],
    ],
  ])('is an error where the proxy says that there was a certificate: %s', (_what, format, fields) => {
    expect(read(format(), fields)).toBe('ERR_FORWARDED_CONTRADICTION');
  });

  it.each<[string, () => ForwardedFormat, () => Field[]]>([
    [
      'NONE',
      nginx,
      () => [
        [CERT, escaped],
        [VERIFY, 'NONE'],
      ],
    ],
    [
      'NONE',
      apache,
      () => [
        [CERT, client.pem.trim().replaceAll('\n', ' ')],
        [VERIFY, 'NONE'],
      ],
    ],
    [
      'used 0',
      haproxy,
      () => [
        [CERT, base64],
        [VERIFY, '0'],
        [USED, '0'],
      ],
    ],
  ])("a certificate that the proxy knows nothing of is the client's own header: %s", (_what, format, fields) => {
    expect(read(format(), fields())).toBe('ERR_FORWARDED_CONTRADICTION');
  });

  it.each<[string, () => ForwardedFormat, Field[]]>([
    ['nginx NONE', nginx, [[VERIFY, 'NONE']]],
    [
      'Apache NONE',
      apache,
      [
        [CERT, '(null)'],
        [VERIFY, 'NONE'],
      ],
    ],
    [
      'HAProxy 0, which it says without a certificate too',
      haproxy,
      [
        [CERT, ''],
        [VERIFY, '0'],
        [USED, '0'],
      ],
    ],
    [
      'HAProxy 0 alone',
      haproxy,
      [
        [CERT, ''],
        [VERIFY, '0'],
      ],
    ],
    ['an empty verdict', nginx, [[VERIFY, '']]],
    ['an unknown verdict', nginx, [[VERIFY, 'MAYBE']]],
  ])('is absence where the proxy agrees, or says nothing: %s', (_what, format, fields) => {
    expect(read(format(), fields)).toBe('absent');
  });
});

describe('rule 7: only an exact verdict is verified', () => {
  it.each([
    ['SUCCESS', 'verified'],
    ['FAILED', 'unverified'],
    ['FAILED:certificate has expired', 'unverified'],
    ['success', 'unknown'],
    ['SUCCESS ', 'unknown'],
    [' SUCCESS', 'unknown'],
    ['SUCCESS:', 'unknown'],
    ['FAILEDSUCCESS', 'unknown'],
    ['GENEROUS', 'unknown'],
    ['true', 'unknown'],
    ['1', 'unknown'],
    ['0', 'unknown'],
    ['', 'unknown'],
    ['(null)', 'unknown'],
    ['-', 'unknown'],
  ])('nginx %j is %s', (status, verification) => {
    expect(
      read(nginx(), [
        [CERT, escaped],
        [VERIFY, status],
      ]),
    ).toBe(`${thumbprint} ${verification}`);
  });

  it.each([
    ['0', '1', 'verified'],
    ['0', undefined, 'unknown'],
    ['0', 'true', 'unknown'],
    ['0', '2', 'unknown'],
    ['00', '1', 'unknown'],
    ['0.0', '1', 'unknown'],
    ['SUCCESS', '1', 'unknown'],
    ['10', '1', 'unverified'],
    ['18', undefined, 'unverified'],
    ['-1', '1', 'unknown'],
    [undefined, '1', 'unknown'],
  ])('HAProxy %j with ssl_c_used %j is %s', (status, used, verification) => {
    const fields: Field[] = [[CERT, base64]];
    if (status !== undefined) fields.push([VERIFY, status]);
    if (used !== undefined) fields.push([USED, used]);
    expect(read(haproxy(), fields)).toBe(`${thumbprint} ${verification}`);
  });

  it('a missing verdict is unknown', () => {
    expect(read(nginx(), [[CERT, escaped]])).toBe(`${thumbprint} unknown`);
  });

  it("Caddy has no verdict, so that a client's own header counts for nothing unless it is named", () => {
    expect(
      read(caddy(), [
        [CERT, base64],
        [VERIFY, 'SUCCESS'],
      ]),
    ).toBe(`${thumbprint} unknown`);
    expect(
      read(caddy({ statusHeader: VERIFY }), [
        [CERT, base64],
        [VERIFY, 'SUCCESS'],
      ]),
    ).toBe(`${thumbprint} verified`);
  });

  it('verifiedByProxy vouches where the proxy says nothing, and never against what it says', () => {
    const promised = nginx({ verifiedByProxy: true });
    expect(read(promised, [[CERT, escaped]])).toBe(`${thumbprint} verified`);
    expect(
      read(promised, [
        [CERT, escaped],
        [VERIFY, 'FAILED:x'],
      ]),
    ).toBe(`${thumbprint} unverified`);
    expect(
      read(promised, [
        [CERT, escaped],
        [VERIFY, 'MAYBE'],
      ]),
    ).toBe(`${thumbprint} unknown`);
    expect(
      read(promised, [
        [CERT, escaped],
        [VERIFY, 'NONE'],
      ]),
    ).toBe('ERR_FORWARDED_CONTRADICTION');
    expect(read(promised, [])).toBe('absent');
    expect(
      read(haproxy({ verifiedByProxy: true }), [
        [CERT, base64],
        [USED, '1'],
      ]),
    ).toBe(`${thumbprint} verified`);
    expect(
      read(haproxy({ verifiedByProxy: true }), [
        [CERT, base64],
        [VERIFY, '0'],
        [USED, 'true'],
      ]),
    ).toBe(`${thumbprint} unknown`);
    expect(
      read(haproxy({ verifiedByProxy: true }), [
        [CERT, base64],
        [VERIFY, '18'],
        [USED, '1'],
      ]),
    ).toBe(`${thumbprint} unverified`);
  });

  it('custom values are compared exactly', () => {
    const format = custom({ decode: 'percent-pem', statusHeader: VERIFY, statusValues: { verified: ['OK', 'ok'] } });
    for (const [status, verification] of [
      ['OK', 'verified'],
      ['ok', 'verified'],
      ['Ok', 'unknown'],
      ['SUCCESS', 'unknown'],
    ] as const) {
      expect(
        read(format, [
          [CERT, escaped],
          [VERIFY, status],
        ]),
      ).toBe(`${thumbprint} ${verification}`);
    }
  });
});

describe('rule 9: chains are hints', () => {
  const good = () => `:${root.jwk.x5c[0]!}:`;

  it.each<[string, () => string]>([
    ['the first', () => `x, ${good()}`],
    ['the last', () => `${good()}, x`],
    ['an empty one', () => `${good()}, , ${good()}`],
    ['an empty byte sequence', () => `${good()}, ::`],
    ['a trailing comma', () => `${good()},`],
    ['one that is no certificate', () => `${good()}, :AAAA:`],
    ['one with parameters', () => `${good()};a=1`],
    ['an inner list', () => `(${good()})`],
  ])('a bad element makes the whole an error: %s', (_what, chain) => {
    expect(
      read(rfc9440(), [
        ['Client-Cert', byteSequence],
        ['Client-Cert-Chain', chain()],
      ]),
    ).toBe('ERR_FORWARDED_MALFORMED');
  });

  it('never promotes an element to leaf', () => {
    for (const leaf of ['', '::', undefined]) {
      const fields: Field[] = [['Client-Cert-Chain', `:${victim.jwk.x5c[0]!}:`]];
      if (leaf !== undefined) fields.push(['Client-Cert', leaf]);
      expect(read(rfc9440(), fields)).toBe('ERR_FORWARDED_CONTRADICTION');
    }
    expect(
      read(rfc9440(), [
        ['Client-Cert', 'x'],
        ['Client-Cert-Chain', good()],
      ]),
    ).toBe('ERR_FORWARDED_MALFORMED');
    expect(read(traefik(), [['X-Forwarded-Tls-Client-Cert', `,${base64}`]])).toBe('ERR_FORWARDED_MALFORMED');
    expect(read(traefik(), [['X-Forwarded-Tls-Client-Cert', `AAAA,${base64}`]])).toBe('ERR_FORWARDED_MALFORMED');
  });

  it('white space is no empty chain, and no absence', () => {
    for (const blank of ['%20', '%0A%0A', ' ']) {
      expect(
        read(nginx({ chainHeader: 'X-C' }), [
          [CERT, escaped],
          ['X-C', blank],
        ]),
      ).toBe('ERR_FORWARDED_MALFORMED');
      expect(read(awsAlb({ mode: 'passthrough', header: CERT }), [[CERT, blank]])).toBe('ERR_FORWARDED_MALFORMED');
    }
  });

  it('a chain that says that there is none is no chain', () => {
    expect(read(rfc9440(), [['Client-Cert-Chain', '']])).toBe('absent');
    expect(
      read(apache({ chainHeader: 'X-Chain' }), [
        [CERT, '(null)'],
        ['X-Chain', '(null) (null)'],
      ]),
    ).toBe('absent');
    expect(
      read(haproxy({ chainHeader: 'X-Chain' }), [
        [CERT, base64],
        ['X-Chain', ''],
      ]),
    ).toBe(`${thumbprint} unknown`);
  });

  it('has at most 32 certificates', () => {
    const many = (count: number, separator: string, one: string) => Array(count).fill(one).join(separator);
    const size = 1_000_000;
    const error = 'ERR_FORWARDED_TOO_LARGE';
    expect(
      read(
        rfc9440(),
        [
          ['Client-Cert', byteSequence],
          ['Client-Cert-Chain', many(32, ', ', good())],
        ],
        size,
      ),
    ).toBe(`${thumbprint} unknown`);
    expect(
      read(
        rfc9440(),
        [
          ['Client-Cert', byteSequence],
          ['Client-Cert-Chain', many(33, ', ', good())],
        ],
        size,
      ),
    ).toBe(error);
    expect(
      read(
        nginx({ chainHeader: 'X-C' }),
        [
          [CERT, escaped],
          ['X-C', many(33, '', escaped)],
        ],
        size,
      ),
    ).toBe(error);
    expect(read(traefik(), [['X-Forwarded-Tls-Client-Cert', many(33, ',', base64)]], size)).toBe(error);
    const der = Buffer.concat(Array<Uint8Array>(33).fill(client.certificate.der)).toString('base64');
    expect(
      read(
        haproxy({ chainHeader: 'X-C' }),
        [
          [CERT, base64],
          ['X-C', der],
        ],
        size,
      ),
    ).toBe(error);
  });
});

describe('rule 10: sizes', () => {
  it('counts the headers that it reads, 65536 bytes by default', () => {
    const chain = (length: number) => 'x'.repeat(length - byteSequence.length);
    expect(
      read(rfc9440(), [
        ['Client-Cert', byteSequence],
        ['Client-Cert-Chain', chain(65_536)],
      ]),
    ).toBe('ERR_FORWARDED_MALFORMED');
    expect(
      read(rfc9440(), [
        ['Client-Cert', byteSequence],
        ['Client-Cert-Chain', chain(65_537)],
      ]),
    ).toBe('ERR_FORWARDED_TOO_LARGE');
    expect(
      read(rfc9440(), [
        ['Client-Cert', byteSequence],
        ['X-Other', 'x'.repeat(100_000)],
      ]),
    ).toBe(`${thumbprint} unknown`);
  });

  it('takes another limit', () => {
    expect(read(rfc9440(), [['Client-Cert', byteSequence]], byteSequence.length)).toBe(`${thumbprint} unknown`);
    expect(read(rfc9440(), [['Client-Cert', byteSequence]], byteSequence.length - 1)).toBe('ERR_FORWARDED_TOO_LARGE');
  });

  it('ends in time linear in the size, whatever the value', () => {
    const size = 4_000_000;
    const fill = (text: string) => text.repeat(size / text.length);
    const hostile = [
      'A',
      '%',
      '%0A',
      ' ',
      ':',
      '=',
      '-',
      '-----BEGIN ',
      '-----END CERTIFICATE-----',
      '(null)',
      '{http.request.',
      '"',
      ';',
      ',',
    ].map(fill);
    const started = performance.now();
    const formats = [
      nginx(),
      apache({ chainHeader: 'X-C' }),
      haproxy({ chainHeader: 'X-C' }),
      rfc9440({ header: CERT, chainHeader: 'X-C' }),
      traefik({ header: CERT }),
    ];
    for (const format of formats) {
      for (const value of hostile) {
        expect(read(format, [[CERT, value]], 2 * size)).toMatch(/^ERR_FORWARDED_/);
        if (ForwardedFormat.settingsOf(format).chainHeader !== undefined)
          expect(read(format, [['X-C', value]], 2 * size)).toMatch(/^ERR_FORWARDED_|^absent$/);
      }
    }
    // quadratic time would be hours
    expect(performance.now() - started).toBeLessThan(30_000);
  }, 60_000);
});

describe('an error', () => {
  it('has a constant message, and says in its detail where and why', () => {
    const reader = createCertificateReader({ format: haproxy(), trust: () => true });
    let thrown: unknown;
    try {
      reader({ rawHeaders: [CERT, 'secret-value'] });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'ERR_FORWARDED_MALFORMED',
      detail: { field: 'x-ssl-client-cert', reason: 'ERR_ENCODING_BASE64' },
      cause: { code: 'ERR_ENCODING_BASE64' },
    });
    expect((thrown as Error).message).not.toContain('secret-value');
    expect(JSON.stringify((thrown as { detail: unknown }).detail)).not.toContain('secret-value');
  });
});

describe('what a reader returns', () => {
  it('is evidence that the decisions accept, naming its source', () => {
    const headers = new Headers(forwardedHeaders('nginx', client));
    const request: ForwardedRequest = headers;
    const result = createCertificateReader({ format: nginx(), trust: () => true })(request);
    expect(result).toMatchObject({ source: 'nginx', verification: 'verified', intermediates: [] });
    expect(Object.isFrozen(result)).toBe(true);
  });
});
