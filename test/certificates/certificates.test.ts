import { isDeepStrictEqual } from 'node:util';
import { isMtlsError, parseCertificate, type Certificate, type DistinguishedName } from 'oauth-mtls';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  readCandidates,
  readWithNode,
  type AlternativeNames,
  type Candidate,
  type Reading,
} from './corpus.js';
import { expectedDifferences } from './expected-differences.js';
import { readWithOpenssl } from './openssl.js';

// Every certificate below a folder: its thumbprint, serial number, names and validity beside `openssl x509`, its
// thumbprint and alternative names beside node:crypto.

const path = process.env.CERTIFICATES_PATH;

if (path === undefined && process.env.CI === 'true') {
  it('needs a folder with certificates: CERTIFICATES_PATH', () => expect(path).toBeDefined());
} else if (path === undefined) {
  console.warn('certificates: skipped, because CERTIFICATES_PATH does not name a folder');
  it.skip('certificates: CERTIFICATES_PATH does not name a folder', () => undefined);
} else {
  describe('every certificate below CERTIFICATES_PATH', () => judge(path));
}

/** Something in which this library and another reader differ. */
interface Difference {
  readonly kind: string;
  readonly name: string;
}

function judge(folder: string): void {
  // keys, CRLs and other DER, which neither reads, need no third opinion
  const candidates = readCandidates(folder).filter(({ der }) => readWithNode(der) !== undefined || parses(der));
  let differences: readonly Difference[] = [];
  let certificates = 0;

  beforeAll(async () => {
    const openssl = await readWithOpenssl(candidates);
    differences = candidates.flatMap((candidate, index) =>
      compare(candidate, openssl[index]).map((kind) => ({ kind, name: candidate.name })),
    );
    certificates = openssl.filter((reading) => reading !== undefined).length;
    console.log(report(differences, candidates.length, certificates));
  }, 600_000);

  it('has certificates in it', () => expect(certificates).toBeGreaterThan(0));

  it('reads nothing that OpenSSL refuses', () => {
    const accepted = differences.filter(({ kind, name }) => kind.startsWith('accepted') && !isExpected(kind, name));
    expect(accepted).toEqual([]);
  });

  it('differs from OpenSSL and node:crypto only where that is expected', () => {
    const unexpected = differences.filter(({ kind, name }) => !isExpected(kind, name));
    expect(unexpected).toEqual([]);
  });

  it('differs wherever that is expected', () => {
    const differing = new Set(differences.map(({ kind, name }) => `${kind}: ${fileOf(name)}`));
    const present = new Set(candidates.map(({ name }) => fileOf(name)));
    const gone = expectedDifferences.flatMap(({ kind, files }) =>
      files.filter((file) => present.has(file) && !differing.has(`${kind}: ${file}`)).map((file) => `${kind}: ${file}`),
    );
    expect(gone).toEqual([]);
  });
}

function parses(der: Buffer): boolean {
  try {
    parseCertificate(der);
    return true;
  } catch (error) {
    if (isMtlsError(error)) return false;
    throw error;
  }
}

/** The kinds of difference in one candidate. */
function compare({ der }: Candidate, openssl: Reading | undefined): string[] {
  const node = readWithNode(der);
  try {
    const certificate = parseCertificate(der);
    const reading = readHere(certificate);
    const names = alternativeNames(certificate);
    if (openssl === undefined) return ['accepted, refused by OpenSSL'];
    if (node === undefined) return ['accepted, refused by node:crypto'];
    const members = Object.keys(reading) as (keyof Reading)[];
    return [
      ...members.filter((member) => !isDeepStrictEqual(reading[member], openssl[member])),
      ...(isDeepStrictEqual(names, node.names) ? [] : ['alternative names']),
      ...(reading.thumbprint === node.thumbprint ? [] : ['thumbprint, node:crypto']),
    ];
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    const { code, detail } = error;
    const refusal = detail.reason === undefined ? code : `${code} ${detail.reason}`;
    return openssl === undefined && node === undefined ? [] : [`refused: ${refusal}`];
  }
}

function readHere(certificate: Certificate): Reading {
  return {
    thumbprint: certificate.thumbprint,
    serialNumber: certificate.serialNumber.toUpperCase(),
    subject: rdnsOf(certificate.subject),
    issuer: rdnsOf(certificate.issuer),
    validity: [certificate.notBefore.getTime(), certificate.notAfter.getTime()],
  };
}

function rdnsOf({ rdns }: DistinguishedName): string[] {
  return rdns.toReversed().map((rdn) =>
    rdn
      .map(({ type, der }) => `${type}=#${der.toUpperCase()}`)
      .sort()
      .join('+'),
  );
}

const KINDS = new Map([
  ['dns', 'DNS'],
  ['uri', 'URI'],
  ['email', 'email'],
  ['ip', 'IP Address'],
]);

function alternativeNames({ subjectAltNames }: Certificate): AlternativeNames {
  return subjectAltNames.flatMap(({ type, value }) => {
    const kind = KINDS.get(type);
    return kind === undefined ? [] : [`${kind}:${type === 'ip' ? canonicalAddress(value) : value}`];
  });
}

/** The name of the file without its folders, which differ from place to place. */
function fileOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function isExpected(kind: string, name: string): boolean {
  return expectedDifferences.some((each) => each.kind === kind && each.files.includes(fileOf(name)));
}

function report(differences: readonly Difference[], candidates: number, certificates: number): string {
  const lines = [...new Set(differences.map(({ kind }) => kind))].sort().map((kind) => {
    const names = differences.filter((each) => each.kind === kind).map(({ name }) => name);
    return `  ${names.length} ${kind}: ${names.join(', ')}`;
  });
  return [`${candidates} candidates, ${certificates} certificates, ${differences.length} differences`, ...lines].join(
    '\n',
  );
}
