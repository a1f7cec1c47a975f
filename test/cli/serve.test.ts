import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutualTlsFetch } from 'oauth-mtls/node';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand } from './build-command.js';

let bin: string;
let folder: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  bin = await buildCommand();
  folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-serve-'));
});

afterAll(() => {
  for (const child of running) child.kill();
  for (const each of [bin, folder]) rmSync(each, { recursive: true, force: true });
});

/** Starts `oauth-mtls serve` on free ports and resolves to what it prints. */
function start(...args: string[]): Promise<{ child: ChildProcess; printed: string }> {
  const child = spawn(join(bin, 'oauth-mtls'), ['serve', '--port', '0', '--api-port', '0', ...args]);
  running.push(child);
  let printed = '';
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => (printed += String(chunk)));
    child.once('exit', () => reject(new Error(printed)));
    child.stdout.on('data', (chunk) => {
      printed += String(chunk);
      if (printed.includes('Ctrl-C')) resolve({ child, printed });
    });
  });
}

async function tryClient(printed: string, files: string, cert: string, key: string, subject: string): Promise<number> {
  const [, issuer] = /^Authorization server {2}(\S+)\/\.well-known/m.exec(printed)!;
  const [, api] = /^API +(\S+)/m.exec(printed)!;
  const fetch = mutualTlsFetch({ ca: readFileSync(join(files, 'server-ca.pem')), cert, key });
  const registered = await fetch(`${issuer!}/register`, {
    method: 'POST',
    body: JSON.stringify({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: subject,
      tls_client_certificate_bound_access_tokens: true,
    }),
  });
  const { client_id: id } = (await registered.json()) as { client_id: string };
  const body = `grant_type=client_credentials&client_id=${id}`;
  const issued = await fetch(`${issuer!}/token`, { method: 'POST', body });
  const { access_token: token } = (await issued.json()) as { access_token: string };
  return (await fetch(api!, { headers: { Authorization: `Bearer ${token}` } })).status;
}

describe('oauth-mtls serve', () => {
  it('makes a client with which the flow works, and removes everything at the end', async () => {
    const { child, printed } = await start();
    expect(printed).not.toMatch(/PRIVATE KEY/);
    const [, files] = /^Files +(\S+)/m.exec(printed)!;
    const read = (name: string): string => readFileSync(join(files!, name), 'utf8');
    expect(statSync(join(files!, 'client.key')).mode & 0o077).toBe(0);
    expect(await tryClient(printed, files!, read('client.pem'), read('client.key'), 'CN=client')).toBe(200);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(files!)).toBe(false);
  });

  it('takes the clients of an authority that is given, and no others', async () => {
    const authority = await createCertificateAuthority({ subject: 'CN=mine' });
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, authority.pem);
    const { printed } = await start('--ca', ca, '--folder', folder);
    const client = await authority.issue({ subject: 'CN=a' });
    expect(await tryClient(printed, folder, client.chainPem, client.privateKeyPem, 'CN=a')).toBe(200);
    const other = await (await createCertificateAuthority({ subject: 'CN=mine' })).issue({ subject: 'CN=a' });
    expect(await tryClient(printed, folder, other.chainPem, other.privateKeyPem, 'CN=a')).toBe(401);
    expect(existsSync(join(folder, 'client.key'))).toBe(false);
  });
});
