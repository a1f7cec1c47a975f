// Installs the packed package beside former majors of its peers, and uses it with them.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What applications may have already. */
const APPLICATIONS = [
  { '@peculiar/x509': '1' },
  { pkijs: '3', asn1js: '~3.0.0' },
  { 'reflect-metadata': '0.1' },
  { express: '4' },
  { fastify: '4' },
  { hono: '3' },
  { 'oidc-provider': '8' },
];

/**
 * Has npm resolve the package beside each of them. It installs nothing.
 * @param {string} tarball
 * @param {string} folder
 * @param {(args: string[]) => [command: string, args: string[]]} npm
 */
export async function installBesideFormerMajors(tarball, folder, npm) {
  await Promise.all(
    APPLICATIONS.map(async (dependencies, index) => {
      const application = join(folder, `former-${index}`);
      mkdirSync(application);
      writeFileSync(join(application, 'package.json'), JSON.stringify({ private: true, dependencies }));
      const options = ['--dry-run', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=notice'];
      const [command, args] = npm(['install', ...options, tarball]);
      const { stdout } = await promisify(execFile)(command, args, { cwd: application });
      for (const name of [...Object.keys(dependencies), 'oauth-mtls'])
        if (!stdout.includes(`add ${name} `)) throw new Error(`npm does not add ${name}: ${stdout}`);
    }),
  );
}

/**
 * Makes certificates, CRLs and OCSP responses, and verifies them.
 * @param {string} folder with former majors in node_modules
 */
export function makeCertificates(folder) {
  const script = `
    import { createPathVerifier } from 'oauth-mtls/pki';
    import { createCertificateAuthority } from 'oauth-mtls/testing';
    for (const keyType of ['P-256', 'RSA-2048', 'RSA-PSS-2048', 'Ed25519']) {
      const authority = await createCertificateAuthority({ keyType });
      const { certificate } = await authority.issue({ san: { dns: 'client.example' } });
      const revocations =
        keyType === 'P-256'
          ? { ocspResponses: [(await authority.ocspResponse(certificate)).der] }
          : { crls: [(await authority.crl()).der] };
      const options = { trustAnchors: [authority.pem], revocation: 'require', ...revocations };
      await createPathVerifier(options).verify(certificate);
    }`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, stdio: ['ignore', 2, 2] });
}

/**
 * Runs a script that has to fail, and expects what it says.
 * @param {string} folder
 * @param {string} script
 * @param {RegExp} expected
 */
export function expectFailure(folder, script, expected) {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 1 || !expected.test(stderr)) throw new Error(`status ${status}: ${stderr}`);
}
