import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fromRoot } from '../subpaths.js';
import { findLayerViolations, type Module, type ModuleGraph, readModule } from './layer-rules.js';

function readSources(): ModuleGraph {
  const src = fromRoot('src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'))
    .sort();
  return new Map(files.map((file) => [file, readModule(file, readFileSync(join(src, file), 'utf8'))]));
}

/** A made-up source tree: path below src to source text. */
function graphOf(sources: Record<string, string>): ModuleGraph {
  return new Map<string, Module>(Object.entries(sources).map(([file, text]) => [file, readModule(file, text)]));
}

describe('src', () => {
  it('keeps to the import table', () => {
    const graph = readSources();
    expect(graph.size).toBeGreaterThan(0);
    expect(findLayerViolations(graph)).toEqual([]);
  });
});

describe('the layer rules', () => {
  const sound = {
    'errors.ts': `export class MtlsError extends Error {}`,
    'encoding/der.ts': `import { MtlsError } from '../errors.js'; export const der = MtlsError;`,
    'platform/sha256.node.ts': `import { createHash } from 'node:crypto'; export const sha256 = createHash;`,
    'platform/sha256.portable.ts': `export { sha256 } from '@noble/hashes/sha2.js';`,
    'x509/certificate.ts': `import { sha256 } from '#platform/sha256'; import { der } from '../encoding/der.js';`,
    'x509/name.ts': `import type { Certificate } from './certificate.js';`,
    'pki/path.ts': `import '../x509/certificate.js';`,
    'node/index.ts': `import type { TLSSocket } from 'node:tls'; import '../x509/certificate.js';`,
    'oauth/client.ts': `import '../x509/certificate.js';`,
    'loading/fetch.ts': `import type { FetchImplementation } from 'jose'; import '../errors.js';`,
    'jwks/index.ts': `import { jwtVerify } from 'jose'; import '../oauth/client.js'; import '../loading/fetch.js';`,
    'tokens/index.ts': `import '../jwks/index.js';`,
    'testing/load-packages.ts': `import 'reflect-metadata/lite'; export const load = () => import('@peculiar/x509');`,
    'adapters/express.ts': `import type { Request } from 'express'; import '../node/index.js';`,
    'index.ts': `export { der } from './encoding/der.js'; export type { A } from './oauth/client.js';`,
  };

  it('accept a sound tree', () => {
    expect(findLayerViolations(graphOf(sound))).toEqual([]);
  });

  it.each<[what: string, change: Record<string, string>, violation: string]>([
    ['an arrow upwards', { 'x509/a.ts': `import '../oauth/client.js';` }, `'x509' may not import 'oauth'`],
    [
      'errors importing',
      { 'errors.ts': `import './encoding/hex.js';`, 'encoding/hex.ts': '' },
      `'errors' may not import 'encoding'`,
    ],
    ['siblings', { 'pki/a.ts': `import '../node/index.js';` }, `'pki' may not import 'node'`],
    ['loading and x509', { 'loading/a.ts': `import '../x509/certificate.js';` }, `'loading' may not import 'x509'`],
    ['jwks and tokens', { 'jwks/a.ts': `import '../tokens/index.js';` }, `'jwks' may not import 'tokens'`],
    [
      'adapters and testing',
      { 'testing/a.ts': '', 'adapters/a.ts': `import '../testing/a.js';` },
      `'adapters' may not import 'testing'`,
    ],
    ['jwks and testing', { 'testing/a.ts': `import '../jwks/index.js';` }, `'testing' may not import 'jwks'`],
    ['a type import', { 'pki/a.ts': `import type { B } from '../oauth/client.js';` }, `may not import 'oauth'`],
    ['a type query', { 'pki/a.ts': `export type B = import('../oauth/client.js').B;` }, `may not import 'oauth'`],
    ['a dynamic import', { 'pki/a.ts': `await import('../oauth/client.js');` }, `may not import 'oauth'`],
    ['an export', { 'pki/a.ts': `export { b } from '../oauth/client.js';` }, `may not import 'oauth'`],
    ['two adapters', { 'adapters/hono.ts': `import './express.js';` }, 'imports another adapter'],
    ['the surface and pki', { 'index.ts': `export { a } from './pki/path.js';` }, `'index' may not import 'pki'`],
    ['code in the surface', { 'index.ts': `export const a = 1;` }, 'other than named re-exports'],
    ['export * in the surface', { 'index.ts': `export * from './errors.js';` }, 'other than named re-exports'],
    ['node: in the core', { 'x509/a.ts': `import 'node:crypto';` }, `'node:crypto' may not be imported here`],
    ['node: in a portable body', { 'platform/sha256.portable.ts': `import 'node:crypto';` }, 'may not be imported'],
    ['a built-in without node:', { 'node/a.ts': `import 'crypto';` }, 'no rule allows'],
    ['jose elsewhere', { 'oauth/a.ts': `import 'jose';` }, `'jose' may not be imported here`],
    ['ipaddr.js elsewhere', { 'node/a.ts': `import 'ipaddr.js';` }, 'may not be imported'],
    ['noble elsewhere', { 'x509/a.ts': `import '@noble/hashes/sha2.js';` }, 'may not be imported here'],
    ['pkijs elsewhere', { 'pki/a.ts': `import 'pkijs';` }, `'pkijs' may not be imported here`],
    ['a framework by value', { 'adapters/a.ts': `import express from 'express';` }, `'import type' only`],
    ['a type by modifier', { 'adapters/a.ts': `import { type Request } from 'express';` }, `'import type' only`],
    ['an unknown package', { 'x509/a.ts': `import 'left-pad';` }, 'no rule allows'],
    ['the package itself', { 'testing/a.ts': `import 'oauth-mtls';` }, 'no rule allows'],
    ['a computed import', { 'x509/a.ts': `await import(name);` }, 'no rule allows'],
    ['a body by its path', { 'x509/a.ts': `import '../platform/sha256.node.js';` }, 'by its path'],
    ['one body only', { 'platform/b.node.ts': '', 'x509/a.ts': `import '#platform/b';` }, 'no portable body'],
    ['a missing file', { 'x509/a.ts': `import './b.js';` }, 'does not exist'],
    [
      'a room against the arrows',
      { 'pki/path/a.ts': '', 'pki/certificate/b.ts': `import '../path/a.js';` },
      `'pki/certificate' may not import 'pki/path'`,
    ],
    ['a new room', { 'pki/stuff/a.ts': '' }, `no room named 'pki/stuff'`],
    ['a long file', { 'pki/a.ts': '\n'.repeat(301) }, '301 lines'],
    [
      'a crowded folder',
      Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`encoding/a${at}.ts`, ''])),
      '16 files',
    ],
    ['a new layer', { 'stuff/a.ts': '' }, `no layer named 'stuff'`],
    ['a drawer', { 'x509/utils.ts': '' }, 'says nothing'],
    ['a drawer in a room', { 'x509/name/helpers.ts': '' }, 'says nothing'],
    [
      'a cycle',
      { 'x509/a.ts': `import './b.js';`, 'x509/b.ts': `import type { A } from './a.js';` },
      'import cycle: x509/a.ts → x509/b.ts → x509/a.ts',
    ],
    ['a file importing itself', { 'x509/a.ts': `import './a.js';` }, 'import cycle: x509/a.ts → x509/a.ts'],
  ])('refuse %s', (_what, change, violation) => {
    const violations = findLayerViolations(graphOf({ ...sound, ...change }));
    expect(violations).toEqual([expect.stringContaining(violation)]);
  });
});
