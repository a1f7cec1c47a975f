import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fromRoot, outputName, platformModules, subpaths } from '../subpaths.js';

const manifest = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));

describe('package.json', () => {
  it('exports the subpaths of the table', () => {
    const { './package.json': self, ...exported } = manifest.exports;
    expect(self).toBe('./package.json');
    expect(Object.keys(exported).sort()).toEqual(Object.keys(subpaths).sort());
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
    expect(bodies.sort()).toEqual(sources.sort());
  });

  it('marks every peer as optional and develops against it', () => {
    const peers = Object.keys(manifest.peerDependencies);
    expect(Object.keys(manifest.peerDependenciesMeta)).toEqual(peers);
    for (const peer of peers) {
      expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true });
      expect(manifest.devDependencies).toHaveProperty([peer]);
      // npm refuses to install beside a version that is out of a range, also of an optional peer
      expect(manifest.peerDependencies[peer]).toMatch(/^>=(1|0\.1)$/);
    }
  });

  it('pins every development dependency', () => {
    for (const version of Object.values(manifest.devDependencies))
      expect(version).toMatch(/^(npm:[@\w/-]+@)?\d+\.\d+\.\d+$/);
  });
});

describe('the packed files', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: fromRoot('.'), encoding: 'utf8' }),
  );
  const files = packed.files.map(({ path }: { path: string }) => path) as string[];
  const pages = files.filter((file) => file.endsWith('.md'));

  it('hold the documentation, and no test, source or data of one machine', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/errors.md']));
    expect(files.filter((file) => /^(src|test|fixtures|site|docs\/site|\.ci)\//.test(file))).toEqual([]);
  });

  it('hold the vectors for other implementations, with their schemas and runner', () => {
    const vectors = files.filter((file) => file.startsWith('vectors/'));
    expect(vectors.sort()).toEqual(
      readdirSync(fromRoot('vectors'))
        .map((file) => `vectors/${file}`)
        .sort(),
    );
    expect(vectors).toEqual(expect.arrayContaining(['vectors/names.json', 'vectors/README.md', 'vectors/run.js']));
  });

  it.each(pages)('the links of %s lead to files in it', (page) => {
    const text = readFileSync(fromRoot(page), 'utf8').replace(/^(```|~~~)[^]*?^\1/gm, '');
    const targets = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, target]) =>
      posix.join(posix.dirname(page), target!),
    );
    const isThere = (target: string) =>
      files.some((file) => file === target || file.startsWith(`${target.replace(/\/$/, '')}/`));
    expect(targets.filter((target) => !isThere(target))).toEqual([]);
  });
});

describe('a release', () => {
  it('is refused until package.json names the repository and the changelog has the version with its date', () => {
    const { status, stderr } = spawnSync('node', ['.github/release.js', 'check', 'v0.0.0'], {
      cwd: fromRoot('.'),
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`the tag v0.0.0 is not that of version ${manifest.version}`);
    expect(stderr.includes('set "repository"')).toBe(manifest.repository === undefined);
    const changelog = readFileSync(fromRoot('CHANGELOG.md'), 'utf8');
    const [, date = ''] = changelog.split(`\n## [${manifest.version}] - `)[1]?.match(/^(.*)\n/) ?? [];
    expect(date).toMatch(/^(unreleased|\d{4}-\d{2}-\d{2})$/);
    expect(stderr.includes('set the date')).toBe(date === 'unreleased');
  });

  it('runs actions that are pinned to a commit, with the version beside it', () => {
    for (const file of readdirSync(fromRoot('.github/workflows'))) {
      const uses = readFileSync(fromRoot(`.github/workflows/${file}`), 'utf8').match(/uses: .*/g) ?? [];
      for (const line of uses) expect(line).toMatch(/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });
});
