import { fileURLToPath } from 'node:url';

/**
 * Every subpath of the package and the source file behind it. The build and the test aliases are made
 * from this table; test/package.test.ts holds package.json and tsconfig.json to it.
 */
export const subpaths: Readonly<Record<string, string>> = {
  '.': 'src/index.ts',
  './node': 'src/node/index.ts',
  './pki': 'src/pki/index.ts',
  './forwarded': 'src/forwarded/index.ts',
  './jwks': 'src/jwks/index.ts',
  './tokens': 'src/tokens/index.ts',
  './spiffe': 'src/spiffe/index.ts',
  './trust': 'src/trust/index.ts',
  './testing': 'src/testing/index.ts',
  './oidc-provider': 'src/adapters/oidc-provider.ts',
  './express': 'src/adapters/express.ts',
  './fastify': 'src/adapters/fastify.ts',
  './hono': 'src/adapters/hono.ts',
  './fetch': 'src/adapters/fetch.ts',
  './aws-lambda': 'src/adapters/aws-lambda.ts',
};

/** Functions with a body for Node and a portable one, chosen by the `imports` conditions of package.json. */
export const platformModules: readonly string[] = ['base64', 'copy', 'diagnostics', 'sha256', 'sha512', 'verify'];

/** From the root of the project to an absolute path. */
export function fromRoot(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** `.` is built to dist/index.js, `./node` to dist/node.js. */
export function outputName(subpath: string): string {
  return subpath === '.' ? 'index' : subpath.slice(2);
}

/** What a bare import means while developing: the sources, with Node's bodies of the platform functions. */
export const sourceAliases: { find: RegExp; replacement: string }[] = [
  ...Object.entries(subpaths).map(([subpath, source]) => ({
    find: new RegExp(`^oauth-mtls${subpath.slice(1)}$`),
    replacement: fromRoot(source),
  })),
  { find: /^#platform\/([a-z0-9-]+)$/, replacement: fromRoot('src/platform/$1.node.ts') },
];
