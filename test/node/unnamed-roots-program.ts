/** Run by unnamed-roots.test.ts in a process of its own, in which Node's default roots have one more. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createSecureContext, createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import { mutualTlsOptions } from '../../src/node/mutual-tls-options.js';
import { presentedCertificate } from '../../src/node/presented-certificate.js';

interface Input {
  readonly server: { readonly key: string; readonly cert: string };
  readonly pfx: string;
  readonly ca: string;
  readonly clients: readonly { readonly key: string; readonly cert: string }[];
}
interface Case {
  readonly options?: TlsOptions;
  readonly plain?: boolean;
  readonly servername?: string;
  /** After `listen`, before the handshake. */
  readonly before?: (server: Server) => void;
  /** After the handshake, before the certificate is read. */
  readonly between?: (server: Server) => void;
  /** Handshakes at this name first, and resumes the session. */
  readonly resumeFrom?: string;
}

const input = JSON.parse(readFileSync(0, 'utf8')) as Input;
const { server: own, ca } = input;
const pfx = { pfx: readFileSync(input.pfx), passphrase: '' };
const other = 'other.example';

const cases: Readonly<Record<string, Case>> = {
  'at first': {},
  'after setSecureContext with the same ca': { before: (server) => server.setSecureContext({ ...own, ca }) },
  'after setSecureContext without ca': { before: (server) => server.setSecureContext(own) },
  'after setSecureContext with an empty ca': { before: (server) => server.setSecureContext({ ...own, ca: '' }) },
  'after setSecureContext with pfx': { before: (server) => server.setSecureContext({ ...pfx, ca }) },
  'read after the context was replaced': {
    before: (server) => server.setSecureContext(own),
    between: (server) => server.setSecureContext({ ...own, ca }),
  },
  'at the name of addContext without ca': { servername: other, before: (server) => server.addContext(other, own) },
  'at the name of an SNICallback without ca': {
    servername: other,
    options: { SNICallback: (_name, done) => done(null, createSecureContext(own)) },
  },
  'beside addContext without ca': { before: (server) => server.addContext(other, own) },
  'resumed from the name of addContext without ca': {
    before: (server) => server.addContext(other, own),
    resumeFrom: other,
  },
  'plain with ca': { plain: true },
  'plain without ca': { plain: true, options: { ca: undefined } },
  'plain with pfx': { plain: true, options: { key: undefined, cert: undefined, ...pfx } },
};

async function verdictOf(name: string, client: Input['clients'][number]): Promise<string | null> {
  const { options, plain = false, servername = 'localhost', before, between, resumeFrom } = cases[name]!;
  const all = { ...own, ca, ...options };
  let verdict: string | null = null;
  const listener = createServer(
    plain ? { ...all, requestCert: true, rejectUnauthorized: false } : mutualTlsOptions(all),
    (socket: TLSSocket) => {
      between?.(listener);
      verdict = presentedCertificate(socket)?.verification ?? null;
      socket.end('x');
    },
  );
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  before?.(listener);
  const { port } = listener.address() as AddressInfo;
  const call = (at: string, session?: Buffer): Promise<Buffer | undefined> =>
    new Promise((resolve, reject) => {
      let ticket: Buffer | undefined;
      connect({ port, host: '127.0.0.1', servername: at, ca, ...client, session, checkServerIdentity: () => undefined })
        .on('session', (given) => (ticket = given))
        .on('error', reject)
        .on('close', () => resolve(ticket))
        .resume();
    });
  await call(servername, resumeFrom === undefined ? undefined : await call(resumeFrom));
  await new Promise((resolve) => listener.close(resolve));
  return verdict;
}

const verdicts: Record<string, (string | null)[]> = {};
for (const name of Object.keys(cases)) {
  verdicts[name] = [];
  for (const client of input.clients) verdicts[name].push(await verdictOf(name, client));
}
process.stdout.write(JSON.stringify(verdicts));
