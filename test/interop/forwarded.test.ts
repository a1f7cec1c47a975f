import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
  createCertificateAuthority,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fromRoot } from '../../subpaths.js';
import { startApplication, type Answer, type Application } from './application.js';
import { send, type ProxyAddress, type Response } from './client.js';
import { findProgram, freePort, temporaryFolder, type RunningProgram } from './programs.js';
import {
  readRecipe,
  recipes,
  unsafeApache,
  withoutGuards,
  type Handling,
  type ProxyRecipe,
  type Site,
} from './proxies.js';
import { spoofs } from './spoofing.js';
import { ForwardedFormat } from '../../src/forwarded/format.js';

const folder = temporaryFolder();
let application: Application;
let root: TestAuthority;
let intermediate: TestAuthority;
let site: Omit<Site, 'folder'>;

/** The clients that knock. */
let good: TestCertificate;
let deep: TestCertificate;
let expired: TestCertificate;
let unknown: TestCertificate;
let selfSigned: TestCertificate;
/** A certificate of 8 KB, and one of more than 16 KiB. */
let big: TestCertificate;
let huge: TestCertificate;
/** Whose certificate the clients claim; they do not have its key. */
let victim: TestCertificate;

beforeAll(async () => {
  const day = 86_400_000;
  root = await createCertificateAuthority();
  intermediate = await root.issueAuthority();
  const foreign = await createCertificateAuthority({ subject: 'CN=Foreign Root CA' });
  const names = (count: number) => Array.from({ length: count }, (_, i) => `client-${i}.a-name-of-some-length.example`);
  good = await root.issue({ subject: 'CN=good,O=Acme' });
  deep = await intermediate.issue({ subject: 'CN=deep' });
  expired = await root.issue({
    subject: 'CN=expired',
    notBefore: new Date(Date.now() - 2 * day),
    notAfter: new Date(Date.now() - day),
  });
  unknown = await foreign.issue({ subject: 'CN=unknown' });
  selfSigned = await selfSignedCertificate({ subject: 'CN=self' });
  big = await root.issue({ subject: 'CN=big', san: { dns: names(190) } });
  huge = await root.issue({ subject: 'CN=huge', san: { dns: names(410) } });
  victim = await root.issue({ subject: 'CN=victim' });
  expect(big.certificate.der.length).toBeGreaterThan(8_000);
  expect(huge.certificate.der.length).toBeGreaterThan(16_384);

  application = await startApplication();
  const server = await root.issue({ san: { dns: 'app.example' }, extendedKeyUsage: ['serverAuth'] });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder.path, name), text, { mode: 0o644 });
    return join(folder.path, name);
  };
  site = {
    serverCert: write('server.crt', server.chainPem),
    serverKey: write('server.key', server.privateKeyPem),
    clientCa: write('client-ca.crt', root.pem),
    application: application.port,
  };
});

afterAll(async () => {
  await application.stop();
  folder.remove();
});

async function startProxy(
  recipe: ProxyRecipe,
  configuration: string,
): Promise<{ running: RunningProgram; address: ProxyAddress; own: { remove: () => void } }> {
  const own = temporaryFolder();
  const port = await freePort();
  const running = await recipe.start(configuration, { ...site, folder: own.path }, port);
  return { running, address: { port, ca: root.pem }, own };
}

/** What became of a client: refused by the proxy or the application, not seen, or the certificate with its verdict. */
function outcome({ status, answer }: Response): string {
  if (answer === undefined) return status === 200 ? 'no answer of the application' : 'refused';
  if (answer.error !== undefined) return answer.error;
  return answer.thumbprint === null ? 'absent' : `${answer.thumbprint} ${answer.verification}`;
}

function values(answer: Answer | undefined, name: string): string[] {
  const { rawHeaders = [] } = answer ?? {};
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name);
}

describe.skipIf(findProgram(unsafeApache.program, unsafeApache.packageName) === undefined)(
  'Apache with optional_no_ca and TLS 1.2',
  () => {
    it('says SUCCESS of an unverified certificate when a session is resumed, which the recipe rules out', async () => {
      application.use(unsafeApache.format());
      const proxy = await startProxy(unsafeApache, readRecipe(unsafeApache));
      try {
        const tls = { maxVersion: 'TLSv1.2' } as const;
        const first = await send(proxy.address, { client: selfSigned, tls });
        const again = await send(proxy.address, { client: selfSigned, tls: { ...tls, session: first.session } });
        expect(values(first.answer, 'x-ssl-client-verify')).toEqual(['GENEROUS']);
        expect(values(again.answer, 'x-ssl-client-verify')).toEqual(['SUCCESS']);
      } finally {
        await proxy.running.stop();
        proxy.own.remove();
      }
    });
  },
);

describe.each(recipes)('$title', (recipe) => {
  const program = findProgram(recipe.program, recipe.packageName);
  const { handling } = recipe;

  describe.skipIf(program === undefined)('with its recipe', () => {
    let proxy: Awaited<ReturnType<typeof startProxy>>;

    beforeAll(async () => {
      application.use(recipe.format());
      proxy = await startProxy(recipe, readRecipe(recipe));
    });

    afterAll(async () => {
      await proxy.running.stop();
      proxy.own.remove();
    });

    const expected = (client: TestCertificate, how: Handling | 'verified') =>
      how === 'refused' ? 'refused' : `${client.certificate.thumbprint} ${how}`;

    it('forwards a good certificate', async () => {
      expect(outcome(await send(proxy.address, { client: good }))).toBe(expected(good, handling.good));
    });

    it('forwards a certificate below an intermediate authority', async () => {
      const response = await send(proxy.address, { client: deep });
      expect(outcome(response)).toBe(expected(deep, handling.good));
      expect(response.answer?.intermediates).toEqual(recipe.chain ? [intermediate.certificate.thumbprint] : []);
    });

    it('tells of no certificate', async () => {
      expect(outcome(await send(proxy.address))).toBe('absent');
    });

    it('treats an expired, a foreign and a self-signed certificate as documented', async () => {
      expect(outcome(await send(proxy.address, { client: expired }))).toBe(expected(expired, handling.expired));
      expect(outcome(await send(proxy.address, { client: unknown }))).toBe(expected(unknown, handling.unknown));
      expect(outcome(await send(proxy.address, { client: selfSigned }))).toBe(
        expected(selfSigned, handling.selfSigned),
      );
    });

    it('forwards a certificate of 8 KB', async () => {
      expect(outcome(await send(proxy.address, { client: big }))).toBe(expected(big, handling.good));
    });

    it('does not turn a certificate of more than 16 KiB into none', async () => {
      const result = outcome(await send(proxy.address, { client: huge }));
      if (recipe.large === 'read') expect(result).toBe(expected(huge, handling.good));
      else expect(result).toMatch(/^(refused|ERR_FORWARDED_CONTRADICTION)$/);
    });

    it.each(recipe.protocols ?? (['TLSv1.2', 'TLSv1.3'] as const))(
      'keeps certificate and verdict, and loses the chain, when a %s session is resumed',
      async (version) => {
        const tls = { minVersion: version, maxVersion: version };
        for (const [client, how] of [
          [deep, handling.good],
          [unknown, handling.unknown],
          [selfSigned, handling.selfSigned],
        ] as const) {
          const first = await send(proxy.address, { client, tls });
          expect(outcome(first)).toBe(expected(client, how));
          if (how === 'refused') continue;
          const again = await send(proxy.address, { client, tls: { ...tls, session: first.session } });
          expect(again.resumed).toBe(true);
          expect(outcome(again)).toBe(expected(client, how));
          expect(again.answer?.intermediates).toEqual([]);
        }
      },
    );

    it('says that the request came over https, whatever the client says', async () => {
      for (const lines of [[], ['X-Forwarded-Proto: http'], ['X-Forwarded-Proto: https, http']]) {
        const { answer } = await send(proxy.address, { client: good, lines });
        expect(values(answer, 'x-forwarded-proto')).toEqual(['https']);
      }
    });

    it('is not believed about requests that do not come from it', async () => {
      const headers = (await send(proxy.address, { client: good })).answer!.rawHeaders;
      const direct = await new Promise<number>((resolve, reject) => {
        // the whole of 127.0.0.0/8 is loopback on Linux, and 127.0.0.2 is not the proxy
        const options = {
          host: '127.0.0.1',
          port: application.port,
          localAddress: '127.0.0.2',
          headers: headers as never,
        };
        httpRequest(options, (response) => resolve(response.resume().statusCode ?? 0))
          .on('error', reject)
          .end();
      });
      expect(direct).toBe(400);
    });

    it('does not let a client delete what it says with a Connection header', async () => {
      const { header, chainHeader, statusHeader, evidenceHeader } = ForwardedFormat.settingsOf(recipe.format());
      const connection = [header, chainHeader, statusHeader, evidenceHeader].filter((name) => name !== undefined);
      const honest = await send(proxy.address, { client: deep });
      const response = await send(proxy.address, { client: deep, connection });
      expect(outcome(response)).toBe(outcome(honest));
      expect(response.answer?.intermediates).toEqual(honest.answer?.intermediates);
    });

    describe('a client that claims the certificate of another', () => {
      it.each(['without a certificate', 'with a self-signed certificate', 'with a good certificate'])(
        '%s',
        async (who) => {
          const client = { 'with a self-signed certificate': selfSigned, 'with a good certificate': good }[who];
          const honest = outcome(await send(proxy.address, { client }));
          const own = client?.certificate.thumbprint ?? null;
          const format = ForwardedFormat.settingsOf(recipe.format());
          const guarded = [
            format.header,
            format.chainHeader,
            format.statusHeader,
            format.evidenceHeader,
            'client-cert',
            'client-cert-chain',
            'x-ssl-client-verify',
          ];
          const stolen = victim.jwk.x5c[0]!;

          for (const { title, ...request } of spoofs(recipe.format(), victim)) {
            const response = await send(proxy.address, { ...request, client });
            const { answer } = response;
            const result = outcome(response);
            // what it gets without the claim, or less
            const allowed = [honest, 'absent', 'refused', `${own} unknown`, `${own} unverified`];
            if (!result.startsWith('ERR_FORWARDED_'))
              expect([title, result]).toEqual([title, expect.toSatisfy((each: string) => allowed.includes(each))]);
            expect([title, answer?.thumbprint ?? own ?? null]).toEqual([title, own]);
            expect([title, answer?.intermediates?.includes(victim.certificate.thumbprint) ?? false]).toEqual([
              title,
              false,
            ]);
            for (const name of guarded) {
              for (const value of name === undefined ? [] : values(answer, name)) {
                expect([title, name, decodeURIComponent(value).replace(/\s/g, '').includes(stolen)]).toEqual([
                  title,
                  name,
                  false,
                ]);
              }
            }
            if (client === undefined)
              expect([title, values(answer, 'x-ssl-client-verify').includes('SUCCESS')]).toEqual([title, false]);
          }
        },
      );
    });

    it.runIf(findProgram('curl') !== undefined)('passes the self-test of the documentation', async () => {
      const { code, stdout } = await selfTest(proxy.address);
      expect(stdout).not.toContain('SPOOFED');
      expect(stdout.split('\n').length).toBeGreaterThan(100);
      expect(code).toBe(0);
    });
  });

  describe.skipIf(program === undefined)('without the lines that guard it', () => {
    let proxy: Awaited<ReturnType<typeof startProxy>>;

    beforeAll(async () => {
      application.use(recipe.format());
      proxy = await startProxy(recipe, withoutGuards(recipe));
    });

    afterAll(async () => {
      await proxy.running.stop();
      proxy.own.remove();
    });

    it('lets the claim through, so that the tests above can fail', async () => {
      const { title: _, ...claim } = spoofs(recipe.format(), victim)[0]!;
      const response = await send(proxy.address, claim);
      expect(response.answer?.thumbprint).toBe(victim.certificate.thumbprint);
    });

    it.runIf(findProgram('curl') !== undefined)('fails the self-test of the documentation', async () => {
      const { code, stdout } = await selfTest(proxy.address);
      expect(stdout).toContain('SPOOFED');
      expect(code).toBe(1);
    });
  });

  it.runIf(program !== undefined && findProgram('curl') !== undefined)(
    'has a self-test that notices when nobody answers',
    async () => {
      const { code } = await selfTest({ port: await freePort(), ca: root.pem });
      expect(code).toBe(2);
    },
  );

  async function selfTest({ port }: ProxyAddress): Promise<{ code: number; stdout: string }> {
    const somebody = join(folder.path, 'somebody.crt');
    const ca = join(folder.path, 'ca.crt');
    writeFileSync(somebody, victim.pem);
    writeFileSync(ca, root.pem);
    const options = ['--resolve', `app.example:${port}:127.0.0.1`, '--cacert', ca, '--http1.1'];
    const script = fromRoot('docs/proxies/self-test.sh');
    try {
      const { stdout } = await promisify(execFile)('sh', [
        script,
        `https://app.example:${port}/certificate`,
        somebody,
        ...options,
      ]);
      return { code: 0, stdout };
    } catch (error) {
      return error as { code: number; stdout: string };
    }
  }
});
