import { createCertificateAuthority } from 'oauth-mtls/testing';

const CERTIFICATES = 200;
/** Budget in seconds of CPU, whatever runs besides. */
const BUDGET = 5;

/** What certificates cost that a test suite makes. */
export async function run() {
  const authority = await createCertificateAuthority();
  const before = process.cpuUsage();
  for (let made = 0; made < CERTIFICATES; made++) await authority.issue({ subject: `CN=client ${made}` });
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  console.log(`${CERTIFICATES} certificates with P-256 keys: ${seconds.toFixed(2)} s of CPU (budget ${BUDGET} s)`);
  return seconds < BUDGET;
}
