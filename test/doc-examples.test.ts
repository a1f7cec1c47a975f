import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../subpaths.js';
import { codeBlocks, documents } from './documentation.js';

/** Under this name the compiler sees a block: one beside this file. */
const fileOf = (name: string): string => `${fromRoot('test')}/${name.replaceAll(/[/.#]/g, '-')}.ts`;

describe('documentation', () => {
  it('has examples that compile', { timeout: 120_000 }, () => {
    const virtual = new Map(
      codeBlocks()
        .filter(({ language }) => language === 'ts')
        .map(({ name, code }) => [fileOf(name), `${code}\nexport {};\n`]),
    );
    expect(virtual.size).toBeGreaterThan(60);
    // an example that does not compile, so that a compiler that sees nothing is noticed
    virtual.set(
      `${fromRoot('test')}/canary.ts`,
      "import { parseCertificate } from 'oauth-mtls';\nparseCertificate(1);\n",
    );
    const { config } = ts.readConfigFile(fromRoot('tsconfig.json'), (file) => ts.sys.readFile(file)) as {
      config: object;
    };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, fromRoot('.'));
    const relaxed = {
      ...options,
      noUnusedLocals: false,
      noUnusedParameters: false,
      noImplicitReturns: false,
      experimentalDecorators: true,
    };
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

  it('has programs in TypeScript alone, so that all of them are compiled', () => {
    // test/smoke runs the JavaScript of docs/testing.md as it is printed
    const blocks = codeBlocks().filter(({ name }) => !name.startsWith('docs/testing.md'));
    const languages = new Set(blocks.map(({ language }) => language));
    // shell commands, figures, and configuration of others
    expect([...languages].sort()).toEqual(['json', 'sh', 'tcl', 'text', 'ts', 'yaml']);
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
