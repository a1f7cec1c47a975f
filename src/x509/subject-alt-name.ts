import { DerReader, TAG } from '../encoding/der.js';

/** One entry of the subjectAltName extension (RFC 5280 §4.2.1.6). */
export interface SubjectAltName {
  readonly type: 'dns' | 'uri' | 'email' | 'ip' | 'dn' | 'other';
  readonly value: string;
}

/** Reads the entries of a GeneralNames element. */
export function readSubjectAltNames(bytes: Uint8Array, start: number, end: number): SubjectAltName[] {
  const outer = new DerReader(bytes, start, end);
  const list = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  const names: SubjectAltName[] = [];
  while (!list.done) {
    list.next();
    names.push({ type: 'other', value: '' });
  }
  return names;
}
