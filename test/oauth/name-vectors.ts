import { readFileSync } from 'node:fs';

import type { Certificate, TlsClientAuthParameter } from 'oauth-mtls';
import { selfSignedCertificate, type TestAttribute, type TestSubject, type TestSubjectAltName } from 'oauth-mtls/testing';

import { fromRoot } from '../../subpaths.js';
import { concat, oid, tlv } from '../../src/testing/der-writer.js';
import { createKeyPair } from '../../src/testing/key-pair.js';
import { encodeSubject } from '../../src/testing/names.js';

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

const keyPair = createKeyPair('P-256');

/** A certificate with the names of a vector. */
export async function certificateOf({ certificate: { subject, san } }: NameVector): Promise<Certificate> {
  const { certificate } = await selfSignedCertificate({
    subject: (subject ?? '') as TestSubject,
    san: san?.map(alternativeName),
    keyPair: await keyPair,
  });
  return certificate;
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
      return { type: 'dn', value: { hex: hex(encodeSubject(value as TestSubject)) } };
    case 'otherName': {
      const [typeId, stringType, text] = value as TestAttribute;
      // RFC 5280 §4.2.1.6: OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT ANY }, [0] in GeneralName
      const attribute = encodeSubject([[[typeId, stringType, text]]]);
      const element = attribute.subarray(6 + oid(typeId).length);
      return { type: 'other', value: { hex: hex(tlv(0xa0, concat(oid(typeId), tlv(0xa0, element)))) } };
    }
    default:
      throw new TypeError(`Unknown name type ${type}`);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
