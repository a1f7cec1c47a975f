import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  createCertificateAuthority,
  type TestAuthority,
  type TestCertificate,
  type TestExtension,
} from 'oauth-mtls/testing';

/** A folder for files of one test. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'oauth-mtls-trust-'));

  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file in place, as an editor or `cp` does. */
  write(name: string, content: string | Uint8Array): string {
    const path = this.file(name);
    writeFileSync(path, content);
    return path;
  }

  /** Replaces a file by a rename, as certbot and step do. */
  replace(name: string, content: string | Uint8Array): string {
    const path = this.file(name);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
    return path;
  }

  /** Replaces all files at once by swapping a symlink, as Kubernetes does for mounted secrets. */
  mount(files: Readonly<Record<string, string | Uint8Array>>): void {
    const data = mkdtempSync(join(this.path, '..data-'));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(data, name), content);
      try {
        symlinkSync(join('..data', name), this.file(name));
      } catch {
        // it is there from the first time
      }
    }
    symlinkSync(data.slice(dirname(data).length + 1), this.file('..data_tmp'));
    renameSync(this.file('..data_tmp'), this.file('..data'));
  }

  delete(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A key and a certificate for a server on localhost. */
export function serverCertificate(authority: TestAuthority): Promise<TestCertificate> {
  return authority.issue({
    subject: 'CN=localhost',
    san: { dns: 'localhost', ip: '127.0.0.1' },
    extendedKeyUsage: ['serverAuth'],
  });
}

export function createAuthority(name: string): Promise<TestAuthority> {
  return createCertificateAuthority({ subject: `CN=${name}` });
}

/** The extension with a cRLNumber below 128. */
export function crlNumber(number: number): TestExtension {
  return { oid: '2.5.29.20', value: Uint8Array.of(2, 1, number) };
}

export async function listen(server: Server | HttpsServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
