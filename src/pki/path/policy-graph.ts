import type { Budget } from '../budget.js';
import type { PathCertificate } from '../certificate/path-certificate.js';
import { ANY_POLICY, type PolicyMappings } from '../certificate/policy-extensions.js';

/** The inputs of policy processing (RFC 5280 §6.1.1(c), (e), (f), (g)). */
export interface PolicyInputs {
  /** Acceptable policies, as dotted object identifiers. Default: any policy. */
  readonly initialPolicies?: readonly string[];
  /** Whether the path must be valid for at least one of them. Default false. */
  readonly requireExplicitPolicy?: boolean;
  /** Whether policy mappings are ignored. Default false. */
  readonly inhibitPolicyMapping?: boolean;
  /** Whether anyPolicy in a certificate matches no policy. Default false. */
  readonly inhibitAnyPolicy?: boolean;
}

/** A policy that is valid at one depth of the path. */
interface PolicyNode {
  readonly policy: string;
  readonly parents: readonly PolicyNode[];
  /** Policies in the next certificate that satisfy this one. */
  expected: ReadonlySet<string>;
}

/** The nodes of one depth, by policy. `parents` leads to the depths above. */
type Depth = Map<string, PolicyNode>;

/**
 * Processes the policies of a path and returns the user-constrained-policy-set: the policies for which the path is
 * valid, including `2.5.29.32.0` (anyPolicy) if nothing limits it. The graph grows with the size of the certificates,
 * not exponentially with the length of the path.
 *
 * @param path target first, anchor last; the anchor is not part of the path for this purpose
 * @throws MtlsError ERR_PATH_POLICY, ERR_PATH_LIMIT
 * @see RFC 5280 §6.1.2 to §6.1.5, RFC 9618 §5
 */
export function processPolicies(
  path: readonly PathCertificate[],
  inputs: PolicyInputs,
  budget: Budget,
): readonly string[] {
  const certificates = path.slice(0, -1).reverse();
  const n = certificates.length;
  // RFC 5280 §6.1.2(d), (e), (f): n + 1 is beyond the path
  let explicitPolicy = inputs.requireExplicitPolicy === true ? 0 : n + 1;
  let policyMapping = inputs.inhibitPolicyMapping === true ? 0 : n + 1;
  let inhibitAnyPolicy = inputs.inhibitAnyPolicy === true ? 0 : n + 1;
  // RFC 9618 §5.2 (RFC 5280 §6.1.2(a)); an empty depth means that the graph is NULL
  let depth: Depth = new Map([[ANY_POLICY, { policy: ANY_POLICY, parents: [], expected: new Set([ANY_POLICY]) }]]);

  for (const [index, certificate] of certificates.entries()) {
    const {
      policies,
      policyMappings,
      policyConstraints,
      inhibitAnyPolicy: skipAny = Infinity,
    } = certificate.extensions;
    const last = index === n - 1;
    // only relevant for authorities
    const selfIssued = !last && certificate.selfIssued;
    // RFC 9618 §5.3 (RFC 5280 §6.1.3(d), (e))
    const anyAllowed = inhibitAnyPolicy > 0 || selfIssued;
    let next: Depth =
      policies === undefined ? new Map<string, PolicyNode>() : descend(depth, policies, anyAllowed, budget);
    // RFC 5280 §6.1.3(f)
    if (explicitPolicy === 0 && next.size === 0) throw certificate.error('ERR_PATH_POLICY');
    if (last) {
      // RFC 5280 §6.1.5(a), (b)
      if (explicitPolicy > 0) explicitPolicy--;
      if (policyConstraints?.requireExplicitPolicy === 0) explicitPolicy = 0;
    } else {
      // RFC 5280 §6.1.4(b) as RFC 9618 §5.4 has it
      if (policyMappings) next = mapPolicies(depth, next, policyMappings, policyMapping > 0, budget);
      // RFC 5280 §6.1.4(h), (i), (j)
      if (!selfIssued) {
        if (explicitPolicy > 0) explicitPolicy--;
        if (policyMapping > 0) policyMapping--;
        if (inhibitAnyPolicy > 0) inhibitAnyPolicy--;
      }
      explicitPolicy = Math.min(explicitPolicy, policyConstraints?.requireExplicitPolicy ?? Infinity);
      policyMapping = Math.min(policyMapping, policyConstraints?.inhibitPolicyMapping ?? Infinity);
      inhibitAnyPolicy = Math.min(inhibitAnyPolicy, skipAny);
    }
    depth = next;
  }

  const valid = userConstrained(depth, inputs.initialPolicies, budget);
  // RFC 5280 §6.1.5, last paragraph, as RFC 9618 §5.5 has it
  if (explicitPolicy === 0 && valid.length === 0) throw path[0]!.error('ERR_PATH_POLICY');
  return valid;
}

/** RFC 5280 §6.1.3(d) as RFC 9618 §5.3 has it: the nodes that a certificate adds. */
function descend(above: Depth, policies: ReadonlySet<string>, anyAllowed: boolean, budget: Budget): Depth {
  // the nodes above that expect each policy
  const expecting = new Map<string, PolicyNode[]>();
  for (const node of above.values()) {
    budget.spend('nameComparisons', node.expected.size);
    for (const policy of node.expected) {
      const nodes = expecting.get(policy);
      if (nodes === undefined) expecting.set(policy, [node]);
      else nodes.push(node);
    }
  }
  const depth: Depth = new Map();
  const add = (policy: string, parents: readonly PolicyNode[]): void => {
    depth.set(policy, { policy, parents, expected: new Set([policy]) });
  };
  const any = above.get(ANY_POLICY);
  budget.spend('nameComparisons', policies.size);
  for (const policy of policies) {
    if (policy === ANY_POLICY) continue;
    // (1)(i), and (1)(ii) if no node expects it
    const parents = expecting.get(policy) ?? (any && [any]);
    if (parents !== undefined) add(policy, parents);
  }
  // (2): anyPolicy matches each expected policy that is not listed
  if (anyAllowed && policies.has(ANY_POLICY)) {
    for (const [policy, parents] of expecting) if (!depth.has(policy)) add(policy, parents);
  }
  return depth;
}

/** RFC 5280 §6.1.4(b) as RFC 9618 §5.4 has it. */
function mapPolicies(above: Depth, depth: Depth, mappings: PolicyMappings, followed: boolean, budget: Budget): Depth {
  const any = depth.get(ANY_POLICY);
  budget.spend('nameComparisons', mappings.size);
  for (const [policy, mapped] of mappings) {
    const node = depth.get(policy);
    if (!followed) {
      // (2)
      depth.delete(policy);
    } else if (node !== undefined) {
      // (1)
      node.expected = mapped;
    } else if (any !== undefined) {
      // (1), if only anyPolicy matches it: a child of the anyPolicy above
      depth.set(policy, { policy, parents: [above.get(ANY_POLICY)!], expected: mapped });
    }
  }
  return depth;
}

/** RFC 5280 §6.1.5(g) as RFC 9618 §5.5 has it. */
function userConstrained(depth: Depth, initial: readonly string[] | undefined, budget: Budget): readonly string[] {
  // the policies in the first certificates: nodes directly below anyPolicy that lead to the last depth
  const authority = new Set<string>();
  const seen = new Set<PolicyNode>();
  const pending = [...depth.values()];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    budget.spend('nameComparisons', 1 + node.parents.length);
    if (node.policy === ANY_POLICY) continue;
    if (node.parents.length === 1 && node.parents[0]!.policy === ANY_POLICY) authority.add(node.policy);
    else pending.push(...node.parents);
  }
  if (depth.has(ANY_POLICY)) authority.add(ANY_POLICY);
  if (initial === undefined || initial.includes(ANY_POLICY)) return [...authority];
  return authority.has(ANY_POLICY) ? initial : initial.filter((policy) => authority.has(policy));
}
