import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createConfirmation } from 'oauth-mtls';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { startServer } from './load/client.js';
import { plot } from './load/plot.js';
import { hold, median, quantile, shuffled } from './measure.js';

const issuer = 'https://as.example/';
const audience = 'https://api.example';
const ROUNDS = 15;
const REQUESTS = 320;
const CONNECTIONS = 60;
/** More than a verifier remembers, so that each token is forgotten before its turn comes again. */
const TOKENS = 2500;

/** @typedef {{ name: string, path: string, repeating: boolean }} Route */
/** @typedef {{ cpu: number, rate: number, median: number, p99: number, cpuRatio: number }} Figures */

/** @type {Route[]} */
const ROUTES = [
  { name: 'bare', path: '/bare', repeating: true },
  { name: 'ours', path: '/ours', repeating: true },
  { name: 'ours, tokens that do not repeat', path: '/ours', repeating: false },
  { name: 'ours, cache: false', path: '/ours-without-cache', repeating: true },
  { name: 'ours, introspection', path: '/introspection', repeating: true },
];
/** @type {Route} */
const PEER = { name: 'express-oauth2-jwt-bearer', path: '/express-oauth2-jwt-bearer', repeating: true };

/**
 * Protected routes under load: a server process and this one, mutual TLS, eight connections that stay open. What counts
 * is the CPU time of the server process for each request, all its threads included.
 */
export async function run() {
  const setup = await prepare();
  /** @type {Map<string, Map<string, Figures>>} */
  const results = new Map();
  try {
    const held = [await underLoad('express', [...ROUTES, PEER], setup, results)];
    if (process.argv.includes('--plot')) {
      const express = /** @type {Map<string, Figures>} */ (results.get('express'));
      writeFileSync(new URL('protected-routes.svg', import.meta.url), plot(express));
    }
    await underLoad('fastify', ROUTES, setup, results);
    await underLoad('hono', ROUTES, setup, results);
    held.push(await heap(setup), await handshakes(setup));
    return held.every(Boolean);
  } finally {
    setup.close();
  }
}

/** @typedef {Awaited<ReturnType<typeof prepare>>} Prepared */

/** Keys, certificates, tokens and an introspection endpoint; the endpoint is not in the server process. */
async function prepare() {
  const authority = await createCertificateAuthority();
  const client = await authority.issue({ subject: 'CN=client' });
  const own = await authority.issue({ san: { dns: 'localhost' }, extendedKeyUsage: ['serverAuth'] });
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const claims = { sub: 'client', client_id: 'client', scope: 'read', cnf: createConfirmation(client.certificate) };
  /** @param {number} index */
  const sign = (index) =>
    new SignJWT({ ...claims, jti: String(index) })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'as' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  /** @type {string[]} */
  const tokens = [];
  while (tokens.length < TOKENS) tokens.push(await sign(tokens.length));

  const response = JSON.stringify({
    active: true,
    aud: audience,
    exp: Math.floor(Date.now() / 1000) + 3600,
    ...claims,
  });
  const endpoint = createServer((_request, reply) => reply.end(response)).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (endpoint.address());
  // apart, so that no window of the many overlaps one that is still remembered
  let turn = 0;
  let other = 0;
  return {
    server: {
      ...{ key: own.privateKeyPem, cert: own.chainPem, ca: authority.pem },
      ...{ jwk: { ...(await exportJWK(publicKey)), kid: 'as', alg: 'ES256' }, issuer, audience },
      introspection: `http://127.0.0.1:${port}/`,
    },
    credentials: { key: client.privateKeyPem, cert: client.chainPem },
    /** Eight tokens, again and again. */
    repeating: () => String(tokens[turn++ % 8]),
    /** One after the other of many. */
    other: () => String(tokens[other++ % TOKENS]),
    close() {
      endpoint.close();
      endpoint.closeAllConnections();
    },
  };
}

/**
 * @param {'express' | 'fastify' | 'hono'} framework
 * @param {Route[]} routes
 * @param {Prepared} setup
 * @param {Map<string, Map<string, Figures>>} results
 */
async function underLoad(framework, routes, setup, results) {
  const limits = [
    // the goal is 0.85; a busy machine, whose caches others fill, shows less
    { of: 'bare', to: 'ours', atLeast: 0.65 },
    { of: PEER.name, to: 'ours, tokens that do not repeat', atLeast: 1.1 },
  ];
  const title = `Protected routes of ${framework}: server CPU time and requests per second`;
  return hold(title, routes.includes(PEER) ? limits : [], async () => {
    const server = await startServer({ framework, ...setup.server }, setup.credentials);
    try {
      const measured = routes.map((route) => ({
        ...route,
        rounds: /** @type {import('./load/client.js').Round[]} */ ([]),
      }));
      for (let round = -2; round < ROUNDS; round++) {
        for (const { path, repeating, rounds } of shuffled(measured)) {
          const result = await server.round(path, repeating ? setup.repeating : setup.other, REQUESTS);
          // the first rounds are for the compiler
          if (round >= 0) rounds.push(result);
        }
      }
      results.set(framework, print(measured));
      return (of, to) => undisturbed(measured, of) / undisturbed(measured, to);
    } finally {
      await server.close();
    }
  });
}

/** A memory that grew with the number of tokens would show here. @param {Prepared} setup */
async function heap(setup) {
  const [few, many] = ['heap after 100,000 requests', 'heap after 10,000'];
  return hold('Memory of the server', [{ of: few, to: many, atMost: 1.05 }], async () => {
    const server = await startServer({ framework: 'express', ...setup.server }, setup.credentials);
    try {
      await server.round('/ours', setup.other, 10_000);
      const before = await server.heap();
      await server.round('/ours', setup.other, 90_000);
      const after = await server.heap();
      for (const [name, bytes] of [
        [many, before],
        [few, after],
      ])
        console.log(`  ${name}: ${(Number(bytes) / 2 ** 20).toFixed(1)} MiB`);
      return () => after / before;
    } finally {
      await server.close();
    }
  });
}

/** @param {Prepared} setup */
async function handshakes(setup) {
  const kinds = [
    { name: 'new connection, bare', path: '/bare', resume: false },
    { name: 'new connection, ours', path: '/ours', resume: false },
    { name: 'resumed session, bare', path: '/bare', resume: true },
    { name: 'resumed session, ours', path: '/ours', resume: true },
  ];
  const limits = [{ of: 'new connection, ours', to: 'new connection, bare', atMost: 1.5 }];
  return hold('One request on each connection of an Express server', limits, async () => {
    const server = await startServer({ framework: 'express', ...setup.server }, setup.credentials);
    try {
      const measured = kinds.map((kind) => ({
        ...kind,
        rounds: /** @type {import('./load/client.js').Round[]} */ ([]),
      }));
      for (let round = -1; round < 9; round++) {
        for (const { path, resume, rounds } of shuffled(measured)) {
          const result = await server.connections(path, setup.repeating(), CONNECTIONS, resume);
          if (round >= 0) rounds.push(result);
        }
      }
      print(measured);
      return (of, to) => undisturbed(measured, of) / undisturbed(measured, to);
    } finally {
      await server.close();
    }
  });
}

/** @typedef {{ name: string, rounds: import('./load/client.js').Round[] }} Measured */

/**
 * The value of a route in rounds that nothing else disturbed: other processes only ever add to the CPU time.
 *
 * @param {Measured[]} measured
 * @param {string} wanted
 */
function undisturbed(measured, wanted) {
  const rounds = measured.find(({ name }) => name === wanted)?.rounds ?? [];
  return quantile(
    rounds.map(({ cpu }) => cpu),
    0.2,
  );
}

/** @param {Measured[]} measured @returns {Map<string, Figures>} */
function print(measured) {
  const reference = String(measured[0]?.name);
  const bareRate = median((measured[0]?.rounds ?? []).map(({ rate }) => rate));
  console.log(`  ${''.padEnd(34)} CPU µs  bare ÷ it  requests/s  ÷ bare  median µs    p99 µs`);
  return new Map(
    measured.map(({ name, rounds }) => {
      const latencies = rounds.flatMap((round) => round.latencies);
      const figures = {
        cpu: undisturbed(measured, name),
        rate: median(rounds.map(({ rate }) => rate)),
        median: median(latencies),
        p99: quantile(latencies, 0.99),
        cpuRatio: undisturbed(measured, reference) / undisturbed(measured, name),
      };
      const columns = [
        figures.cpu.toFixed(0).padStart(6),
        figures.cpuRatio.toFixed(2).padStart(9),
        figures.rate.toFixed(0).padStart(10),
        (figures.rate / bareRate).toFixed(2).padStart(6),
        figures.median.toFixed(0).padStart(9),
        figures.p99.toFixed(0).padStart(8),
      ];
      console.log(`  ${name.padEnd(34)} ${columns.join('  ')}`);
      return [name, figures];
    }),
  );
}
