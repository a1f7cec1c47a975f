/** RFC 1034 §3.5 with the digits of RFC 1123 §2.1. Underscores are common. The strict profile refuses them. */
const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const ONE_LABEL = new RegExp(`^${LABEL}$`);
// RFC 1034 §3.1: 255 octets on the wire are 253 characters
const NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);

/** Whether a text is one label of a DNS name. */
export function isDnsLabel(text: string): boolean {
  return ONE_LABEL.test(text);
}

/** Whether a text is a DNS name without a final dot. A wildcard is not a DNS name. */
export function isDnsName(text: string): boolean {
  return NAME.test(text);
}
