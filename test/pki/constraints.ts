import type { TestExtension, TestSubjectAltName } from 'oauth-mtls/testing';
import { context, DerReader, TAG } from '../../src/encoding/der.js';
import { oid, sequence, tlv } from '../../src/testing/der-writer.js';
import { encodeSubjectAltNames } from '../../src/testing/names.js';

/** A GeneralName: octets in hexadecimal for `ip` and `other`, text for the rest. */
export type TestGeneralName = readonly [form: TestSubjectAltName['type'], value: string];

export interface TestNameConstraints {
  readonly permitted?: readonly TestGeneralName[];
  readonly excluded?: readonly TestGeneralName[];
}

/** A nameConstraints extension (RFC 5280 §4.2.1.10). */
export function nameConstraints({ permitted, excluded }: TestNameConstraints, critical = true): TestExtension {
  const subtrees = (names: readonly TestGeneralName[]) => names.map((name) => sequence(generalName(name)));
  return {
    oid: '2.5.29.30',
    critical,
    value: sequence(
      ...(permitted ? [tlv(context(0, true), ...subtrees(permitted))] : []),
      ...(excluded ? [tlv(context(1, true), ...subtrees(excluded))] : []),
    ),
  };
}

export function generalName([type, value]: TestGeneralName): Uint8Array {
  const octets = type === 'ip' || type === 'other';
  const names = encodeSubjectAltNames([{ type, value: octets ? { hex: value } : value }]);
  return new DerReader(names).expect(TAG.SEQUENCE).content();
}

/** A certificatePolicies extension (RFC 5280 §4.2.1.4). */
export function certificatePolicies(...policies: readonly string[]): TestExtension {
  return { oid: '2.5.29.32', value: sequence(...policies.map((policy) => sequence(oid(policy)))) };
}

/** A policyMappings extension (RFC 5280 §4.2.1.5): issuerDomainPolicy, subjectDomainPolicy. */
export function policyMappings(...mappings: readonly (readonly [string, string])[]): TestExtension {
  const value = sequence(...mappings.map(([issuer, subject]) => sequence(oid(issuer), oid(subject))));
  return { oid: '2.5.29.33', critical: true, value };
}

/** A policyConstraints extension (RFC 5280 §4.2.1.11). */
export function policyConstraints(constraints: { explicit?: number; mapping?: number }): TestExtension {
  const { explicit, mapping } = constraints;
  const parts = [
    ...(explicit === undefined ? [] : [tlv(context(0), Uint8Array.of(explicit))]),
    ...(mapping === undefined ? [] : [tlv(context(1), Uint8Array.of(mapping))]),
  ];
  return { oid: '2.5.29.36', critical: true, value: sequence(...parts) };
}

/** An inhibitAnyPolicy extension (RFC 5280 §4.2.1.14). */
export function inhibitAnyPolicy(skip: number): TestExtension {
  return { oid: '2.5.29.54', critical: true, value: tlv(TAG.INTEGER, Uint8Array.of(skip)) };
}
