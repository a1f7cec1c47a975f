// Programs about TLS of a runtime, and the other end of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { lastLine, programs, root, work } from './consumer.js';
import { shakeHands, startPeer } from './handshakes.js';

/**
 * @param {string} executable
 * @param {readonly string[]} args
 * @param {import('./fixtures.js').TlsFixtures} tls
 * @param {import('./handshakes.js').Abilities} abilities
 */
export async function checkServer(executable, args, tls, abilities) {
  const server = spawn(executable, [...args, join(programs, 'tls-server.js'), 'server.json'], {
    cwd: work,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [ports] = await once(server.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
    return await shakeHands(JSON.parse(String(ports)), tls, abilities);
  } finally {
    server.kill();
  }
}

/**
 * @param {string} executable
 * @param {readonly string[]} args
 * @param {import('./fixtures.js').TlsFixtures} tls
 */
export async function checkClient(executable, args, tls) {
  const peer = await startPeer(tls);
  try {
    const answers = await lastLine(executable, [
      ...args,
      join(programs, 'tls-client.js'),
      'client.json',
      String(peer.port),
    ]);
    const expected = {
      certificate: tls.clients[0]?.thumbprint,
      body: 'a=b',
      otherAuthority: 'refused',
      signal: 'refused',
      signalInBody: 'refused',
    };
    const failures = Object.entries(expected).flatMap(([name, value]) =>
      answers[name] === value ? [] : [`mutualTlsFetch, ${name}: ${answers[name]}`],
    );
    return { checks: Object.keys(expected).length, failures };
  } finally {
    peer.stop();
  }
}

/**
 * Runs the recipe for Bun.listen as docs/recipes.md prints it.
 *
 * @param {string} executable
 * @param {import('./fixtures.js').TlsFixtures} tls
 */
export async function checkBunListen(executable, tls) {
  const blocks = readFileSync(join(root, 'docs/recipes.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms);
  const recipe = Array.from(blocks, ([, code = '']) => code).find((code) => code.includes("source: 'Bun.listen'"));
  writeFileSync(join(programs, 'bun-recipe.ts'), recipe ?? '');
  const [client] = tls.clients;
  const answers = await lastLine(executable, [join(programs, 'bun-listen.js'), 'server.json', 'client.json']);
  const expected = { none: 'none', client: `${client?.thumbprint} unknown` };
  const failures = Object.entries(expected).flatMap(([name, value]) =>
    answers[name] === value ? [] : [`Bun.listen, ${name}: ${answers[name]}`],
  );
  return { checks: Object.keys(expected).length, failures };
}
