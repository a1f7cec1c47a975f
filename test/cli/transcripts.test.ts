import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { buildCommand } from './build-command.js';

// Each file is a session at a shell: `$ ` and a command, then what it printed, what it printed on standard error after
// `! `, and its exit code in brackets unless that is 0. `vitest run test/cli -u` writes what the commands print now.

const transcripts = fromRoot('test/cli/transcripts');
let folder: string;
let bin: string;

beforeAll(async () => {
  bin = await buildCommand();
  folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-cli-'));
  cpSync(fromRoot('test/cli/files'), folder, { recursive: true });
  const key = `-----BEGIN PRIVATE KEY-----\n${'SECRET'.repeat(8)}\n-----END PRIVATE KEY-----\n`;
  writeFileSync(join(folder, 'key.pem'), key);
  // how the base64 of a PKCS #8 key starts
  writeFileSync(join(folder, 'key.b64'), `MIGHAgEAMBMGByqGSM49${'SECRET'.repeat(8)}`);
  writeFileSync(join(folder, 'key.json'), '{ "kty": "EC", "d": "SECRET" }');
  writeFileSync(join(folder, 'with-key.pem'), key + readFileSync(join(folder, 'leaf.pem'), 'utf8'));
});

afterAll(() => {
  for (const each of [folder, bin]) rmSync(each, { recursive: true, force: true });
});

/** What a shell shows for one command. */
function run(command: string): Promise<string> {
  const env = { PATH: `${bin}:${process.env.PATH ?? ''}`, HOME: folder };
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', command], { cwd: folder, env }, (error, stdout, stderr) => {
      // on a busy machine anything may take longer than a second
      const quiet = command.includes('sleep') ? stderr : stderr.replace(/^.* …\n/gm, '');
      const errors = quiet.replace(/^(?=.)/gm, '! ');
      const code = error === null ? '' : `[${String(error.code)}]\n`;
      resolve(`$ ${command}\n${stdout}${errors}${code}`);
    });
  });
}

describe('oauth-mtls', () => {
  const names = readdirSync(transcripts);

  it.each(names)('behaves as in %s', async (name) => {
    const path = join(transcripts, name);
    const blocks = Array.from(readFileSync(path, 'utf8').matchAll(/^\$ (.*)$/gm), ([, command]) => command!);
    expect(blocks.length).toBeGreaterThan(0);
    const shown: string[] = [];
    for (const command of blocks) shown.push(await run(command));
    const text = shown.join('\n');
    expect(text).not.toContain('SECRET');
    expect(text).not.toMatch(/PRIVATE KEY|^\W*at .*:\d+:\d+/m);
    await expect(text).toMatchFileSnapshot(path);
  });

  it('has a transcript of each command', () => {
    const table = readFileSync(fromRoot('src/cli/command-table.ts'), 'utf8');
    const commands = /entries\(\{ (.*) \}\)/.exec(table)![1]!.split(', ');
    expect(names.map((name) => name.replace(/\.txt$/, ''))).toEqual(expect.arrayContaining(commands));
  });
});
