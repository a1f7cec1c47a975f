import { escapeHtml } from './escape-html.js';

/** Comments, strings and words with a meaning of their own, for the languages of the documents. */
const TOKENS = {
  script:
    /(?<comment>\/\/[^\n]*|\/\*[^]*?\*\/)|(?<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|(?<keyword>\b(?:async|await|catch|class|const|declare|else|export|extends|for|from|function|if|import|interface|let|new|of|return|throw|try|type|typeof|while)\b)/g,
  shell: /(?<comment>(?<=^|\s)#[^\n]*)|(?<string>'[^'\n]*'|"(?:\\.|[^"\\\n])*")/gm,
};
const LANGUAGES = new Map([
  ...['ts', 'js', 'json', 'java'].map((language) => /** @type {const} */ ([language, TOKENS.script])),
  ...['sh', 'yaml', 'conf', 'nginx', 'Caddyfile', 'cfg'].map(
    (language) => /** @type {const} */ ([language, TOKENS.shell]),
  ),
]);

/**
 * Code as HTML. Another language is shown as it is.
 *
 * @param {string} code
 * @param {string} [language]
 */
export function highlight(code, language = '') {
  const tokens = LANGUAGES.get(language);
  if (tokens === undefined) return escapeHtml(code);
  let html = '';
  let end = 0;
  for (const { 0: text, index, groups = {} } of code.matchAll(tokens)) {
    const [kind] = Object.entries(groups).find(([, found]) => found !== undefined) ?? [];
    html += `${escapeHtml(code.slice(end, index))}<span class="${kind}">${escapeHtml(text)}</span>`;
    end = index + text.length;
  }
  return html + escapeHtml(code.slice(end));
}
