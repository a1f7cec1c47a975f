import type { Command } from './command.js';
import { commands } from './command-table.js';
import type { Style } from './print-report.js';

const COMMON = [
  'FILE is PEM (text around the blocks is ignored), DER, or base64; - is standard input.',
  '--json prints JSON. --at TIME sets the time of the checks. --help explains a command.',
  'Exit code: 0 for yes, 1 for no, 2 for wrong arguments or unreadable input.',
];

/** The list of commands. */
export function overview(style: Style): string {
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`);
  return ['Usage: oauth-mtls COMMAND [OPTIONS] [FILE]', '', style.title('Commands'), ...lines, '', ...COMMON, ''].join(
    '\n',
  );
}

/** The help text of one command. */
export function commandHelp(name: string, { summary, usage, help }: Command, style: Style): string {
  return [
    style.title(`oauth-mtls ${name} ${usage}`),
    '',
    summary,
    ...(help.length > 0 ? ['', ...help] : []),
    '',
    ...COMMON,
    '',
  ].join('\n');
}
