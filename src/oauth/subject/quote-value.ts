const LONGEST = 200;

/** Controls, format and private-use characters, lone surrogates, separators that break lines, and quotation marks. */
const ESCAPED = /[\p{C}\p{Zl}\p{Zp}"]/gu;

/** Quotes a value for a log line. Truncates it to 200 characters, and escapes unprintable characters. */
export function quoteValue(value: string): string {
  const shown = value.slice(0, LONGEST);
  const text = shown.replace(ESCAPED, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return `"${text}"${shown.length < value.length ? '…' : ''}`;
}
