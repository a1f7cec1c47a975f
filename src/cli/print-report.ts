import { printable, printableJson } from './printable.js';
import type { Report } from './reports/report.js';

/** Styles for text on a terminal. */
export interface Style {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly title: (text: string) => string;
}

/** No style, for files and pipes. */
const plain: Style = { good: (text) => text, bad: (text) => text, title: (text) => text };
const colours: Style = { good: sgr(32), bad: sgr(31), title: sgr(1) };

/** Colours on a terminal, unless NO_COLOR is set (https://no-color.org) or the terminal does not support them. */
export function styleFor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Style {
  const { NO_COLOR: noColor = '', TERM: term } = env;
  return isTerminal && noColor === '' && term !== 'dumb' ? colours : plain;
}

/** Writes a report as text or JSON. */
export function printReport(report: Report, style: Style, json: boolean): string {
  if (json) return `${printableJson(report.data)}\n`;
  const { output, summary, verdict, sections } = report;
  if (output !== undefined) return output;
  const mark = verdict ? style.good : style.bad;
  const head = summary === '' ? '' : `${mark(`${verdict ? '✓' : '✗'} ${summary}`)}\n`;
  const width = Math.max(0, ...sections.flatMap(({ rows }) => rows.map(([label]) => label.length)));
  const blocks = sections.map(({ title, rows }) => {
    const lines = rows.map(([label, text]) => `  ${printable(label).padEnd(width)}  ${printable(text)}\n`);
    return `${title === '' ? '' : `${style.title(title)}\n`}${lines.join('')}`;
  });
  return [head, ...blocks].join('\n').replace(/^\n/, '');
}

function sgr(code: number): (text: string) => string {
  return (text) => `\u001b[${code}m${text}\u001b[0m`;
}
