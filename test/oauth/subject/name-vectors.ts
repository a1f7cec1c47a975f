import { readFileSync } from 'node:fs';

import type { Certificate, TlsClientAuthParameter } from 'oauth-mtls';
import type { TestAttribute, TestSubjectAltName } from 'oauth-mtls/testing';

import { fromRoot } from '../../../subpaths.js';
import { context, DerReader, TAG } from '../../../src/encoding/der.js';
import { sequence, tlv } from '../../../src/testing/der-writer.js';
import { encodeSubject, encodeSubjectAltNames } from '../../../src/testing/names.js';
import { splicedCertificate } from './spliced-certificate.js';

type Text = string | { readonly hex: string };

/** A case of fixtures/name-matching.json; fixtures/README.md describes the members. */
export interface NameVector {
  readonly id: string;
  readonly kind: 'dn' | 'dns' | 'uri' | 'ip' | 'email';
  readonly certificate: {
    readonly subject?: readonly (readonly TestAttribute[])[] | null;
    readonly san?: readonly (readonly [type: string, value: unknown])[];
  };
  readonly expected: string;
  readonly result: 'match' | 'no-match' | 'invalid-metadata';
  readonly why: string;
}

export function readNameVectors(): readonly NameVector[] {
  return JSON.parse(readFileSync(fromRoot('fixtures/name-matching.json'), 'utf8')) as NameVector[];
}

export function parameterOf({ kind }: NameVector): TlsClientAuthParameter {
  return kind === 'dn' ? 'tls_client_auth_subject_dn' : `tls_client_auth_san_${kind}`;
}

/** A certificate with the names of a vector. */
export function certificateOf({ certificate: { subject, san } }: NameVector): Certificate {
  return splicedCertificate({
    subject: encodeName(subject ?? []),
    san: san && encodeSubjectAltNames(san.map(alternativeName)),
  });
}

/** A Name whose attributes stand in the given order, where the test kit would sort them. */
function encodeName(rdns: readonly (readonly TestAttribute[])[]): Uint8Array<ArrayBuffer> {
  return sequence(...rdns.map((rdn) => tlv(TAG.SET, ...rdn.map(encodeAttribute))));
}

/** AttributeTypeAndValue: what stands inside the only RDN of a name. */
function encodeAttribute(attribute: TestAttribute): Uint8Array {
  return new DerReader(encodeSubject([[attribute]])).expect(TAG.SEQUENCE).enter().expect(TAG.SET).content();
}

function alternativeName([type, value]: readonly [string, unknown]): TestSubjectAltName {
  switch (type) {
    case 'dNSName':
      return { type: 'dns', value: value as Text };
    case 'uniformResourceIdentifier':
      return { type: 'uri', value: value as Text };
    case 'rfc822Name':
      return { type: 'email', value: value as Text };
    case 'iPAddress':
      return { type: 'ip', value: value as Text };
    case 'directoryName':
      return { type: 'dn', value: { hex: hex(encodeName(value as TestAttribute[][])) } };
    case 'otherName': {
      // RFC 5280 §4.2.1.6: OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT ANY }, itself [0] in GeneralName
      const parts = new DerReader(encodeAttribute(value as TestAttribute)).expect(TAG.SEQUENCE).enter();
      const typeId = parts.expect(TAG.OID).element();
      parts.next();
      return {
        type: 'other',
        value: { hex: hex(tlv(context(0, true), typeId, tlv(context(0, true), parts.element()))) },
      };
    }
    default:
      throw new TypeError(`Unknown name type ${type}`);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
