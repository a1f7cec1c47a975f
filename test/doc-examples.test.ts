import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../subpaths.js';

const sources = readdirSync(fromRoot('src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(fromRoot('src'), file));
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync(fromRoot('docs')).map((file) => `docs/${file}`),
]
  .filter((file) => file.endsWith('.md'))
  .map((file) => fromRoot(file));

/** TypeScript blocks of a file, by the name under which the compiler sees them: one beside the file itself. */
function examples(file: string): [name: string, text: string][] {
  const text = readFileSync(file, 'utf8').replaceAll(/^ \* ?/gm, '');
  return Array.from(text.matchAll(/^```ts\n(.*?)^```/gms), ([, code], index) => [
    `${fromRoot('test')}/${relative(fromRoot('.'), file).replaceAll(/[/.]/g, '-')}-${index}.ts`,
    `${code!}\nexport {};\n`,
  ]);
}

describe('documentation', () => {
  it('has examples that compile', { timeout: 120_000 }, () => {
    const virtual = new Map([...sources, ...documents].flatMap(examples));
    expect(virtual.size).toBeGreaterThan(20);
    // an example that does not compile, so that a compiler that sees nothing is noticed
    virtual.set(
      `${fromRoot('test')}/canary.ts`,
      "import { parseCertificate } from 'oauth-mtls';\nparseCertificate(1);\n",
    );
    const { config } = ts.readConfigFile(fromRoot('tsconfig.json'), (file) => ts.sys.readFile(file)) as {
      config: object;
    };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, fromRoot('.'));
    const relaxed = { ...options, noUnusedLocals: false, noUnusedParameters: false, noImplicitReturns: false };
    const disk = ts.createCompilerHost(relaxed);
    const host: ts.CompilerHost = {
      ...disk,
      fileExists: (file) => virtual.has(file) || disk.fileExists(file),
      readFile: (file) => virtual.get(file) ?? disk.readFile(file),
      getSourceFile(file, version, ...rest) {
        const text = virtual.get(file);
        return text === undefined
          ? disk.getSourceFile(file, version, ...rest)
          : ts.createSourceFile(file, text, version);
      },
    };
    const program = ts.createProgram([...virtual.keys()], relaxed, host);
    const problems = [...virtual.keys()].flatMap((file) => {
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText }) =>
          `${relative(fromRoot('test'), file)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      );
    });
    expect(problems).toEqual([expect.stringMatching(/^canary\.ts: .*not assignable/)]);
  });

  it('links to files that exist', () => {
    const broken = documents.flatMap((file) =>
      Array.from(readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, target]) =>
        join(dirname(file), target!),
      )
        .filter((target) => !existsSync(target))
        .map((target) => `${relative(fromRoot('.'), file)}: ${relative(fromRoot('.'), target)}`),
    );
    expect(broken).toEqual([]);
  });
});
