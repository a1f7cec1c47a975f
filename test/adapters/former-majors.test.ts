import fastify from 'fastify';
import type { Context } from 'hono';
import { protectResource as protectFastify } from 'oauth-mtls/fastify';
import { protectResource as protectHono } from 'oauth-mtls/hono';
import { createMutualTlsFeature } from 'oauth-mtls/oidc-provider';
import Provider8 from 'oidc-provider8';
import { expect, it } from 'vitest';

/* Majors that the adapters do not work with. Those that they do work with have rows in the tables of frameworks.ts. */
const getCertificate = () => undefined;
const options = { getCertificate, verifyToken: () => ({}) };

it('Fastify refuses the plugin in a version before 4, and names both versions', async () => {
  const app = fastify();
  Object.defineProperty(app, 'version', { value: '3.29.5' });
  await expect(async () => app.register(protectFastify, options)).rejects.toThrow(
    /oauth-mtls - expected '>=4.0.0' fastify version, '3.29.5' is installed/,
  );
});

it('a request of Hono 2 is a failure that names the version, and never a pass', async () => {
  const context = { req: new Request('https://api.example/') } as unknown as Context;
  const next = () => Promise.reject(new Error('passed'));
  await expect(protectHono(options)()(context, next)).rejects.toThrow('requires hono 3 or newer');
});

it('a provider of version 7 is refused', () => {
  const Client = { find: async () => undefined, prototype: {} };
  const { middleware } = createMutualTlsFeature({ getCertificate });
  expect(() => middleware({ Client })).toThrow(/oauth-mtls\/oidc-provider requires oidc-provider 8 or newer/);
});

it('a provider of version 8 has no clients of SPIFFE', () => {
  const spiffeTrust = { verifySvid: () => Promise.reject(new Error()) };
  const { middleware } = createMutualTlsFeature({ getCertificate, spiffeTrust });
  expect(() => middleware(new Provider8('https://as.example'))).toThrow(
    'spiffe_x509 requires oidc-provider 9 or newer',
  );
  expect(() =>
    createMutualTlsFeature({ getCertificate }).middleware(new Provider8('https://as.example')),
  ).not.toThrow();
});
