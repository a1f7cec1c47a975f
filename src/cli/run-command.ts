import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError, type Command, type CommandContext, type OptionValues } from './command.js';
import { commands } from './command-table.js';
import { commandHelp, overview } from './help.js';
import { printReport, styleFor } from './print-report.js';
import { printable } from './printable.js';
import { createProgress } from './progress.js';
import { readInput } from './read-input.js';
import { holdsPrivateKey } from './reports/private-key.js';

/** The part of a process that a command uses. */
export interface CommandProcess {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  once(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

const GLOBAL_OPTIONS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  at: { type: 'string' },
} as const;

/**
 * Runs `oauth-mtls` with these arguments and returns its exit code: 0 for yes, 1 for no, 2 for wrong arguments or
 * unreadable input.
 */
export async function runCommand(args: readonly string[], process: CommandProcess): Promise<number> {
  const progress = createProgress((text) => process.stderr.write(text));
  try {
    return await dispatch(args, process, progress.step);
  } catch (error) {
    process.stderr.write(`oauth-mtls: ${printable(describe(error))}\n`);
    return 2;
  } finally {
    progress.stop();
  }
}

async function dispatch(
  args: readonly string[],
  process: CommandProcess,
  progress: (step: string) => void,
): Promise<number> {
  const [name = 'help', ...rest] = args;
  const style = styleFor(process.stdout.isTTY === true, process.env);
  if (name === '--version') return print(process, `${version()}\n`);
  if (['help', '--help', '-h'].includes(name)) {
    return print(process, rest[0] === undefined ? overview(style) : commandHelp(...find(rest[0]), style));
  }
  const [found, command] = find(name);
  const { values, positionals } = parse(command, rest);
  if (values.help === true) return print(process, commandHelp(found, command, style));
  const context: CommandContext = {
    values,
    positionals,
    now: readTime(values.at),
    progress,
    read(path) {
      progress(path === '-' ? 'reading standard input' : 'reading files');
      return readInput(path, process.stdin);
    },
    print: (text) => void process.stdout.write(text),
    interrupted: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
      }),
  };
  const report = await command.run(context);
  print(process, printReport(report, style, values.json === true));
  return report.verdict ? 0 : 1;
}

function find(name: string): [string, Command] {
  const command = commands.get(name);
  if (command === undefined) throw new UsageError('Unknown command; run "oauth-mtls help" for the list');
  return [name, command];
}

function parse(command: Command, args: string[]): { values: OptionValues; positionals: string[] } {
  try {
    const options = { ...command.options, ...GLOBAL_OPTIONS };
    const parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
    // messages and reports repeat file names and registered values
    const given = [parsed.positionals, ...Object.values(parsed.values)].flat();
    if (given.some((each) => typeof each === 'string' && holdsPrivateKey(each))) {
      throw new UsageError('An argument contains a private key; other users of this machine can see arguments');
    }
    return parsed;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    // an argument that starts with dashes may be a key in PEM, so only a valid name is repeated
    const [, option] = /^Unknown option '(-{1,2}[\w-]{1,40})'/.exec(message) ?? [];
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw new UsageError(`Unknown option ${option ?? ''}`.trimEnd());
    if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') throw new UsageError(message.split('\n')[0]);
    throw error;
  }
}

function readTime(at: OptionValues[string]): Date {
  if (at === undefined) return new Date();
  const time = new Date(String(at));
  if (Number.isNaN(time.getTime())) throw new UsageError('--at must be a time such as 2026-01-31T12:00:00Z');
  return time;
}

function describe(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  // a fault of the library or of this command: the message may contain input, so only the code or name is printed
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return `unexpected error (${String(code ?? name)}); please report it`;
}

function print(process: CommandProcess, text: string): 0 {
  process.stdout.write(text);
  return 0;
}

function version(): string {
  // dist/cli.js and src/cli/run-command.ts are at different depths
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'oauth-mtls') return version!;
    } catch {
      // the other path
    }
  }
  return 'unknown';
}
