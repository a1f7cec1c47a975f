// The API reference: typedoc, with every subpath of the package as a module of that name.
import { Application, Converter, JSX, LiteralType, ReflectionKind, UnionType } from 'typedoc';

/** Types that describe the shape of one argument or result, and are not part of the API by name. */
const UNNAMED = [
  'CertificateScheme',
  'ClientCertificate',
  'ErrorEntry',
  'FetchResponse',
  'RegistrationChecks',
  'table',
];

/**
 * @param {object} options
 * @param {Readonly<Record<string, string>>} options.subpaths subpath to source file
 * @param {string} options.folder to write to; `..` of it is the site
 * @param {string} options.stylesheet
 * @param {Readonly<Record<string, string>>} options.links text to page of the site
 * @returns {Promise<void>} rejects when typedoc has an error or a warning
 */
export async function writeReference({ subpaths, folder, stylesheet, links }) {
  const app = await Application.bootstrap({
    name: 'oauth-mtls',
    entryPoints: Object.values(subpaths),
    tsconfig: 'tsconfig.json',
    readme: 'none',
    customCss: stylesheet,
    disableSources: true,
    excludePrivate: true,
    hideGenerator: true,
    includeVersion: true,
    // `npm run typecheck` has its own step
    skipErrorChecking: true,
    intentionallyNotExported: UNNAMED,
    validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: false },
    logLevel: 'Warn',
  });
  /** @type {Map<import('typedoc').DeclarationReflection, UnionType>} */
  const unions = new Map();
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const union = wordsOf(context, reflection);
    if (union !== undefined) unions.set(reflection, union);
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const [reflection, union] of unions) reflection.type = union;
    nameModules(project, subpaths);
  });
  app.renderer.hooks.on('body.begin', (context) =>
    JSX.createElement(
      'nav',
      { class: 'site-links', 'aria-label': 'Site' },
      ...Object.entries(links).map(([text, page]) =>
        JSX.createElement('a', { href: context.relativeURL(`../${page}`) }, text),
      ),
    ),
  );
  const project = await app.convert();
  if (project !== undefined) {
    app.validate(project);
    await app.generateDocs(project, folder);
  }
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('typedoc has warnings: see above');
}

/**
 * The words of a type that is a union of strings. `keyof typeof table` says nothing to a reader.
 *
 * @param {import('typedoc').Context} context
 * @param {import('typedoc').DeclarationReflection} reflection
 */
function wordsOf(context, reflection) {
  const symbol = context.getSymbolFromReflection(reflection);
  if (!reflection.kindOf(ReflectionKind.TypeAlias) || symbol === undefined) return undefined;
  const type = context.checker.getDeclaredTypeOfSymbol(symbol);
  if (!type.isUnion()) return undefined;
  const words = type.types.flatMap((each) => (each.isStringLiteral() ? [new LiteralType(each.value)] : []));
  return words.length === type.types.length ? new UnionType(words) : undefined;
}

/**
 * @param {import('typedoc').ProjectReflection} project
 * @param {Readonly<Record<string, string>>} subpaths
 */
function nameModules(project, subpaths) {
  const names = new Map(
    Object.entries(subpaths).map(([subpath, source]) => [
      source.replace(/^src\/|\.ts$/g, '').replace(/\/index$/, ''),
      `oauth-mtls${subpath.slice(1)}`,
    ]),
  );
  for (const module of project.children ?? []) module.name = names.get(module.name) ?? module.name;
}
