import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, createSpiffeAuthority } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/run-command.js';

let folder: string;
let malformed: Uint8Array;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-cli-'));
  const authority = await createCertificateAuthority();
  const spiffe = await createSpiffeAuthority('example.org');
  writeFileSync(join(folder, 'ca.pem'), authority.pem);
  writeFileSync(join(folder, 'bundle.json'), JSON.stringify(spiffe.bundle()));
  malformed = new Uint8Array((await authority.issue({ subject: 'CN=malformed' })).certificate.der);
  // a certificate parses although the type of an attribute in its subject is no object identifier
  malformed[Buffer.from(malformed).indexOf('malformed') - 7] = 0x81;
});

afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommand(args, {
    stdin: (async function* () {
      yield malformed;
    })(),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    once: () => undefined,
  });
  return { code, stdout, stderr };
}

describe('a certificate whose subject cannot be decoded', () => {
  it.each([
    ['verify', '--ca', 'ca.pem'],
    ['verify', '--spiffe-bundle', 'bundle.json', '--trust-domain', 'example.org'],
    ['match', '--subject-dn', 'CN=malformed'],
    ['match', '--spiffe-id', 'spiffe://example.org/a'],
    ['inspect'],
  ])('is refused with a report: %s %s %s', async (...args) => {
    const paths = args.map((each) => (/\.(?:pem|json)$/.test(each) ? join(folder, each) : each));
    const { code, stdout, stderr } = await run(...paths);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).not.toBe('');
  });
});
