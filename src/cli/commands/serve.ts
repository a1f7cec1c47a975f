import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server as HttpsServer } from 'node:https';
import { writePem } from '../../encoding/pem.js';
import type { Certificate } from '../../x509/certificate.js';
import type * as TestKit from '../../testing/index.js';
import { textOption, UsageError, type Command, type CommandContext } from '../command.js';
import { readCertificates } from '../read-certificates.js';

type Kit = typeof TestKit;

/** The only address on which the servers listen. */
const HOST = '127.0.0.1';

export const serve: Command = {
  summary: 'Runs an authorization server and an API on this machine for trying out a client.',
  usage: '[--ca FILE] [--folder FOLDER] [--port PORT] [--api-port PORT]',
  help: [
    '--ca is the authority of your clients; the first certificate of the file is trusted, the others are ' +
      'intermediates.',
    'Without it, a client is created too: client.pem and client.key in the folder.',
    '--folder is where files such as server-ca.pem are written. Default: a temporary folder, removed at the end.',
    '--port and --api-port default to 8443 and 8444; 0 selects a free port.',
    `Both servers listen on ${HOST} only, keep everything in memory, and let any client register. Not for production.`,
    'Requires @peculiar/x509 and reflect-metadata to create the certificate of the servers.',
  ],
  options: {
    ca: { type: 'string' },
    folder: { type: 'string' },
    port: { type: 'string' },
    'api-port': { type: 'string' },
  },
  async run(context) {
    if (context.positionals.length > 0) throw new UsageError('serve takes options only');
    const [port, apiPort] = [await readPort(context, 'port', 8443), await readPort(context, 'api-port', 8444)];
    context.progress('making certificates');
    const kit = await loadKit();
    const ca = textOption(context, 'ca');
    const given = ca === undefined ? undefined : await readCertificates(context, ca);
    const folder = textOption(context, 'folder');
    const files = folder ?? mkdtempSync(join(tmpdir(), 'oauth-mtls-'));
    try {
      if (folder !== undefined) mkdirSync(folder, { recursive: true });
      await run(context, kit, { port, apiPort, given, files });
    } finally {
      if (folder === undefined) rmSync(files, { recursive: true, force: true });
    }
    return { verdict: true, summary: 'Stopped.', sections: [], data: { stopped: true } };
  },
};

interface Settings {
  readonly port: number;
  readonly apiPort: number;
  /** The authority of the clients and its intermediates. */
  readonly given: readonly Certificate[] | undefined;
  readonly files: string;
}

async function run(context: CommandContext, kit: Kit, { port, apiPort, given, files }: Settings): Promise<void> {
  // loaded here, so that the other commands do not wait for it
  const { createAuthorizationServer } = await import('../../../examples/authorization-server/server.js');
  const { createApi } = await import('../../../examples/demo/api.js');
  const issuer = `https://localhost:${port}`;
  const mtlsOrigin = `https://${HOST}:${port}`;
  const credentials = await serverCredentials(kit, files);
  const [clientAuthority, ...intermediates] = given?.map(({ der }) => writePem('CERTIFICATE', der)) ?? [
    await makeClient(kit, files),
  ];
  const { server, jwks } = await createAuthorizationServer({
    ...credentials,
    clientAuthority: clientAuthority!,
    intermediates,
    issuer,
    mtlsOrigin,
  });
  const api = createApi({ ...credentials, issuer, jwks });
  const servers: readonly HttpsServer[] = [server, api];
  try {
    await listen(server, port);
    await listen(api, apiPort);
    context.print(
      instructions({ issuer, mtlsOrigin, api: `https://localhost:${apiPort}/`, files }, given === undefined),
    );
    await context.interrupted();
  } finally {
    for (const each of servers) {
      each.close();
      each.closeAllConnections();
    }
  }
}

async function loadKit(): Promise<Kit> {
  const [kit, { loadX509 }] = await Promise.all([
    import('../../testing/index.js'),
    import('../../testing/load-packages.js'),
  ]);
  await loadX509().catch((error: unknown) => {
    throw new UsageError(`serve: ${(error as Error).message}`);
  });
  return kit;
}

async function serverCredentials(kit: Kit, files: string): Promise<{ key: string; cert: string }> {
  const authority = await kit.createCertificateAuthority({ subject: 'CN=oauth-mtls serve' });
  const { chainPem, privateKeyPem } = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: 'localhost', ip: HOST },
    extendedKeyUsage: ['serverAuth'],
  });
  writeFileSync(join(files, 'server-ca.pem'), authority.pem);
  return { key: privateKeyPem, cert: chainPem };
}

/** Writes a client and returns its authority. */
async function makeClient(kit: Kit, files: string): Promise<string> {
  const authority = await kit.createCertificateAuthority({ subject: 'CN=oauth-mtls serve clients' });
  const client = await authority.issue({ subject: 'CN=client' });
  writeFileSync(join(files, 'client.pem'), client.chainPem);
  writeFileSync(join(files, 'client.key'), client.privateKeyPem, { mode: 0o600 });
  return authority.pem;
}

function instructions(
  { issuer, mtlsOrigin, api, files }: Readonly<Record<'issuer' | 'mtlsOrigin' | 'api' | 'files', string>>,
  ownClient: boolean,
): string {
  const registration = {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: ownClient ? 'CN=client' : 'what "oauth-mtls inspect" says',
    tls_client_certificate_bound_access_tokens: true,
  };
  const credentials = `--cert ${ownClient ? 'client.pem' : 'YOUR.pem'} --key ${ownClient ? 'client.key' : 'YOUR.key'}`;
  return `Authorization server  ${issuer}/.well-known/oauth-authorization-server
API                   ${api}
Files                 ${files}

Register a client, get a token, call the API:

  cd '${files}'
  curl --cacert server-ca.pem --json '${JSON.stringify(registration)}' ${issuer}/register
  curl --cacert server-ca.pem ${credentials} -d grant_type=client_credentials -d client_id=CLIENT_ID ${mtlsOrigin}/token
  curl --cacert server-ca.pem ${credentials} -H 'Authorization: Bearer TOKEN' ${api}

Press Ctrl-C to stop.
`;
}

async function readPort(context: CommandContext, name: string, usual: number): Promise<number> {
  const text = textOption(context, name) ?? String(usual);
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new UsageError(`--${name} must be a port number`);
  return text === '0' ? freePort() : Number(text);
}

/** The metadata contains the issuer, so the port must be known before the server is created. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await listen(probe, 0);
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function listen(server: Server | HttpsServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new UsageError(`Cannot listen on port ${port}: ${error.code ?? 'unknown problem'}`)),
    );
    server.listen(port, HOST, () => resolve());
  });
}
