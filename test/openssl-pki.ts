import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificates made by OpenSSL, an independent maker: what the test kit signs is read back by no test of it alone. */
export interface OpensslCertificate {
  readonly pem: string;
  readonly keyPem: string;
  /** The certificate, then those above it, without the root. */
  readonly chainPem: string;
}

export interface OpensslRequest {
  /** OpenSSL's one-line form, such as `/C=US/O=Acme/CN=client`. */
  readonly subject: string;
  readonly key?: 'rsa' | 'ec';
  /** Lines of the extension section. */
  readonly extensions?: readonly string[];
  /** `YYYYMMDDHHMMSSZ`; default a period around the present. */
  readonly notBefore?: string;
  readonly notAfter?: string;
}

export const CLIENT = ['basicConstraints=CA:FALSE', 'keyUsage=digitalSignature', 'extendedKeyUsage=clientAuth'];
const AUTHORITY = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
];

const KEYS = { rsa: ['rsa:2048'], ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] };

/** A folder in which `openssl` makes certificates. */
export class OpensslPki {
  readonly #folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-openssl-'));
  readonly #chains = new Map<string, string>();
  #count = 0;

  /** A self-signed certificate, or one that `issuer` (the name that an earlier call was given) signs. */
  issue(name: string, request: OpensslRequest, issuer?: string): OpensslCertificate {
    const { subject, key = 'ec', extensions = CLIENT, notBefore, notAfter } = request;
    this.#run(
      'req',
      '-new',
      '-newkey',
      ...KEYS[key],
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      subject,
      '-utf8',
    );
    writeFileSync(this.#path('openssl.cnf'), this.#configuration(extensions, issuer ?? name));
    writeFileSync(this.#path('index.txt'), '');
    writeFileSync(this.#path('serial'), (0x1000 + this.#count++).toString(16));
    const period = ['-startdate', notBefore ?? '20200101000000Z', '-enddate', notAfter ?? '20490101000000Z'];
    const signer = issuer === undefined ? ['-selfsign', '-keyfile', `${name}.key`] : [];
    this.#run(
      'ca',
      '-config',
      'openssl.cnf',
      '-batch',
      '-notext',
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
      ...period,
      ...signer,
    );
    const pem = this.#read(`${name}.pem`);
    this.#chains.set(name, issuer === undefined ? '' : pem + (this.#chains.get(issuer) ?? ''));
    return { pem, keyPem: this.#read(`${name}.key`), chainPem: issuer === undefined ? pem : this.#chains.get(name)! };
  }

  authority(name: string, subject: string, issuer?: string): OpensslCertificate {
    return this.issue(name, { subject, key: 'rsa', extensions: AUTHORITY }, issuer);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configuration(extensions: readonly string[], issuer: string): string {
    return [
      '[ca]',
      'default_ca=default',
      '[default]',
      'database=index.txt',
      'serial=serial',
      'new_certs_dir=.',
      'default_md=sha256',
      'policy=any',
      'x509_extensions=extensions',
      'preserve=yes',
      'unique_subject=no',
      `certificate=${issuer}.pem`,
      `private_key=${issuer}.key`,
      '[any]',
      'countryName=optional',
      'organizationName=optional',
      'organizationalUnitName=optional',
      'commonName=optional',
      '[extensions]',
      ...extensions,
    ].join('\n');
  }

  #run(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #path(file: string): string {
    return join(this.#folder, file);
  }

  #read(file: string): string {
    return readFileSync(this.#path(file), 'utf8');
  }
}
