import { describe, expect, it } from 'vitest';
import { pemBody } from '../../src/encoding/pem.js';
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
    ['white space around it', `\r\n \t${pem}\n\n `],
  ])('reads %s', (_what, text) => {
    expect(read(text)).toEqual(bytes);
  });

  it.each([
    ['text before the block', `subject=CN=a\n${pem}`, 'ERR_ENCODING_PEM'],
    ['text after the block', `${pem}x`, 'ERR_ENCODING_PEM'],
    ['two blocks', pem + pem, 'ERR_ENCODING_PEM'],
    ['a block without END', pem.split('-----END')[0]!, 'ERR_ENCODING_PEM'],
    ['a BEGIN line that does not end', '-----BEGIN CERTIFICATE', 'ERR_ENCODING_PEM'],
    ['an END with another label', pem.replace('END CERTIFICATE', 'END X509 CRL'), 'ERR_ENCODING_PEM'],
    ['a private key', pem.replaceAll('CERTIFICATE', 'PRIVATE KEY'), 'ERR_ENCODING_PEM_LABEL'],
    ['OpenSSL’s TRUSTED CERTIFICATE', pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), 'ERR_ENCODING_PEM_LABEL'],
    ['the label in lower case', pem.replaceAll('CERTIFICATE', 'certificate'), 'ERR_ENCODING_PEM_LABEL'],
    ['a header inside', pem.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\n\n'), 'ERR_ENCODING_BASE64'],
    ['percent escapes', encodeURIComponent(pem), 'ERR_ENCODING_PEM'],
    ['broken base64', pem.replace('\n', '\n='), 'ERR_ENCODING_BASE64'],
    ['the empty text', '', 'ERR_ENCODING_PEM'],
  ])('refuses %s', (_what, text, code) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code }));
  });
});
