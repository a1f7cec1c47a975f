import { lexer, Parser, Renderer } from 'marked';

import { escapeHtml } from './escape-html.js';
import { highlight } from './highlight.js';

/**
 * @typedef {object} Heading
 * @property {number} depth
 * @property {string} text without marks
 * @property {string} id
 */

/**
 * A Markdown document as HTML, and its headings. Ids of headings are those that GitHub gives.
 *
 * @param {string} text
 * @param {(href: string) => string} resolve what a link of the document leads to on the site
 */
export function renderMarkdown(text, resolve) {
  /** @type {Heading[]} */
  const headings = [];
  const taken = new Map();
  const renderer = new Renderer();

  renderer.heading = ({ depth, tokens }) => {
    const plain = renderer.parser.parseInline(tokens, renderer.parser.textRenderer);
    const slug = plain
      .toLowerCase()
      .replace(/&[a-z]+;|[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const count = Number(taken.get(slug) ?? 0);
    taken.set(slug, count + 1);
    const id = count === 0 ? slug : `${slug}-${count}`;
    headings.push({ depth, text: plain, id });
    const content = renderer.parser.parseInline(tokens);
    const anchor = depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
    return `<h${depth} id="${id}">${content}${anchor}</h${depth}>\n`;
  };
  renderer.link = ({ href, tokens }) =>
    `<a href="${escapeHtml(resolve(href))}">${renderer.parser.parseInline(tokens)}</a>`;
  renderer.image = ({ href, text: description }) =>
    `<img src="${escapeHtml(resolve(href))}" alt="${escapeHtml(description)}">`;
  renderer.code = ({ text: code, lang }) => `<pre tabindex="0"><code>${highlight(code, lang)}</code></pre>\n`;
  const table = renderer.table.bind(renderer);
  // a table that is wider than the page scrolls by itself
  renderer.table = (token) => `<div class="scroll" tabindex="0">${table(token)}</div>\n`;

  const html = new Parser({ renderer }).parse(lexer(text));
  return { html, headings };
}
