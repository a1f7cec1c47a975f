import { describe, expect, it } from 'vitest';
import { pemBlocks, pemBlocksInTurns, pemBody, writePem } from '../../src/encoding/pem.js';
import { decodeBase64 } from '../../src/platform/base64.node.js';

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
const body = Buffer.from(bytes).toString('base64');
const lines = body.match(/.{1,64}/g)!.join('\n');
const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;

function read(text: string): Uint8Array {
  return new Uint8Array(decodeBase64(pemBody(text, 'CERTIFICATE')));
}

describe('pemBody', () => {
  it.each([
    ['the strict form', pem],
    ['CR LF', pem.replaceAll('\n', '\r\n')],
    ['CR', pem.replaceAll('\n', '\r')],
    ['spaces for line breaks, as Apache sends them', pem.trim().replaceAll('\n', ' ')],
    ['one long line', `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`],
    ['no line break at all', `-----BEGIN CERTIFICATE-----${body}-----END CERTIFICATE-----`],
    ['white space around it', `\r\n \t\v\f${pem}\n\f\v\n `],
  ])('reads %s', (_what, text) => {
    expect(read(text)).toEqual(bytes);
  });

  it.each([
    ['a header inside', pem.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\n\n')],
    ['broken base64', pem.replace('\n', '\n=')],
  ])('leaves %s to the decoder', (_what, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_BASE64' }));
  });

  const end = pem.indexOf('-----END');
  it.each<[what: string, text: string, reason: string, offset?: number]>([
    ['text before the block', `subject=CN=a\n${pem}`, 'text-before-block', 0],
    ['text after the block', `${pem}x`, 'trailing-text', pem.length - 1],
    ['two blocks', pem + pem, 'several-blocks', pem.length - 1],
    ['a block without END', pem.slice(0, end), 'no-end'],
    ['a BEGIN line that does not end', ' -----BEGIN CERTIFICATE', 'no-begin', 1],
    ['an END with another label', pem.replace('END CERTIFICATE', 'END X509 CRL'), 'end-label', end],
    ['an END with another label of the same length', pem.replace('END CERT', 'END XERT'), 'end-label', end],
    ['percent escapes', encodeURIComponent(pem), 'no-begin', 0],
    ['the empty text', '', 'no-begin', 0],
    // RFC 7468 §3 has other white space than Unicode and ASCII
    ...['\0', '\b', '\x0e', '\x1f', '\x85', '\xa0', '\u2028', '\ufeff'].flatMap<[string, string, string, number]>(
      (char) => [
        [`${JSON.stringify(char)} before the block`, char + pem, 'text-before-block', 0],
        [`${JSON.stringify(char)} after the block`, pem + char, 'trailing-text', pem.length - 1],
      ],
    ),
  ])('refuses %s', (_what, text, reason, offset) => {
    const detail = offset === undefined ? { reason } : { reason, offset };
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_PEM', detail }));
  });

  it.each([
    ['a private key', pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['OpenSSL’s TRUSTED CERTIFICATE', pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')],
    ['the label in lower case', pem.replaceAll('CERTIFICATE', 'certificate')],
    ['a label that begins alike', pem.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST')],
    ['a label that begins alike, before another END', pem.replace('CERTIFICATE', 'CERTIFICATE REQUEST')],
  ])('refuses %s', (_what, text) => {
    const error = { code: 'ERR_ENCODING_PEM_LABEL', detail: { expected: 'CERTIFICATE' } };
    expect(() => read(text)).toThrow(expect.objectContaining(error));
  });
});

describe('writePem', () => {
  it.each([0, 1, 47, 48, 49, 96, 100])('RFC 7468 §2: writes %i bytes in lines of 64 characters', (length) => {
    const text = writePem('CERTIFICATE', bytes.subarray(0, length));
    expect(read(text)).toEqual(bytes.subarray(0, length));
    const inside = text.split('\n').slice(1, -2);
    expect(inside.join('')).toHaveLength(4 * Math.ceil(length / 3));
    expect(inside.slice(0, -1).every((line) => line.length === 64)).toBe(true);
    expect(inside.at(-1)!.length).toBeLessThanOrEqual(64);
  });
});

describe('pemBlocksInTurns', () => {
  it.each([0, 1, 9_999, 10_000, 25_000])('reads what pemBlocks reads, behind %i lines', async (count) => {
    const text = `${'\n'.repeat(count)}${pem}`;
    expect(await pemBlocksInTurns(text, 'CERTIFICATE')).toEqual([{ body, line: count + 1 }]);
    expect(pemBlocks(text, 'CERTIFICATE')).toEqual([{ body, line: count + 1 }]);
  });

  it('refuses what pemBlocks refuses', async () => {
    const text = `${'\n'.repeat(10_000)}${pem.slice(0, 100)}`;
    await expect(pemBlocksInTurns(text, 'CERTIFICATE')).rejects.toMatchObject({ detail: { reason: 'no-end' } });
  });
});
