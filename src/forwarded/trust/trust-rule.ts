/** How a `trust` of this library recognises the proxy. The reason of a refusal. */
export type TrustRule = 'address' | 'unix-socket' | 'shared-secret' | 'proxy-certificate';

/** The rule of each predicate of this library. A custom function has none. */
const rules = new WeakMap<object, TrustRule>();

/** Records the rule of a predicate, so that a refusal can name it. */
export function withRule<Predicate extends object>(rule: TrustRule, predicate: Predicate): Predicate {
  rules.set(predicate, rule);
  return predicate;
}

export function ruleOf(predicate: object): TrustRule | undefined {
  return rules.get(predicate);
}
