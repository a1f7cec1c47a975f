import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/**
 * Nothing leaves the page: no request can be made but for its own script, style sheet and icon, no form can be
 * submitted, and no text can become HTML or a script.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** @returns {import('./layout.js').Page} */
export function inspectorPage() {
  return {
    path: 'inspector.html',
    title: 'Inspector',
    description: 'Why a certificate, a registered subject or a certificate-bound token does not match (RFC 8705).',
    content: readFileSync(new URL('inspector/inspector.html', import.meta.url), 'utf8').trim(),
    policy: POLICY,
    script: 'inspector.js',
  };
}

/**
 * The library and the page's own code as one script. Not a module: a page that is opened as a file may not load those.
 *
 * @param {string} outfile
 */
export async function bundleInspector(outfile) {
  await build({
    entryPoints: [fileURLToPath(new URL('inspector/inspector.ts', import.meta.url))],
    outfile,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    plugins: [{ name: 'portable bodies', setup: usePortableBodies }],
  });
}

/** @param {import('esbuild').PluginBuild} bundler */
function usePortableBodies(bundler) {
  bundler.onResolve({ filter: /^#platform\// }, ({ path }) => ({
    path: fileURLToPath(new URL(`../src/${path.slice(1)}.portable.ts`, import.meta.url)),
  }));
}
