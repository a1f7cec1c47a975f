/** Removes user name and password from a URL, or from a text that is not a URL, for the detail of an error. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([^/?#]*\/\/)[^/?#]*@/, '$1');
}
