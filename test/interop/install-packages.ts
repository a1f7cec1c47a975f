import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { fromRoot } from '../../subpaths.js';

/**
 * Gives a folder the packages that a reader of the documentation has installed, the built one of this repository
 * included.
 */
export function installPackages(folder: string): void {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const link = (target: string, name: string): void => {
    const path = join(folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  };
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) link(fromRoot(`node_modules/${name}`), name);
  link(fromRoot('.'), 'oauth-mtls');
}

/** A printed program as a module for every supported Node. */
export function toJavaScript(code: string): string {
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    experimentalDecorators: true,
  };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
