import type { ParseArgsConfig } from 'node:util';
import type { Report } from './reports/report.js';

/** Values of options by name. An option that may be given several times is a list. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** What a command works with. It prints nothing itself. */
export interface CommandContext {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
  /** The moment of the decision: `--at`, or the present. */
  readonly now: Date;
  /** Reads a file, or standard input for `-`. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Names the step that is running; shown on standard error when it takes longer than a second. */
  readonly progress: (step: string) => void;
  /** Prints lines at once, for a command that stays up. */
  readonly print: (text: string) => void;
  /** Resolves when the user ends the command; from the first call on, Ctrl-C does nothing else. */
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

/** A mistake of the user or an input that cannot be read: exit code 2. The message never repeats content of a file. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A text option; undefined where it was not given. */
export function textOption({ values }: CommandContext, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Every value of an option that may be given several times. */
export function listOption({ values }: CommandContext, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The one file that a command reads; standard input where none is named. */
export function inputPath({ positionals }: CommandContext): string {
  if (positionals.length > 1) throw new UsageError('Too many arguments: give one file, or - for standard input');
  return positionals[0] ?? '-';
}

/** The value of an option that takes one of a few words. */
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
