/** Controls, and characters that reorder or hide text: what a certificate or a token says must not drive a terminal. */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** One line of text for a terminal: characters that do not print are written as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escape);
}

/** JSON with the same characters escaped, which JSON itself permits. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(/[^\n]/g, (character) => character.replace(UNPRINTABLE, escape));
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
