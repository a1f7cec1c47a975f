import { sign } from 'node:crypto';
import type { TestAuthority } from 'oauth-mtls/testing';

/** Serial number of an entry, in hexadecimal. */
export function serialOf(entry: number): string {
  return `40${(entry * 7919).toString(16).padStart(30, '0')}`;
}

/** A CRL of any length with the number given, signed by an authority with a P-256 key: faster than the test kit. */
export function largeCrl(authority: TestAuthority, entries: number, number: number): Buffer {
  const algorithm = Buffer.from('300a06082a8648ce3d040302', 'hex');
  const date = time(new Date(Date.now() - 60_000));
  const cRLNumber = element(
    0x30,
    element(0x06, Buffer.from('551d14', 'hex')),
    element(0x04, element(0x02, Buffer.of(number))),
  );
  const tbs = element(
    0x30,
    element(0x02, Buffer.of(1)),
    algorithm,
    subjectOf(authority),
    date,
    time(new Date(Date.now() + 86_400_000)),
    revokedOf(entries),
    element(0xa0, element(0x30, cRLNumber)),
  );
  const signature = sign('sha256', tbs, authority.privateKeyPem);
  return element(0x30, tbs, algorithm, element(0x03, Buffer.of(0), signature));
}

const lists = new Map<number, Buffer>();

/** The list of revoked certificates, which is made once for each length. */
function revokedOf(entries: number): Buffer {
  const known = lists.get(entries);
  if (known) return known;
  const date = time(new Date(Date.now() - 60_000));
  const revoked = Array.from({ length: entries }, (_, entry) =>
    element(0x30, element(0x02, Buffer.from(serialOf(entry), 'hex')), date),
  );
  const list = element(0x30, ...revoked);
  lists.set(entries, list);
  return list;
}

/** The Name element of an authority whose subject is one common name. */
function subjectOf(authority: TestAuthority): Buffer {
  const name = /^CN=(.*)$/.exec(authority.certificate.subject.toString())![1]!;
  const type = element(0x06, Buffer.from('550403', 'hex'));
  return element(0x30, element(0x31, element(0x30, type, element(0x0c, Buffer.from(name)))));
}

function time(date: Date): Buffer {
  return element(0x17, Buffer.from(date.toISOString().replace(/^..(..)-(..)-(..)T(..):(..):(..).*/, '$1$2$3$4$5$6Z')));
}

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const octets = Buffer.from(
    length.toString(16).padStart(length.toString(16).length + (length.toString(16).length % 2), '0'),
    'hex',
  );
  return Buffer.concat([Buffer.of(tag, 0x80 | octets.length), octets, content]);
}
