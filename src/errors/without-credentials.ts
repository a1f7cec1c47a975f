/**
 * Removes user name and password from a URL, or from a text that is not a URL, for the detail of an error. In a text in
 * which their end is not certain, everything before the last `@` is removed.
 */
export function withoutCredentials(url: string): string {
  const end = url.lastIndexOf('@');
  if (end === -1 || hasNone(url)) return url;
  const [start] = /^(?:[^:/\\?#@]*:)?[/\\]*/.exec(url)!;
  return start + url.slice(end + 1);
}

/** Whether a text is a URL with a host and without credentials. An `@` is then part of the path, query or fragment. */
function hasNone(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  // in other schemes, such as `user:password@host`, everything may be the path
  return /^https?:$/.test(url.protocol) && !hasCredentials(url);
}

export function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}
