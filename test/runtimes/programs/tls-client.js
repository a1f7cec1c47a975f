// RUNTIME tls-client.js CREDENTIALS PORT: sends requests with `mutualTlsFetch`, and prints what came of them.
import { readFileSync } from 'node:fs';

import { mutualTlsFetch } from 'oauth-mtls/node';

const { key, cert, ca, otherCa } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const url = `https://127.0.0.1:${process.argv[3] ?? ''}`;

/** @param {() => Promise<string>} send */
async function attempt(send) {
  const late = new Promise((resolve) => setTimeout(resolve, 5000, 'late').unref());
  return Promise.race([late, send().catch(() => 'refused')]);
}

const answers = {
  certificate: await attempt(async () => (await mutualTlsFetch({ key, cert, ca })(url)).text()),
  body: await attempt(async () =>
    (await mutualTlsFetch({ key, cert, ca })(`${url}/echo`, { method: 'POST', body: 'a=b' })).text(),
  ),
  otherAuthority: await attempt(async () => (await mutualTlsFetch({ key, cert, ca: otherCa })(url)).text()),
  signal: await attempt(async () =>
    (await mutualTlsFetch({ key, cert, ca })(`${url}/never`, { signal: AbortSignal.timeout(200) })).text(),
  ),
  signalInBody: await attempt(async () =>
    (await mutualTlsFetch({ key, cert, ca })(`${url}/part`, { signal: AbortSignal.timeout(200) })).text(),
  ),
};
console.log(JSON.stringify(answers));
process.exit();
