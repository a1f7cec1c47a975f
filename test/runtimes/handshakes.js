// The other end of programs/tls-server.js and tls-client.js, on the Node that runs the suite.
import { X509Certificate, createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createServer, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

/** @typedef {import('./fixtures.js').TlsFixtures} TlsFixtures */
/** @typedef {import('./fixtures.js').TlsClient} TlsClient */
/** @typedef {{ text: string, resumed: boolean }} Answer */
/**
 * @typedef {object} Abilities
 * @property {readonly string[]} silent protocols whose sockets do not tell the certificate
 * @property {boolean} addsRoot whether the intermediates are those of the validated path, not those that were sent
 * @property {boolean} keepsVerdict whether a resumed session still tells whether the chain was valid
 */

const VERSIONS = /** @type {const} */ (['TLSv1.2', 'TLSv1.3']);
const PATIENCE = 5000;

/**
 * Shakes hands with every server, as every client, then once more with the session of the first time, and compares what
 * the server says.
 *
 * @param {Record<string, number>} ports
 * @param {TlsFixtures} fixtures
 * @param {Abilities} abilities
 */
export async function shakeHands(ports, fixtures, abilities) {
  let checks = 0;
  let resumed = 0;
  /** @type {string[]} */
  const failures = [];
  for (const [title, port] of Object.entries(ports)) {
    const [protocol = '', trust] = title.split(/ (.*)/);
    for (const client of fixtures.clients) {
      for (const version of VERSIONS) {
        const options = { ...clientOptions(client, fixtures, port), minVersion: version, maxVersion: version };
        for (const answer of await askTwice(protocol, options)) {
          checks += 1;
          resumed += Number(answer.resumed);
          const problem = abilities.silent.includes(protocol)
            ? judgeSilence(answer)
            : judge(answer, client, trust === 'with ca', fixtures, abilities);
          if (problem !== undefined)
            failures.push(
              `${title}, ${version}${answer.resumed ? ' resumed' : ''}, client "${client.title}" ${problem}: ${answer.text}`,
            );
        }
      }
    }
  }
  if (resumed === 0) failures.push('no session was resumed');
  return { checks, failures };
}

/** @param {Answer} answer */
function judgeSilence({ text: said }) {
  return said === 'ERR_CERTIFICATE_UNAVAILABLE runtime' ? undefined : 'is told, against expectation';
}

/**
 * @param {Answer} answer
 * @param {TlsClient} client
 * @param {boolean} trusting
 * @param {TlsFixtures} fixtures
 * @param {Abilities} abilities
 */
function judge(
  { text: said, resumed },
  { verification, thumbprint, cert = '' },
  trusting,
  { authorities },
  { addsRoot, keepsVerdict },
) {
  if (verification === 'none') return said === 'none' ? undefined : 'has presented nothing';
  if (!said.startsWith('{')) return 'has presented a certificate';
  const told = JSON.parse(said);
  if (told.thumbprint !== thumbprint) return 'has presented another certificate';
  const expected = resumed && !keepsVerdict ? 'unknown' : trusting ? verification : 'unverified';
  if (told.verification !== expected) return `is ${expected}`;
  if (told.proxy !== undefined && told.proxy !== (expected === 'verified')) return 'is no proxy unless verified';
  const sent = thumbprintsOf(cert);
  const unseen = told.intermediates.filter(
    (/** @type {string} */ each) => !sent.includes(each) && !(addsRoot && authorities.includes(each)),
  );
  return unseen.length > 0 ? 'has not sent these intermediates' : undefined;
}

/** @param {string} pems */
function thumbprintsOf(pems) {
  const blocks = pems.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((pem) => createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url'));
}

/**
 * @param {TlsClient} client
 * @param {TlsFixtures} fixtures
 * @param {number} port
 * @returns {import('node:tls').ConnectionOptions & { host: string, port: number }}
 */
function clientOptions({ key, cert }, { server }, port) {
  return { host: '127.0.0.1', port, servername: 'localhost', ca: server.ca, ...(key !== undefined && { key, cert }) };
}

/**
 * @param {string} protocol
 * @param {import('node:tls').ConnectionOptions} options
 * @returns {Promise<Answer[]>}
 */
async function askTwice(protocol, options) {
  /** @type {Buffer | undefined} */
  let session;
  const answers = [];
  for (let round = 0; round < 2; round++) {
    const socket = connect({
      ...options,
      ...(session && { session }),
      ...(protocol === 'http2' && { ALPNProtocols: ['h2'] }),
    });
    socket.on('session', (ticket) => (session = ticket));
    const timer = setTimeout(() => socket.destroy(), PATIENCE);
    try {
      await once(socket, 'secureConnect');
      const resumed = socket.isSessionReused();
      answers.push({ text: await ask(protocol, socket), resumed });
    } catch (error) {
      answers.push({ text: String(error), resumed: false });
    } finally {
      clearTimeout(timer);
    }
  }
  return answers;
}

/**
 * @param {string} protocol
 * @param {import('node:tls').TLSSocket} socket
 */
async function ask(protocol, socket) {
  if (protocol === 'tls') return text(socket);
  if (protocol === 'https') {
    const request = httpsRequest({ createConnection: () => socket, headers: { Connection: 'close' } }).end();
    const [response] = await once(request, 'response');
    return text(response);
  }
  const session = connectHttp2('https://localhost', { createConnection: () => socket });
  session.on('error', () => undefined);
  const answer = await text(session.request({ ':path': '/' }));
  // without a GOAWAY frame, at which Deno's HTTP/2 may abort its process
  socket.destroy();
  return answer;
}

/**
 * A server for tls-client.js, which wants a certificate, echoes bodies, and at times never answers, or not to the end.
 *
 * @param {TlsFixtures} fixtures
 */
export async function startPeer({ server: { key, cert, ca } }) {
  const server = createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const { raw } = /** @type {import('node:tls').TLSSocket} */ (request.socket).getPeerCertificate();
    if (request.url === '/echo') request.pipe(response);
    else if (request.url === '/part') response.write('part');
    else if (request.url === '/') response.end(createHash('sha256').update(raw).digest('base64url'));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    port,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
