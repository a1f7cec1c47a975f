import type { ClientMetadataFinding } from 'oauth-mtls';
import type { MutualTlsFailure } from 'oauth-mtls/oidc-provider';
import ts from 'typescript';
import { codeBlocks } from './documentation.js';

/** The observers that docs/troubleshooting.md prints. They write to `console.warn`. */
export interface DocumentedLog {
  readonly onFailure: (failure: MutualTlsFailure) => void;
  readonly onRegistrationFinding: (finding: ClientMetadataFinding) => void;
  readonly onRegistrationError: (ctx: unknown, error: { readonly error_description?: string }) => void;
}

export async function documentedLog(): Promise<DocumentedLog> {
  const block = codeBlocks().find(
    ({ name, language }) => name.startsWith('docs/troubleshooting.md') && language === 'ts',
  );
  const options = { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } };
  const { outputText } = ts.transpileModule(block!.code, options);
  const address = `data:text/javascript,${encodeURIComponent(outputText)}`;
  return import(/* @vite-ignore */ address) as Promise<DocumentedLog>;
}
