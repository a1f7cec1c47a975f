import type { ParseArgsConfig } from 'node:util';
import type { Report } from './reports/report.js';

/** Values of options by name. An option that may be repeated is a list. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** The environment of a command. A command prints nothing itself. */
export interface CommandContext {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
  /** The time of the decision: `--at`, or the current time. */
  readonly now: Date;
  /** Reads a file, or standard input for `-`. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Names the current step, which is shown on standard error if it takes longer than a second. */
  readonly progress: (step: string) => void;
  /** Prints lines immediately, for a command that keeps running. */
  readonly print: (text: string) => void;
  /** Resolves when the user presses Ctrl-C, which no longer ends the process after the first call. */
  readonly interrupted: () => Promise<void>;
}

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Arguments after the name of the command. */
  readonly usage: string;
  /** Further lines of the help text. */
  readonly help: readonly string[];
  readonly options: NonNullable<ParseArgsConfig['options']>;
  readonly run: (context: CommandContext) => Promise<Report>;
}

/** Wrong arguments or unreadable input: exit code 2. The message never contains content of a file. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A text option. Undefined if it was not given. */
export function textOption({ values }: CommandContext, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Every value of an option that may be repeated. */
export function listOption({ values }: CommandContext, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The file that a command reads. Default: standard input. */
export function inputPath({ positionals }: CommandContext): string {
  if (positionals.length > 1) throw new UsageError('Too many arguments: give one file, or - for standard input');
  return positionals[0] ?? '-';
}

/** The value of an option with a fixed set of words. */
export function choice<Word extends string>(
  context: CommandContext,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = textOption(context, name);
  if (value === undefined) return undefined;
  const word = words.find((each) => each === value);
  if (word === undefined) throw new UsageError(`--${name} must be one of ${words.join(', ')}`);
  return word;
}
