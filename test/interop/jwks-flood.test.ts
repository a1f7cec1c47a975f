import { setTimeout as sleep } from 'node:timers/promises';
import { authenticateClient, parseClientMetadata } from 'oauth-mtls';
import { remoteJwks } from 'oauth-mtls/jwks';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JwksServer } from '../jwks/jwks-server.js';

const SECONDS = 10;
const PER_SECOND = 100;
const COOLDOWN_SECONDS = 2;
/** How long the server takes for an answer, in milliseconds. */
const ANSWER = 1000;

let server: JwksServer;
beforeAll(async () => {
  server = await JwksServer.start();
});
afterAll(() => server.stop());

it('RFC 8705 §2.2: a flood of unknown certificates loads the keys once in a cool-down, and nobody else waits for it', async () => {
  const known = await selfSignedCertificate();
  server.serve(known);
  server.answer = (_request, response) => setTimeout(() => response.end(JSON.stringify({ keys: server.keys })), ANSWER);
  const client = parseClientMetadata(
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: server.uri },
    { unsafeAllowHttpJwksUri: true },
  );
  const jwks = remoteJwks(server.uri, {
    unsafeAllowHttp: true,
    unsafeAllowPrivateAddresses: true,
    cooldownDuration: COOLDOWN_SECONDS * 1000,
  });
  const unknown = await Promise.all(Array.from({ length: 20 }, () => selfSignedCertificate()));
  await authenticateClient(presented(known), client, { jwksSource: jwks });
  server.requests = 0;

  const refused: Promise<unknown>[] = [];
  let slowest = 0;
  const start = performance.now();
  for (let sent = 0; sent < SECONDS * PER_SECOND; sent++) {
    await sleep(Math.max(0, start + (sent * 1000) / PER_SECOND - performance.now()));
    refused.push(
      authenticateClient(presented(unknown[sent % unknown.length]!), client, { jwksSource: jwks }).catch(
        (error: unknown) => error,
      ),
    );
    if (sent % 10 !== 0) continue;
    const asked = performance.now();
    await authenticateClient(presented(known), client, { jwksSource: jwks });
    slowest = Math.max(slowest, performance.now() - asked);
  }
  const seconds = (performance.now() - start) / 1000;
  for (const error of await Promise.all(refused))
    expect(error).toMatchObject({ code: 'ERR_CLIENT_CERTIFICATE_UNKNOWN' });
  expect(server.requests).toBeLessThanOrEqual(1 + seconds / COOLDOWN_SECONDS);
  expect(server.requests).toBeGreaterThanOrEqual(2);
  // half of what the server takes: whoever waited for it waited longer
  expect(slowest).toBeLessThan(ANSWER / 2);
  console.log(
    `${refused.length} unknown certificates in ${seconds.toFixed(1)} s: ${server.requests} requests; the known one took ${slowest.toFixed(1)} ms at most`,
  );
});
