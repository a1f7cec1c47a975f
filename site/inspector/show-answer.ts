import { printable } from '../../src/cli/printable.js';
import type { Inspection } from '../../src/cli/reports/inspect-certificates.js';
import type { Report } from '../../src/cli/reports/report.js';
import type { Answer } from './read-answer.js';

/**
 * Shows an answer in an element with a status line and a body. All text is set as text, never as HTML, and characters
 * that hide or reorder text are escaped.
 */
export function showAnswer(place: Element, answer: Answer): void {
  const status = place.querySelector('[role=status]')!;
  const body = place.querySelector('.body')!;
  const verdict = answer === undefined ? '' : 'problem' in answer ? 'unreadable' : answer.verdict ? 'yes' : 'no';
  place.setAttribute('data-verdict', verdict);
  const text = answer === undefined ? '' : 'problem' in answer ? answer.problem : statusText(answer);
  // a live region speaks when its text changes, and only then
  if (status.textContent !== text) status.textContent = text;
  body.replaceChildren(...(answer === undefined || 'problem' in answer ? [] : sectionsOf(answer)));
}

function statusText({ summary, sections }: Report): string {
  const rows = sections.flatMap((section) => section.rows);
  const explanation = rows.find(([label]) => label === 'Explanation')?.[1];
  return printable(explanation === undefined ? summary : `${summary} ${explanation}`);
}

function sectionsOf({ sections, data }: Report): Element[] {
  const shown = sections.filter(({ title }) => title !== 'Register one of');
  const elements = shown.flatMap(({ title, rows }) => [
    ...(title === '' ? [] : [element('h3', title)]),
    list(rows.filter(([label]) => label !== 'Explanation')),
  ]);
  const inspections = 'certificates' in data ? (data.certificates as readonly Inspection[]) : [];
  const registrations = inspections.flatMap(({ register }) => register);
  if (registrations.length > 0) {
    elements.push(
      element('h3', registrations.length === 1 ? 'Register' : 'Register one of these'),
      ...registrations.map(registration),
    );
  }
  return elements;
}

function list(rows: readonly (readonly [label: string, text: string])[]): Element {
  const terms = rows.map(([label, text]) => {
    const row = element('div');
    const value = element('dd', text);
    if (label.startsWith('Register as ')) value.append(copyButton(label, text));
    row.append(element('dt', label), value);
    return row;
  });
  const all = element('dl');
  all.append(...terms);
  return all;
}

/** Client metadata, as it is sent to a registration endpoint. */
function registration(metadata: Inspection['register'][number]): Element {
  const json = JSON.stringify(metadata, undefined, 2);
  const block = element('div');
  block.className = 'registration';
  const code = element('pre');
  code.textContent = json.split('\n').map(printable).join('\n');
  code.tabIndex = 0;
  const name = Object.keys(metadata).find((member) => member !== 'token_endpoint_auth_method') ?? '';
  block.append(code, copyButton(name, json));
  return block;
}

function copyButton(name: string, text: string): HTMLElement {
  const button = element('button', 'Copy');
  button.setAttribute('type', 'button');
  button.setAttribute('aria-label', printable(`Copy ${name}`));
  button.addEventListener('click', () => {
    const done = () => (button.textContent = 'Copied');
    const failed = () => (button.textContent = 'Select and copy by hand');
    navigator.clipboard.writeText(text).then(done, failed);
  });
  return button;
}

function element(name: string, text = ''): HTMLElement {
  const made = document.createElement(name);
  made.textContent = printable(text);
  return made;
}
