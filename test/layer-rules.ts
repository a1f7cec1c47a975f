import ts from 'typescript';

/** One import of a module: static, dynamic, `export … from`, or `import('…')` in a type. */
export interface ModuleImport {
  readonly specifier: string;
  /** Erased at compile time: `import type`, `export type … from`, `import('…').T`. */
  readonly typeOnly: boolean;
}

export interface Module {
  readonly lines: number;
  readonly imports: readonly ModuleImport[];
  /** Every statement is `export { … } from` or `export type { … } from`. */
  readonly onlyNamedReexports: boolean;
}

/** Path below src, with forward slashes, to what the file imports. */
export type ModuleGraph = ReadonlyMap<string, Module>;

/** The import table. A layer that is not named may not be imported; a layer may always import itself. */
const foundations = ['errors', 'options', 'encoding', 'platform'] as const;
const evidence = [...foundations, 'x509', 'presented'] as const;
const decisions = [...evidence, 'loading', 'pki', 'forwarded', 'node', 'oauth'] as const;
const everythingBelowAdapters = [...decisions, 'jwks', 'tokens', 'trust', 'spiffe'] as const;

const mayImport = new Map<string, readonly string[]>([
  ['errors', []],
  ['options', []],
  ['encoding', ['errors', 'options']],
  ['platform', ['errors', 'options']],
  ['loading', ['errors', 'options', 'platform']],
  ['x509', foundations],
  ['presented', [...foundations, 'x509']],
  ['pki', evidence],
  ['forwarded', evidence],
  ['node', [...evidence, 'loading']],
  ['oauth', evidence],
  ['jwks', decisions],
  ['tokens', [...decisions, 'jwks']],
  ['trust', [...evidence, 'loading', 'pki', 'node']],
  ['spiffe', [...evidence, 'loading', 'pki', 'oauth', 'jwks']],
  ['testing', [...decisions, 'spiffe']],
  ['adapters', everythingBelowAdapters],
  ['cli', [...everythingBelowAdapters, 'adapters', 'testing']],
  ['index', [...evidence, 'oauth']],
]);

/**
 * Rooms: folders inside a layer, and the other rooms of it that each may import. The files of the layer itself are
 * open.
 */
const rooms = new Map<string, readonly string[]>([
  ['x509/name', []],
  ['oauth/subject', []],
  ['oauth/confirmation', []],
  ['oauth/client', ['oauth/subject', 'oauth/confirmation']],
  ['oauth/resource', ['oauth/confirmation']],
  ['oauth/metadata', []],
  ['pki/certificate', []],
  ['pki/path', ['pki/certificate']],
  ['pki/revocation', ['pki/certificate', 'pki/path']],
  ['forwarded/encoding', []],
  ['forwarded/formats', ['forwarded/encoding']],
  ['forwarded/platforms', ['forwarded/encoding']],
  ['forwarded/trust', []],
  ['trust/sources', []],
  ['adapters/oidc-provider', []],
  ['testing/requests', []],
  ['testing/revocation', []],
  ['cli/reports', []],
  ['cli/commands', ['cli/reports']],
]);

/** More files side by side, or a longer file, and a reader cannot see the subjects. */
const MAX_FILES = 15;
const MAX_LINES = 300;

interface PackageRule {
  readonly packages: RegExp;
  readonly allowedIn: RegExp;
  readonly typeOnly?: boolean;
}

const packageRules: readonly PackageRule[] = [
  { packages: /^node:/, allowedIn: /^(node|trust|adapters|cli|testing)\/|^platform\/[^/]+\.node\.ts$/ },
  { packages: /^jose$/, allowedIn: /^(jwks|tokens)\// },
  { packages: /^jose$/, allowedIn: /^loading\//, typeOnly: true },
  { packages: /^ipaddr\.js$/, allowedIn: /^(forwarded|loading)\// },
  { packages: /^@noble\/hashes\//, allowedIn: /^platform\/[^/]+\.portable\.ts$/ },
  { packages: /^(@peculiar\/x509|reflect-metadata|pkijs|asn1js)(\/|$)/, allowedIn: /^testing\/load-packages\.ts$/ },
  { packages: /^(@peculiar\/x509|pkijs|asn1js)$/, allowedIn: /^testing\//, typeOnly: true },
  {
    packages: /^(oidc-provider|express|fastify|hono|@hono\/node-server)(\/|$)/,
    allowedIn: /^adapters\//,
    typeOnly: true,
  },
];

const forbiddenNames = new Set(['utils', 'util', 'helpers', 'helper', 'common']);

/** Everything that a graph of modules does against the architecture, one sentence each. */
export function findLayerViolations(graph: ModuleGraph): string[] {
  return [
    ...[...graph].flatMap(([file, module]) => checkModule(file, module, graph)),
    ...findCrowdedFolders(graph),
    ...findCycles(graph),
  ];
}

function checkModule(file: string, module: Module, graph: ModuleGraph): string[] {
  const violations: string[] = [];
  const layer = layerOf(file);

  if (!mayImport.has(layer)) violations.push(`${file}: no layer named '${layer}'`);
  if (file.split('/').some((part) => forbiddenNames.has(part.replace(/\.ts$/, '')))) {
    violations.push(`${file}: the name says nothing about what is inside`);
  }
  if (roomOf(file) !== undefined && !rooms.has(roomOf(file)!))
    violations.push(`${file}: no room named '${roomOf(file)!}'`);
  if (module.lines > MAX_LINES) violations.push(`${file}: ${module.lines} lines, more than ${MAX_LINES}`);
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
  // `serve` runs the servers of the demo
  if (layerOf(file) === 'cli' && specifier.includes('../examples/')) return undefined;
  const target = resolve(file, specifier);
  if (!graph.has(target)) return `imports '${specifier}', which does not exist`;
  if (specifier.startsWith('#') && !graph.has(target.replace(/\.node\.ts$/, '.portable.ts'))) {
    return `imports '${specifier}', which has no portable body`;
  }

  const from = layerOf(file);
  const to = layerOf(target);
  if (from === 'adapters' && to === from && adapterOf(file) !== adapterOf(target))
    return `imports another adapter, '${specifier}'`;
  if (from === to) return checkRoom(file, target);
  if (mayImport.get(from)?.includes(to) !== true) return `'${from}' may not import '${to}' ('${specifier}')`;
  if (/\.(node|portable)\.ts$/.test(target) && !specifier.startsWith('#') && !typeOnly) {
    return `imports one body of a platform function by its path ('${specifier}'), not as '#platform/…'`;
  }
  return undefined;
}

function checkRoom(file: string, target: string): string | undefined {
  const from = roomOf(file);
  const to = roomOf(target);
  if (from === undefined || to === undefined || from === to || rooms.get(from)?.includes(to) === true) return undefined;
  return `'${from}' may not import '${to}'`;
}

function checkPackageImport(file: string, { specifier, typeOnly }: ModuleImport) {
  const known = packageRules.filter(({ packages }) => packages.test(specifier));
  if (known.length === 0) return `imports '${specifier}', which no rule allows anywhere`;
  const rule = known.find(({ allowedIn }) => allowedIn.test(file));
  if (rule === undefined) return `'${specifier}' may not be imported here`;
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

function findCrowdedFolders(graph: ModuleGraph): string[] {
  const sizes = new Map<string, number>();
  for (const file of graph.keys()) {
    // the two bodies of a platform function are one idea
    if (file.endsWith('.portable.ts')) continue;
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
  }
  return [...sizes].flatMap(([folder, size]) =>
    size > MAX_FILES ? [`${folder}: ${size} files, more than ${MAX_FILES}`] : [],
  );
}

/** `hono` for `adapters/hono.ts` and for the files of `adapters/hono/`. */
function adapterOf(file: string): string {
  return file.split('/')[1]!.replace(/\.ts$/, '');
}

/** `pki/path` for `pki/path/path-search.ts`; undefined for a file of the layer itself. */
function roomOf(file: string): string | undefined {
  const room = file.slice(0, Math.max(0, file.lastIndexOf('/')));
  return room.includes('/') ? room : undefined;
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
  return {
    lines: source.split('\n').length - 1,
    imports,
    onlyNamedReexports: parsed.statements.every(isNamedReexport),
  };
}

function isNamedReexport(statement: ts.Statement): boolean {
  return (
    ts.isExportDeclaration(statement) &&
    statement.moduleSpecifier !== undefined &&
    statement.exportClause !== undefined &&
    ts.isNamedExports(statement.exportClause)
  );
}
