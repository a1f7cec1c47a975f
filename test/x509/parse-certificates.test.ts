import {
  isMtlsError,
  parseCertificate,
  parseCertificates,
  parseClientMetadata,
  unsafePresentedCertificate,
} from 'oauth-mtls';
import { createCertificateReader, nginx } from 'oauth-mtls/forwarded';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-pem-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let root: TestAuthority;
let middle: TestAuthority;
let leaf: TestCertificate;
let other: TestAuthority;

beforeAll(async () => {
  root = await createCertificateAuthority({ subject: 'CN=Root' });
  other = await createCertificateAuthority({ subject: 'CN=Other' });
  middle = await root.issueAuthority({ subject: 'CN=Middle' });
  leaf = await middle.issue({ subject: 'CN=client' });
});

function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' });
}

/** Files as people have them, with the certificates of `root` and `other` in this order. */
const FILES: readonly (readonly [what: string, content: () => string])[] = [
  ['two blocks', () => root.pem + other.pem],
  ['comments around the blocks', () => `# the root\n\n${root.pem}\n# another one: ÄÖÜ\n${other.pem}trailing text\n`],
  ['a byte order mark', () => `\ufeff${root.pem}${other.pem}`],
  ['CRLF', () => (root.pem + other.pem).replaceAll('\n', '\r\n')],
  ['spaces at the end of the lines', () => (root.pem + other.pem).replaceAll('\n', ' \t\n')],
  ['no line break at the end', () => (root.pem + other.pem).trimEnd()],
  ['a block that is commented out', () => `${root.pem}${leaf.pem.replace(/^/gm, '#')}\n${other.pem}`],
  ['keys and other blocks', () => `${leaf.privateKeyPem}${root.pem}${encryptedKey()}${other.pem}`],
  [
    'the output of openssl x509 -text',
    () =>
      [root, other].map(({ pem }) => execFileSync('openssl', ['x509', '-text'], { input: pem }).toString()).join(''),
  ],
  ['the output of openssl pkcs12 -nokeys', bagAttributes],
];

function encryptedKey(): string {
  return '-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n';
}

function bagAttributes(): string {
  writeFileSync(join(folder, 'all.pem'), root.pem + other.pem);
  openssl('pkcs12', '-export', '-nokeys', '-in', 'all.pem', '-passout', 'pass:', '-out', 'all.p12', '-name', 'näme');
  return openssl('pkcs12', '-in', 'all.p12', '-nokeys', '-passin', 'pass:');
}

describe('the content of a file', () => {
  it.each(FILES)('%s: as text and as bytes', async (_what, content) => {
    const text = content();
    const expected = [root, other].map(({ certificate }) => certificate.thumbprint);
    for (const input of [
      text,
      Buffer.from(text),
      new Uint8Array(Buffer.from(text.startsWith('\ufeff') ? text : Buffer.from(text, 'latin1'))),
    ]) {
      expect(parseCertificates(input).map(({ thumbprint }) => thumbprint)).toEqual(expected);
      // and where a verifier is configured
      const paths = createPathVerifier({ trustAnchors: [input], intermediates: [middle.pem] });
      expect((await paths.verify(leaf.pem)).anchor.thumbprint).toBe(root.certificate.thumbprint);
    }
  });

  it('of intermediates and CRLs', async () => {
    const crls = [(await root.crl()).pem, (await middle.crl({ revoked: [leaf] })).pem].join('# next\n');
    for (const read of [(text: string) => text, (text: string) => Buffer.from(text)]) {
      const files = {
        trustAnchors: [read(root.pem)],
        intermediates: [read(other.pem + middle.pem)],
        crls: [read(crls)],
      };
      await expect(createPathVerifier(files).verify(leaf.pem)).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
    }
  });

  const broken = () => root.pem.replace(/\n.{64}\n/, '\nnot base64!\n');
  it.each<[what: string, content: () => string, code: string, detail: object]>([
    ['nothing', () => '', 'ERR_ENCODING_PEM', { reason: 'no-block' }],
    ['no block', () => 'just text', 'ERR_ENCODING_PEM', { reason: 'no-block' }],
    ['a key alone', () => leaf.privateKeyPem, 'ERR_ENCODING_PEM', { reason: 'no-block' }],
    ['all blocks commented out', () => root.pem.replace(/^/gm, '#'), 'ERR_ENCODING_PEM', { reason: 'no-block' }],
    [
      'a BEGIN without its END',
      () => `x\n${root.pem.trimEnd().replace(/\n.*$/, '\n')}`,
      'ERR_ENCODING_PEM',
      { reason: 'no-end', line: 2 },
    ],
    [
      'a BEGIN inside a block',
      () => `-----BEGIN CERTIFICATE-----\n${root.pem}`,
      'ERR_ENCODING_PEM',
      { reason: 'no-end', line: 1 },
    ],
    [
      'an END without its BEGIN',
      () => root.pem + root.pem.replace(/^.*\n/, ''),
      'ERR_ENCODING_PEM',
      { reason: 'no-begin' },
    ],
    [
      'a BEGIN that is misspelt',
      () => root.pem.replace('CERTIFICATE-----', 'CERTIFICATE---'),
      'ERR_ENCODING_PEM',
      { reason: 'begin-line', line: 1 },
    ],
    [
      'another END',
      () => root.pem.replace('END CERTIFICATE', 'END X509'),
      'ERR_ENCODING_PEM',
      { reason: 'no-end', line: 1 },
    ],
    ['a line that is not base64', () => `${other.pem}# two\n${broken()}`, 'ERR_ENCODING_PEM', { reason: 'not-base64' }],
    [
      'a second block that is no certificate',
      () => `${root.pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      'ERR_ENCODING_DER',
      { index: 1 },
    ],
    [
      'an empty block',
      () => '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
      'ERR_ENCODING_EMPTY',
      { index: 0, line: 1 },
    ],
  ])('%s is an error', (_what, content, code, detail) => {
    const text = content();
    for (const input of [text, Buffer.from(text)]) {
      const expected = expect.objectContaining({ code, detail: expect.objectContaining(detail) });
      expect(() => parseCertificates(input)).toThrow(expected);
    }
  });

  it('is text or bytes', () => {
    for (const input of [undefined, null, 1, {}, [root.pem]])
      expect(() => parseCertificates(input as string)).toThrow(TypeError);
  });

  it('is read in linear time', () => {
    const lines = (count: number) => '-----BEGIN \n'.replace('-----BEGIN ', 'x-----BEGIN ').repeat(count) + root.pem;
    const time = (text: string) => {
      const started = performance.now();
      parseCertificates(text);
      return performance.now() - started;
    };
    time(lines(1000));
    expect(time(lines(200_000))).toBeLessThan(2000);
  });
});

describe('on the wire nothing is loosened, and the refusal names the mistake', () => {
  it.each<[reason: string, code: string, input: () => string | Uint8Array]>([
    ['pem-in-bytes', 'ERR_ENCODING_DER', () => Buffer.from(leaf.pem)],
    ['text-before-block', 'ERR_ENCODING_PEM', () => `subject=CN=admin\n${leaf.pem}`],
    ['text-before-block', 'ERR_ENCODING_PEM', () => `MIIB\n${leaf.pem}`],
    ['text-before-block', 'ERR_ENCODING_PEM', () => `\ufeff${leaf.pem}`],
    ['several-blocks', 'ERR_ENCODING_PEM', () => leaf.pem + middle.pem],
    ['trailing-text', 'ERR_ENCODING_PEM', () => `${leaf.pem}text`],
    ['looks-like-a-path', 'ERR_ENCODING_BASE64', () => '/etc/ssl/certs/ca.pem'],
    ['looks-like-a-path', 'ERR_ENCODING_BASE64', () => './ca'],
    ['looks-like-a-path', 'ERR_ENCODING_BASE64', () => 'ca.crt'],
    ['looks-like-a-path', 'ERR_ENCODING_BASE64', () => 'C:\\certs\\ca.cer'],
    ['looks-like-a-path', 'ERR_ENCODING_BASE64', () => 'file:///ca.pem'],
  ])('%s (%s)', (reason, code, input) => {
    const expected = expect.objectContaining({ code, detail: expect.objectContaining({ reason }) });
    expect(() => parseCertificate(input())).toThrow(expected);
  });

  /** The reasons of an error and of what caused it. */
  function reasons(run: () => unknown): unknown[] {
    const found: unknown[] = [];
    try {
      run();
    } catch (error) {
      for (let each: unknown = error; isMtlsError(each); each = each.cause) found.push(each.detail.reason);
    }
    return found;
  }

  const read = createCertificateReader({ format: nginx(), trust: () => true });
  const forward = (text: string) => read({ rawHeaders: ['x-ssl-client-cert', encodeURIComponent(text)] });
  const register = (text: string) =>
    parseClientMetadata({
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [{ kty: 'EC', x5c: [text] }] },
    });
  const assertPresented = (certificate: string) =>
    unsafePresentedCertificate({ certificate, verification: 'unknown', source: 'a' });
  const trust = (text: string) => createPathVerifier({ trustAnchors: [text] });

  it.each<
    [mistake: string, text: () => string, entryPoints: Readonly<Record<string, [(text: string) => unknown, string]>>]
  >([
    [
      'text before the block',
      () => `subject=CN=admin\n${leaf.pem}`,
      {
        'a header': [forward, 'text-before-block'],
        unsafePresentedCertificate: [assertPresented, 'text-before-block'],
        // x5c is base64 alone (RFC 7517 §4.7)
        x5c: [register, 'ERR_ENCODING_BASE64'],
      },
    ],
    [
      'several blocks',
      () => leaf.pem + middle.pem,
      {
        'a header': [forward, 'several-blocks'],
        unsafePresentedCertificate: [assertPresented, 'several-blocks'],
        x5c: [register, 'ERR_ENCODING_BASE64'],
      },
    ],
    [
      'the name of a file',
      () => '/etc/ssl/certs/ca.pem',
      {
        'an anchor': [trust, 'looks-like-a-path'],
        unsafePresentedCertificate: [assertPresented, 'looks-like-a-path'],
        x5c: [register, 'ERR_ENCODING_BASE64'],
      },
    ],
  ])('at every entry point: %s', (_mistake, text, entryPoints) => {
    for (const [entryPoint, [run, reason]] of Object.entries(entryPoints))
      expect([entryPoint, reasons(() => run(text()))]).toEqual([entryPoint, expect.arrayContaining([reason])]);
  });
});
