import { readdirSync } from 'node:fs';
import ts from 'typescript';

/**
 * The declarations that each subpath of the built package exports, and at the end those that they refer to, without
 * comments: a text in which a change of the public surface shows.
 * @param {string} dist the folder of the build
 */
export function apiReport(dist) {
  // the others are chunks, whose names are those of their content
  const files = readdirSync(dist).filter((file) => /^[a-z-]+\.d\.ts$/.test(file));
  const options = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
  };
  const program = ts.createProgram(
    files.map((file) => `${dist}/${file}`),
    { ...options, target: ts.ScriptTarget.ES2022, strict: true, noEmit: true },
  );
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter({ removeComments: true });

  /** @param {ts.Symbol} symbol */
  const resolve = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  /** @param {ts.Symbol} symbol */
  const isOurs = (symbol) =>
    symbol.declarations?.every((each) => each.getSourceFile().fileName.startsWith(`${dist}/`)) ?? false;

  /** @param {ts.Symbol} symbol @returns {ts.Node[]} */
  const declarationsOf = (symbol) =>
    (symbol.declarations ?? []).map((each) => (ts.isVariableDeclaration(each) ? each.parent.parent : each));

  /** @param {ts.Symbol} symbol */
  function print(symbol) {
    return declarationsOf(symbol)
      .map((each) => printer.printNode(ts.EmitHint.Unspecified, each, each.getSourceFile()))
      .join('\n')
      .replaceAll(/^(export )?declare /gm, '');
  }

  /** @param {ts.Symbol} symbol @param {Set<ts.Symbol>} found */
  function collect(symbol, found) {
    for (const declaration of declarationsOf(symbol)) {
      /** @param {ts.Node} node */
      const visit = (node) => {
        const used = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
        const target = used && resolve(used);
        if (target && !found.has(target) && isOurs(target) && isTopLevel(target)) {
          found.add(target);
          collect(target, found);
        }
        ts.forEachChild(node, visit);
      };
      visit(declaration);
    }
  }

  /** @type {Set<ts.Symbol>} */
  const found = new Set();
  const sections = files.map((file) => {
    const source = program.getSourceFile(`${dist}/${file}`);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} is no module`);
    const exported = checker.getExportsOfModule(module).map(resolve);
    for (const symbol of exported) found.add(symbol);
    return { title: file.replace('.d.ts', ''), symbols: exported };
  });
  const exported = new Set(found);
  for (const symbol of exported) collect(symbol, found);
  sections.push({ title: 'not exported', symbols: [...found].filter((symbol) => !exported.has(symbol)) });
  return sections
    .map(({ title, symbols }) => [`// ---- ${title} ----`, ...symbols.map(print).sort(), ''].join('\n\n'))
    .join('\n');
}

/** @param {ts.Symbol} symbol */
function isTopLevel(symbol) {
  const [declaration] = symbol.declarations ?? [];
  const statement = declaration && ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return statement !== undefined && statement.parent !== undefined && ts.isSourceFile(statement.parent);
}
