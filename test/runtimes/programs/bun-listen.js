// bun bun-listen.js SERVER CLIENT: a server of Bun.listen, and what the recipe of docs/recipes.md says of two clients.
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

/** @param {string | undefined} file */
const readJson = (file) => JSON.parse(readFileSync(file ?? '', 'utf8'));
const [server, client] = process.argv.slice(2).map(readJson);
const { presentedOn } = await import(new URL('bun-recipe.ts', import.meta.url).href);
const { Bun } = /** @type {any} */ (globalThis);

/** @type {(answer: string) => void} */
let answered = () => undefined;
const { port } = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  tls: { ...server, requestCert: true, rejectUnauthorized: false },
  socket: {
    /** @param {unknown} socket */
    handshake(socket) {
      const presented = presentedOn(socket);
      answered(presented === undefined ? 'none' : `${presented.certificate.thumbprint} ${presented.verification}`);
    },
    data: () => undefined,
  },
});

/**
 * @param {object} credentials
 * @returns {Promise<string>}
 */
const ask = (credentials) =>
  new Promise((resolve) => {
    answered = resolve;
    connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...credentials }).on('error', () => undefined);
  });

const none = await ask({});
console.log(JSON.stringify({ none, client: await ask({ key: client.key, cert: client.cert }) }));
process.exit(0);
