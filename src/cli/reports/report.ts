/** A group of labelled lines. */
export interface ReportSection {
  readonly title: string;
  readonly rows: readonly (readonly [label: string, text: string])[];
}

/**
 * The result of a command, and of the corresponding page in a browser. `verdict` and `data` are the results of the
 * library. The sections are human-readable.
 */
export interface Report {
  /** Exit code 0 or 1. */
  readonly verdict: boolean;
  /** One line. Empty if the sections are sufficient. */
  readonly summary: string;
  readonly sections: readonly ReportSection[];
  /** Printed with `--json`. */
  readonly data: object;
  /** Printed instead of summary and sections, for output to a file or another command. */
  readonly output?: string;
}

/** Rows with a text. */
export function rowsOf(
  rows: readonly (readonly [label: string, text: string | undefined])[],
): (readonly [label: string, text: string])[] {
  return rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '');
}

/** A point in time as RFC 3339 without a fraction. */
export function timeText(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
