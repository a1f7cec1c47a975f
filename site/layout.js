import { posix } from 'node:path';

import { escapeHtml } from './escape-html.js';

/** A page loads the style sheet and images of the site, and nothing else. */
const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/**
 * @typedef {object} Page
 * @property {string} path in the site
 * @property {string} title
 * @property {string} content HTML
 * @property {readonly import('./render-markdown.js').Heading[]} [headings]
 * @property {string} [policy] a Content-Security-Policy
 * @property {string} [script] in the site
 * @property {string} [description]
 *
 * @typedef {Readonly<Record<string, Readonly<Record<string, string>>>>} Contents titles of sections, and in each the
 *   pages with their titles
 */

/** The links at the top of each page. */
export const topLinks = Object.freeze({
  'oauth-mtls': 'index.html',
  Inspector: 'inspector.html',
  Reference: 'api/index.html',
});

/**
 * A whole page. There is no script in it but `script`.
 *
 * @param {Page} page
 * @param {Contents} contents
 */
export function layOut({ path, title, content, headings = [], policy = POLICY, script, description }, contents) {
  /** @param {string} target */
  const to = (target) => escapeHtml(posix.relative(posix.dirname(path), target));
  /** @param {string} target @param {string} text */
  const link = (target, text) =>
    `<a href="${to(target)}"${target === path ? ' aria-current="page"' : ''}>${escapeHtml(text)}</a>`;
  const sections = headings.filter(({ depth }) => depth === 2);
  const here = sections.map(({ id, text }) => `<li><a href="#${id}">${text}</a></li>`).join('');
  const lists = Object.entries(contents).map(([section, pages]) => {
    const items = Object.entries(pages).map(
      ([target, text]) => `<li>${link(target, text)}${target === path && here !== '' ? `<ul>${here}</ul>` : ''}</li>`,
    );
    return `<h2>${escapeHtml(section)}</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${description === undefined ? '' : `<meta name="description" content="${escapeHtml(description)}">\n`}<title>${escapeHtml(title)}${path === 'index.html' ? '' : ' – oauth-mtls'}</title>
<link rel="icon" href="${to('icon.svg')}">
<link rel="stylesheet" href="${to('style.css')}">
${script === undefined ? '' : `<script src="${to(script)}" defer></script>\n`}</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><nav aria-label="Site">${Object.entries(topLinks)
    .map(([text, target]) => link(target, text))
    .join(' ')} <a class="to-contents" href="#contents">Contents</a></nav></header>
<div class="columns">
<main id="main">
${content}
</main>
<nav id="contents" aria-label="Contents">
${lists.join('\n')}
</nav>
</div>
</body>
</html>
`;
}
