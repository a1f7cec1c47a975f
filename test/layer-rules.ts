import ts from 'typescript';

/** One import of a module: static, dynamic, `export … from`, or `import('…')` in a type. */
export interface ModuleImport {
  readonly specifier: string;
  /** Erased at compile time: `import type`, `export type … from`, `import('…').T`. */
  readonly typeOnly: boolean;
}

export interface Module {
  readonly imports: readonly ModuleImport[];
  /** Every statement is `export { … } from` or `export type { … } from`. */
  readonly onlyNamedReexports: boolean;
}

/** Path below src, with forward slashes, to what the file imports. */
export type ModuleGraph = ReadonlyMap<string, Module>;

/** The import table. A layer that is not named may not be imported; a layer may always import itself. */
const foundations = ['errors', 'encoding', 'platform', 'x509'] as const;
const everythingBelowJose = [...foundations, 'pki', 'forwarded', 'node', 'oauth'] as const;
const everythingBelowAdapters = [...everythingBelowJose, 'jose'] as const;

const mayImport = new Map<string, readonly string[]>([
  ['errors', []],
  ['encoding', ['errors']],
  ['platform', ['errors']],
  ['x509', ['errors', 'encoding', 'platform']],
  ['pki', foundations],
  ['forwarded', foundations],
  ['node', foundations],
  ['oauth', ['errors', 'encoding', 'x509']],
  ['jose', everythingBelowJose],
  ['testing', everythingBelowJose],
  ['adapters', everythingBelowAdapters],
  ['cli', everythingBelowAdapters],
  ['index', ['errors', 'encoding', 'x509', 'oauth']],
]);

interface PackageRule {
  readonly packages: RegExp;
  readonly allowedIn: RegExp;
  readonly typeOnly?: boolean;
}

const packageRules: readonly PackageRule[] = [
  { packages: /^node:/, allowedIn: /^(node|adapters|cli|testing)\/|^platform\/[^/]+\.node\.ts$/ },
  { packages: /^jose$/, allowedIn: /^jose\// },
  { packages: /^ipaddr\.js$/, allowedIn: /^(forwarded|jose)\// },
  { packages: /^@noble\/hashes\//, allowedIn: /^platform\/[^/]+\.portable\.ts$/ },
  { packages: /^(@peculiar\/x509|reflect-metadata|pkijs|asn1js)(\/|$)/, allowedIn: /^testing\// },
  {
    packages: /^(oidc-provider|express|fastify|hono|@hono\/node-server)(\/|$)/,
    allowedIn: /^adapters\//,
    typeOnly: true,
  },
];

const forbiddenNames = new Set(['utils', 'util', 'helpers', 'helper', 'common']);

/** Everything that a graph of modules does against the architecture, one sentence each. */
export function findLayerViolations(graph: ModuleGraph): string[] {
  return [...[...graph].flatMap(([file, module]) => checkModule(file, module, graph)), ...findCycles(graph)];
}

function checkModule(file: string, module: Module, graph: ModuleGraph): string[] {
  const violations: string[] = [];
  const layer = layerOf(file);

  if (!mayImport.has(layer)) violations.push(`${file}: no layer named '${layer}'`);
  if (file.split('/').some((part) => forbiddenNames.has(part.replace(/\.ts$/, '')))) {
    violations.push(`${file}: the name says nothing about what is inside`);
  }
  if (file === 'index.ts' && !module.onlyNamedReexports) {
    violations.push(`${file}: holds something other than named re-exports`);
  }
  for (const imported of module.imports) {
    const violation = isInternal(imported.specifier)
      ? checkInternalImport(file, imported, graph)
      : checkPackageImport(file, imported);
    if (violation !== undefined) violations.push(`${file}: ${violation}`);
  }
  return violations;
}

function checkInternalImport(file: string, { specifier, typeOnly }: ModuleImport, graph: ModuleGraph) {
  const target = resolve(file, specifier);
  if (!graph.has(target)) return `imports '${specifier}', which does not exist`;
  if (specifier.startsWith('#') && !graph.has(target.replace(/\.node\.ts$/, '.portable.ts'))) {
    return `imports '${specifier}', which has no portable body`;
  }

  const from = layerOf(file);
  const to = layerOf(target);
  if (from === to) return from === 'adapters' ? `imports another adapter, '${specifier}'` : undefined;
  if (mayImport.get(from)?.includes(to) !== true) return `'${from}' may not import '${to}' ('${specifier}')`;
  if (/\.(node|portable)\.ts$/.test(target) && !specifier.startsWith('#') && !typeOnly) {
    return `imports one body of a platform function by its path ('${specifier}'), not as '#platform/…'`;
  }
  return undefined;
}

function checkPackageImport(file: string, { specifier, typeOnly }: ModuleImport) {
  const rule = packageRules.find(({ packages }) => packages.test(specifier));
  if (rule === undefined) return `imports '${specifier}', which no rule allows anywhere`;
  if (!rule.allowedIn.test(file)) return `'${specifier}' may not be imported here`;
  if (rule.typeOnly === true && !typeOnly) return `'${specifier}' may be imported with 'import type' only`;
  return undefined;
}

/** Depth first; each cycle is told once, from the file where the search met it. */
function findCycles(graph: ModuleGraph): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();

  function visit(file: string, trail: readonly string[]): void {
    const start = trail.indexOf(file);
    if (start >= 0) {
      cycles.push(`import cycle: ${[...trail.slice(start), file].join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const { specifier } of graph.get(file)?.imports ?? []) {
      if (isInternal(specifier)) visit(resolve(file, specifier), [...trail, file]);
    }
    done.add(file);
  }

  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

function layerOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

function isInternal(specifier: string): boolean {
  return specifier.startsWith('.') || specifier.startsWith('#');
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('#')) return `${specifier.slice(1)}.node.ts`;
  const path = new URL(specifier, `file:///src/${file}`).pathname;
  return path.replace(/^\/src\//, '').replace(/\.js$/, '.ts');
}

/** What a source file imports. */
export function readModule(file: string, source: string): Module {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true);
  const imports: ModuleImport[] = [];

  function add(specifier: ts.Node | undefined, typeOnly: boolean): void {
    if (specifier === undefined) return;
    const text = ts.isStringLiteralLike(specifier) ? specifier.text : specifier.getText();
    imports.push({ specifier: text, typeOnly });
  }

  function visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument, true);
    }
    ts.forEachChild(node, visit);
  }

  visit(parsed);
  return { imports, onlyNamedReexports: parsed.statements.every(isNamedReexport) };
}

function isNamedReexport(statement: ts.Statement): boolean {
  return (
    ts.isExportDeclaration(statement) &&
    statement.moduleSpecifier !== undefined &&
    statement.exportClause !== undefined &&
    ts.isNamedExports(statement.exportClause)
  );
}
