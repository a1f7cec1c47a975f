import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPathVerifier, type OcspInput } from 'oauth-mtls/pki';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const NO_CHECK = { oid: '1.3.6.1.5.5.7.48.1.5', value: Uint8Array.of(5, 0) };
let root: TestAuthority;
let client: TestCertificate;

beforeAll(async () => {
  root = await createCertificateAuthority();
  client = await root.issue();
});

async function outcome(response: OcspInput): Promise<string> {
  const paths = createPathVerifier({ trustAnchors: [root.pem], ocspResponses: [response], revocation: 'require' });
  return paths.verify(client.pem).then(
    ({ revocation }) => revocation.join(),
    (error: unknown) => (error as { code: string }).code,
  );
}

describe('authority.ocspResponse', () => {
  it.each(['SHA-1', 'SHA-256', 'SHA-512'] as const)('names the certificate by %s', async (hash) => {
    expect(await outcome((await root.ocspResponse(client, { hash })).der)).toBe('ocsp');
  });

  it('says what it is told to', async () => {
    expect(await outcome((await root.ocspResponse(client)).pem)).toBe('ocsp');
    expect(await outcome((await root.ocspResponse(client, { status: 'revoked', reason: 1 })).der)).toBe(
      'ERR_PATH_REVOKED',
    );
    expect(await outcome((await root.ocspResponse(client, { status: 'unknown' })).der)).toBe(
      'ERR_PATH_REVOCATION_UNKNOWN',
    );
    const stale = { thisUpdate: new Date('2020-01-01'), nextUpdate: new Date('2020-01-02') };
    expect(await outcome((await root.ocspResponse(client, stale)).der)).toBe('ERR_PATH_REVOCATION_UNKNOWN');
    await expect(root.ocspResponse(client, { status: 'fine' as 'good' })).rejects.toThrow(TypeError);
  });

  it('is signed by a responder, and answers a nonce', async () => {
    const responder = await root.issue({
      extendedKeyUsage: ['ocspSigning'],
      extensions: [NO_CHECK],
      keyType: 'RSA-2048',
    });
    const nonce = Uint8Array.of(1, 2, 3, 4);
    const { der } = await root.ocspResponse(client, { responder, nonce });
    expect(await outcome({ response: der, nonce })).toBe('ocsp');
    expect(await outcome({ response: der, nonce: Uint8Array.of(9) })).toBe('ERR_PATH_REVOCATION_UNKNOWN');
    const impostor = await root.issue();
    expect(await outcome((await root.ocspResponse(client, { responder: impostor })).der)).toBe(
      'ERR_PATH_REVOCATION_UNKNOWN',
    );
  });

  it('refuses to sign with a key that pkijs has no signatures of', async () => {
    const message = 'An OCSP response must be signed with an EC or RSA key';
    const other = await createCertificateAuthority({ keyType: 'Ed25519' });
    await expect(other.ocspResponse(await other.issue())).rejects.toThrow(new TypeError(message));
    const responder = await root.issue({ keyType: 'Ed25519' });
    await expect(root.ocspResponse(client, { responder })).rejects.toThrow(new TypeError(message));
  });

  describe('to OpenSSL', () => {
    const folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-ocsp-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each([
      ['good', 'good'],
      ['revoked', 'revoked'],
      ['unknown', 'unknown'],
    ] as const)('says %s', async (status, word) => {
      const { der } = await root.ocspResponse(client, { status, reason: 1, hash: 'SHA-1' });
      for (const [name, content] of Object.entries({ root: root.pem, client: client.pem, response: der })) {
        writeFileSync(join(folder, name), content);
      }
      const args = [
        'ocsp',
        '-respin',
        'response',
        '-issuer',
        'root',
        '-cert',
        'client',
        '-CAfile',
        'root',
        '-no_nonce',
      ];
      const printed = execFileSync('openssl', args, {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(printed).toContain(`client: ${word}`);
    });
  });
});
