import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeBlocks } from '../documentation.js';
import { installPackages, toJavaScript } from './install-packages.js';
import { freePort, startProgram, temporaryFolder, type RunningProgram } from './programs.js';

/*
 * The programs of docs/guides/getting-started.md, run one after the other as they are printed. Only the ports differ.
 */
const blocks = codeBlocks().filter(({ name }) => name.startsWith('docs/guides/getting-started.md'));
const folder = temporaryFolder();
const running: RunningProgram[] = [];
let ports: readonly [authorizationServer: number, api: number];

beforeAll(async () => {
  installPackages(folder.path);
  ports = [await freePort(), await freePort()];
});
afterAll(async () => {
  for (const program of running) await program.stop();
  folder.remove();
});

/** Writes a printed program, and returns its path. */
function write(name: string): string {
  const { code } = blocks.find((block) => block.code.startsWith(`// ${name}.ts\n`))!;
  const path = join(folder.path, `${name}.mjs`);
  writeFileSync(path, toJavaScript(code.replaceAll('9443', String(ports[0])).replaceAll('8443', String(ports[1]))));
  return path;
}

const start = async (name: string, port: number): Promise<void> => {
  const env = { NODE_EXTRA_CA_CERTS: 'server-ca.crt' };
  running.push(await startProgram(process.execPath, [write(name)], port, env, folder.path));
};

it('docs/guides/getting-started.md shows what its programs print', async () => {
  execFileSync(process.execPath, [write('certificates')], { cwd: folder.path });
  await start('authorization-server', ports[0]);
  await start('api', ports[1]);
  const { stdout } = await promisify(execFile)(process.execPath, [write('client')], { cwd: folder.path });
  expect(stdout).toBe(blocks.find(({ language }) => language === 'text')!.code);
  expect(running[1]!.output()).toBe('ERR_CNF_MISMATCH\n');
});
