import { randomInt } from 'node:crypto';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import * as fc from 'fast-check';
import { presentedCertificate } from 'oauth-mtls/node';
import { createTrust, type Trust } from 'oauth-mtls/trust';
import type { TestAuthority, TestCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, crlNumber, Folder, listen, serverCertificate } from './authorities.js';

/** Sequences of commands, each of up to 30. `npm run test:trust` sets more. */
const RUNS = Number(process.env.TRUST_RUNS ?? 6);
const SEED = Number(process.env.TRUST_SEED ?? randomInt(2 ** 31 - 1));

type AnchorSetName = 'A' | 'B' | 'AB';
type ClientName = 'a' | 'revocable' | 'b' | 'foreign' | 'forged';
type Version = 'TLSv1.2' | 'TLSv1.3';

/** What the CRL server sends: a CRL of A that is good, or something that must not be taken. */
interface Crl {
  readonly good: boolean;
  readonly number: number;
  readonly revokes: boolean;
}

/** What may be in force: several sets from a change until a reload has certainly seen it. */
interface Model {
  anchors: AnchorSetName[];
  /** What the file of anchors holds; undefined where it is broken. */
  file: AnchorSetName | undefined;
  served: Crl;
  /** The CRL of A in force; undefined for none. */
  held: Crl | undefined;
  number: number;
}

let serverRoot: TestAuthority;
let serverKeys: TestCertificate;
let authorities: Record<'A' | 'B' | 'forged', TestAuthority>;
let clients: Record<ClientName, TestCertificate>;
let crlOfB: Uint8Array;

/** A server with revocation, which decides by paths, and one without, which decides by TLS. */
class Real {
  readonly folder = new Folder();
  readonly crlServer = createHttpServer((_request, response) => this.answer(response));
  readonly sessions = new Map<string, Buffer>();
  readonly connections: { readonly client: ClientName; readonly kind: 'path' | 'tls'; readonly socket: TLSSocket }[] =
    [];
  answer: (response: ServerResponse) => void = (response) => response.destroy();
  trusts: Trust[] = [];
  servers: Server[] = [];
  ports = { path: 0, tls: 0 };
  #url = '';

  async open(): Promise<void> {
    this.#url = `http://127.0.0.1:${await listen(this.crlServer)}/`;
    this.write('A', 'write');
    await this.serve({ good: true, number: 1, revokes: false }, 'crl');
    await this.start();
  }

  async start(): Promise<void> {
    const options = {
      anchors: this.folder.file('ca.crt'),
      server: { key: serverKeys.privateKeyPem, cert: serverKeys.chainPem },
      refreshInterval: 3600,
    };
    const path = await createTrust({
      ...options,
      crls: [{ url: this.#url }, () => Promise.resolve(crlOfB)],
    });
    const tls = await createTrust(options);
    this.trusts = [path, tls];
    this.servers = this.trusts.map((trust) => {
      const server = createServer(trust.serverOptions(), (request, response) => {
        const presented = presentedCertificate(request);
        if (trust === tls || presented === undefined) {
          response.end(presented?.verification ?? 'none');
          return;
        }
        trust.pathVerifier.verify(presented.certificate, presented.intermediates).then(
          () => response.end('accepted'),
          (error: unknown) => response.end((error as { code?: string }).code ?? 'failed'),
        );
      });
      trust.attach(server);
      return server;
    });
    this.ports = { path: await listen(this.servers[0]!), tls: await listen(this.servers[1]!) };
  }

  async stop(): Promise<void> {
    for (const { socket } of this.connections.splice(0)) socket.destroy();
    for (const trust of this.trusts) trust.close();
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async close(): Promise<void> {
    await this.stop();
    this.crlServer.closeAllConnections();
    this.crlServer.close();
    this.folder.dispose();
  }

  write(name: AnchorSetName, how: 'write' | 'replace'): void {
    this.folder[how](
      'ca.crt',
      (['A', 'B'] as const).map((each) => (name.includes(each) ? authorities[each].pem : '')).join(''),
    );
  }

  async serve({ number, revokes }: Crl, kind: 'crl' | 'forged' | 'broken' | 'slow' | 'down'): Promise<void> {
    const authority = authorities[kind === 'forged' ? 'forged' : 'A'];
    const { der } = await authority.crl({
      revoked: revokes ? [clients.revocable] : [],
      extensions: [crlNumber(number)],
      thisUpdate: new Date(Date.now() - 1000),
    });
    if (kind === 'down') this.answer = (response) => response.destroy();
    else if (kind === 'slow') this.answer = (response) => void setTimeout(() => response.destroy(), 50);
    else this.answer = (response) => response.end(kind === 'broken' ? der.subarray(1) : der);
  }

  async connect(kind: 'path' | 'tls', client: ClientName, version: Version, resume: boolean): Promise<TLSSocket> {
    const { privateKeyPem: key, chainPem: cert } = clients[client];
    const id = `${kind} ${client} ${version}`;
    const session = resume ? this.sessions.get(id) : undefined;
    const socket = connect({
      ...{ host: '127.0.0.1', port: this.ports[kind], servername: 'localhost', ca: serverRoot.pem, key, cert },
      ...{ minVersion: version, maxVersion: version, ...(session && { session }) },
    });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.on('error', () => undefined);
    socket.on('session', (given: Buffer) => this.sessions.set(id, given));
    const current = socket.getSession();
    if (current !== undefined) this.sessions.set(id, current);
    this.connections.push({ client, kind, socket });
    return socket;
  }
}

function ask(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (end < 0 || !(text.length >= end + 4 + length)) return;
      socket.off('data', read).off('close', reject);
      resolve(text.slice(end + 4));
    };
    socket.on('data', read).once('close', reject);
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
}

/** Whether a client is valid in all, some or none of the configurations that may be in force. */
function expectation({ anchors, held }: Model, client: ClientName, kind: 'path' | 'tls'): 'all' | 'some' | 'none' {
  if (client === 'foreign' || client === 'forged') return 'none';
  const authority = client === 'b' ? 'B' : 'A';
  if (kind === 'path' && authority === 'A' && (held === undefined || (client === 'revocable' && held.revokes)))
    return 'none';
  const accepting = anchors.filter((name) => name.includes(authority)).length;
  return accepting === 0 ? 'none' : accepting === anchors.length ? 'all' : 'some';
}

function check(model: Model, client: ClientName, kind: 'path' | 'tls', answer: string, fresh: boolean): void {
  const accepted = answer === (kind === 'path' ? 'accepted' : 'verified');
  const expected = expectation(model, client, kind);
  if (expected === 'none') expect(accepted, `${client} by ${kind}: ${answer}`).toBe(false);
  // a connection from before a change is unknown to TLS; a change that is not settled may fall between handshake and
  // request
  if (expected === 'all' && (kind === 'path' || (fresh && model.anchors.length === 1)))
    expect(accepted, `${client} by ${kind}: ${answer}`).toBe(true);
}

type Command = fc.AsyncCommand<Model, Real>;

function command(
  name: string,
  run: (model: Model, real: Real) => Promise<void> | void,
  ready = (_model: Model) => true,
): Command {
  return {
    check: ready,
    run: async (model, real) => run(model, real),
    toString: () => name,
  };
}

/** After this, what the file and the CRL server hold is in force, as far as it can be used. */
async function reload(model: Model, real: Real): Promise<void> {
  await Promise.all(real.trusts.map((trust) => trust.reload()));
  if (model.file !== undefined) model.anchors = [model.file];
  takeCrl(model);
  for (const [client, { pem }] of Object.entries(clients)) {
    const answer = await real.trusts[0]!.pathVerifier.verify(pem).then(
      () => 'accepted',
      (error: unknown) => String((error as { code?: string }).code),
    );
    check(model, client as ClientName, 'path', answer, true);
  }
}

function takeCrl(model: Model): void {
  const { served, held, anchors } = model;
  if (served.good && anchors[0]!.includes('A') && (held === undefined || served.number >= held.number))
    model.held = served;
}

/** What is in force can be told. */
const settled = ({ file, anchors }: Model) => file !== undefined || anchors.length === 1;

const writeAnchors = fc
  .record({ name: fc.constantFrom<AnchorSetName>('A', 'B', 'AB'), how: fc.constantFrom('write', 'replace') })
  .map(({ name, how }) =>
    command(`${how} ${name}`, (model, real) => {
      real.write(name, how);
      model.file = name;
      model.anchors = [...model.anchors, name];
    }),
  );
const breakAnchors = fc.constantFrom('truncate', 'empty', 'delete', 'corrupt').map((how) =>
  command(how, (model, real) => {
    const pem = authorities.B.pem;
    if (how === 'delete') real.folder.delete('ca.crt');
    else
      real.folder.write(
        'ca.crt',
        how === 'empty' ? '' : how === 'corrupt' ? pem.replaceAll('A', '*') : pem.slice(0, 200),
      );
    model.file = undefined;
  }),
);
const serveCrl = fc
  .record({ kind: fc.constantFrom('crl', 'old', 'forged', 'broken', 'slow', 'down'), revokes: fc.boolean() })
  .map(({ kind, revokes }) =>
    command(`CRL ${kind}${revokes ? ', revokes' : ''}`, async (model, real) => {
      const number = kind === 'old' ? Math.max(0, model.number - 1) : ++model.number;
      model.served = { good: kind === 'crl' || kind === 'old', number, revokes };
      await real.serve(model.served, kind === 'old' ? 'crl' : kind);
    }),
  );
const reloadAll = fc.constant(command('reload', reload, settled));
const restart = fc.constant(
  command(
    'restart',
    async (model, real) => {
      await real.stop();
      await real.start();
      model.anchors = [model.file!];
      model.held = undefined;
      takeCrl(model);
    },
    // a server does not start without anchors
    ({ file }) => file !== undefined,
  ),
);
const connectAs = fc
  .record({
    client: fc.constantFrom<ClientName>('a', 'revocable', 'b', 'foreign', 'forged'),
    kind: fc.constantFrom('path', 'tls'),
    version: fc.constantFrom<Version>('TLSv1.2', 'TLSv1.3'),
    resume: fc.boolean(),
  })
  .map(({ client, kind, version, resume }) =>
    command(`${client} by ${kind}, ${version}${resume ? ', resumes' : ''}`, async (model, real) => {
      const socket = await real.connect(kind, client, version, resume);
      check(model, client, kind, await ask(socket), true);
    }),
  );
const askAgain = fc.nat(50).map((index) =>
  command('ask again', async (model, { connections }) => {
    if (connections.length === 0) return;
    const { client, kind, socket } = connections[index % connections.length]!;
    if (!socket.destroyed && socket.writable) check(model, client, kind, await ask(socket), false);
  }),
);

beforeAll(async () => {
  serverRoot = await createAuthority('Server Root');
  serverKeys = await serverCertificate(serverRoot);
  const [A, B, forged] = await Promise.all([createAuthority('A'), createAuthority('B'), createAuthority('A')]);
  authorities = { A, B, forged };
  const foreign = await createAuthority('Foreign');
  clients = {
    a: await A.issue({ subject: 'CN=a' }),
    revocable: await A.issue({ subject: 'CN=revocable' }),
    b: await B.issue({ subject: 'CN=b' }),
    foreign: await foreign.issue({ subject: 'CN=a' }),
    forged: await forged.issue({ subject: 'CN=a' }),
  };
  crlOfB = (await B.crl()).der;
});

let steps = 0;
afterAll(() => console.log(`trust model: ${steps} steps, seed ${SEED} (TRUST_SEED)`));

describe('no sequence of reloads, failures, restarts and resumed sessions', () => {
  it(
    'accepts a certificate that neither the configuration before nor the one after accepts',
    { timeout: 600_000 },
    async () => {
      const commands = fc.commands(
        [writeAnchors, breakAnchors, serveCrl, reloadAll, restart, connectAs, connectAs, connectAs, askAgain, askAgain],
        { maxCommands: 30, size: 'max' },
      );
      await fc.assert(
        fc.asyncProperty(commands, async (sequence) => {
          const real = new Real();
          try {
            await real.open();
            const first: Crl = { good: true, number: 1, revokes: false };
            const model: Model = { anchors: ['A'], file: 'A', served: first, held: first, number: 1 };
            await fc.asyncModelRun(() => ({ model, real }), sequence);
            steps += [...sequence].length;
          } finally {
            await real.close();
          }
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
  );
});
