/**
 * The client side of the load benchmark: it starts the server process, and sends requests over connections that stay
 * open.
 *
 * @typedef {{ cpu: number, rate: number, latencies: number[] }} Round CPU time of the server for each request and
 * latencies
 *   in microseconds; requests in each second
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request as send } from 'node:https';
import { Pool } from 'undici';

export const CLIENTS = 8;

/**
 * Starts a server process.
 * @param {import('./server.js').Setup} setup
 * @param {{ key: string, cert: string }} credentials
 */
export async function startServer(setup, credentials) {
  const child = fork(new URL('server.js', import.meta.url), { execArgv: ['--expose-gc'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The server process has ended')));
  ended.catch(() => undefined);
  /** @param {import('node:child_process').Serializable} message @returns {Promise<number>} */
  const ask = async (message) => {
    child.send(message);
    return (await Promise.race([once(child, 'message'), ended]))[0];
  };
  const port = await ask(setup);
  const tls = { ...credentials, ca: setup.ca, servername: 'localhost' };
  const pool = new Pool(`https://127.0.0.1:${port}`, { connections: CLIENTS, pipelining: 1, connect: tls });

  return {
    /** Heap of the server after a collection, in bytes. */
    heap: () => ask('heap'),
    /**
     * Sends requests with each token of `tokens` in turn.
     * @param {string} path
     * @param {() => string} token
     * @param {number} count
     * @returns {Promise<Round>}
     */
    async round(path, token, count) {
      /** @type {number[]} */
      const latencies = [];
      let sent = 0;
      const client = async () => {
        while (sent++ < count) {
          const start = performance.now();
          const headers = { authorization: `Bearer ${token()}` };
          const { statusCode, body } = await pool.request({ path, method: 'GET', headers });
          await body.dump();
          if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
          latencies.push((performance.now() - start) * 1000);
        }
      };
      return timed(() => Promise.all(Array.from({ length: CLIENTS }, client)), latencies, count);
    },
    /**
     * One request on each new connection.
     * @param {string} path
     * @param {string} token
     * @param {number} count
     * @param {boolean} resume
     * @returns {Promise<Round>}
     */
    async connections(path, token, count, resume) {
      /** @type {number[]} */
      const latencies = [];
      /** @type {Buffer | undefined} */
      let session;
      const connect = async () => {
        const headers = { authorization: `Bearer ${token}`, connection: 'close' };
        const offered = resume ? session : undefined;
        /** @type {import('node:https').RequestOptions & { session?: Buffer | undefined }} */
        const options = { ...tls, host: '127.0.0.1', port, path, headers, agent: false, session: offered };
        const request = send(options);
        request.once('socket', (socket) => socket.once('session', (/** @type {Buffer} */ each) => (session = each)));
        const [response] = await once(request.end(), 'response');
        if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`);
        const resumed = /** @type {import('node:tls').TLSSocket} */ (request.socket).isSessionReused();
        if (resumed !== (offered !== undefined)) throw new Error('Whether the session is resumed is not as asked for');
        await once(response.resume(), 'end');
      };
      return timed(
        async () => {
          for (let i = 0; i < count; i++) {
            const start = performance.now();
            await connect();
            latencies.push((performance.now() - start) * 1000);
          }
        },
        latencies,
        count,
      );
    },
    async close() {
      await pool.destroy();
      child.disconnect();
    },
  };

  /**
   * @param {() => Promise<unknown>} work
   * @param {number[]} latencies
   * @param {number} count
   * @returns {Promise<Round>}
   */
  async function timed(work, latencies, count) {
    const before = await ask('cpu');
    const start = performance.now();
    await work();
    const seconds = (performance.now() - start) / 1000;
    return { cpu: ((await ask('cpu')) - before) / count, rate: count / seconds, latencies };
  }
}
