// RUNTIME tls-server.js CREDENTIALS: servers on loopback that answer with what `presentedCertificate` says. Prints
// their ports as JSON, then runs until its standard input ends.
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTlsServer } from 'node:tls';

import { isMtlsError } from 'oauth-mtls';
import { withProxyCertificate } from 'oauth-mtls/forwarded';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';

const { key, cert, ca } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));

const isProxy = withProxyCertificate({ dnsNames: ['proxy.example'] });

/** @param {import('oauth-mtls/node').CertificateSource} source */
function tell(source) {
  try {
    const presented = presentedCertificate(source);
    if (presented === undefined) return 'none';
    const { certificate, intermediates, verification } = presented;
    return JSON.stringify({
      thumbprint: certificate.thumbprint,
      verification,
      intermediates: intermediates.map(({ thumbprint }) => thumbprint),
      ...('rawHeaders' in source && { proxy: isProxy(source) }),
    });
  } catch (error) {
    return isMtlsError(error) ? `${error.code} ${String(error.detail['reason'])}` : String(error);
  }
}

/** @type {Record<string, number>} */
const ports = {};
for (const [trust, authorities] of Object.entries({ 'with ca': ca, 'without ca': undefined })) {
  const options = mutualTlsOptions({ key, cert, ...(authorities && { ca: authorities }) });
  const servers = {
    tls: createTlsServer(options, (socket) => void socket.end(tell(socket))),
    https: createHttpsServer(options, (request, response) => void response.end(tell(request))),
    http2: createSecureServer(options, (request, response) => void response.end(tell(request))),
  };
  for (const [protocol, server] of Object.entries(servers)) {
    // a client that gives up is no matter of the server
    server.on('tlsClientError', () => undefined);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const address = server.address();
    ports[`${protocol} ${trust}`] = typeof address === 'object' && address !== null ? address.port : 0;
  }
}
console.log(JSON.stringify(ports));
process.stdin.on('end', () => process.exit()).resume();
