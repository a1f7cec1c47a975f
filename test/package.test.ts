import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { existingSubpaths, fromRoot, outputName, platformModules, subpaths } from '../subpaths.js';

const manifest = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));

describe('package.json', () => {
  it('exports every subpath that has a source, and none that is not in the table', () => {
    const { './package.json': self, ...exported } = manifest.exports;
    expect(self).toBe('./package.json');
    expect(Object.keys(exported)).toEqual(expect.arrayContaining(existingSubpaths().map(([subpath]) => subpath)));
    expect(Object.keys(subpaths)).toEqual(expect.arrayContaining(Object.keys(exported)));
    for (const [subpath, targets] of Object.entries(exported)) {
      const output = `./dist/${outputName(subpath)}`;
      expect(targets).toEqual({ types: `${output}.d.ts`, default: `${output}.js` });
    }
  });

  it('maps each platform function to its two bodies', () => {
    const expected = platformModules.map((name) => {
      const output = `./dist/platform/${name}`;
      // Deno has Node's Buffer too, but takes a thousand times as long to refuse what is not base64
      const elsewhere = name === 'base64' && { deno: `${output}.portable.js` };
      return [
        `#platform/${name}`,
        { ...elsewhere, node: `${output}.node.js`, default: `${output}.portable.js` },
      ] as const;
    });
    expect(manifest.imports).toEqual(Object.fromEntries(expected));

    const bodies = platformModules.flatMap((name) => [`${name}.node.ts`, `${name}.portable.ts`]);
    const sources = readdirSync(fromRoot('src/platform')).filter((file) => /\.(node|portable)\.ts$/.test(file));
    expect(bodies).toEqual(expect.arrayContaining(sources));
  });

  it('marks every peer as optional and develops against it', () => {
    const peers = Object.keys(manifest.peerDependencies);
    expect(Object.keys(manifest.peerDependenciesMeta)).toEqual(peers);
    for (const peer of peers) {
      expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true });
      expect(manifest.devDependencies).toHaveProperty([peer]);
    }
  });

  it('pins every development dependency', () => {
    for (const version of Object.values(manifest.devDependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
