/** A URL without its user name and password, for the detail of an error. Also of a text that is no URL. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([^/?#]*\/\/)[^/?#]*@/, '$1');
}
