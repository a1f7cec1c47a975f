/** How a `trust` of this library recognises the proxy; the reason of a refusal. */
export type TrustRule = 'address' | 'unix-socket' | 'shared-secret' | 'proxy-certificate';

/** The rule of each predicate that was made here; none for a function of the caller. */
const rules = new WeakMap<object, TrustRule>();

/** Remembers by which rule a predicate decides, so that a refusal can name it. */
export function withRule<Predicate extends object>(rule: TrustRule, predicate: Predicate): Predicate {
  rules.set(predicate, rule);
  return predicate;
}

export function ruleOf(predicate: object): TrustRule | undefined {
  return rules.get(predicate);
}
