import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMtlsError, parseCertificate, type Certificate } from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { describe, expect, it } from 'vitest';

type File = [name: string, der: Buffer];

const path = process.env.PKITS_PATH;
const root = 'TrustAnchorRootCertificate';

/** Paths that are valid, and refused here. */
const divergences: ReadonlyMap<string, string> = new Map([
  ['ValidDSASignaturesTest4', 'DSA is not supported'],
  ['ValidDSAParameterInheritanceTest5', 'DSA is not supported'],
  ['ValidcRLIssuerTest30', 'the certificate of the CRL issuer is vouched for by its own CRL alone'],
]);

/** Targets whose names do not begin with the expected result; with any policy acceptable and none required. */
const valid =
  /^(?:AllCertificates|AnyPolicy|CPSPointer|UserNotice|OverlappingPolicies|inhibitAnyPolicyTest3|DifferentPoliciesTest3)/;
const invalid = /^DifferentPoliciesTest/;

/** Certificates of CRL issuers, which no certificate names as its issuer. */
const crlIssuer = /^(?:indirectCRLCA|SeparateCertificateandCRLKeys)/;

if (path === undefined && process.env.CI === 'true') {
  it('needs the corpus: PKITS_PATH names the folder with its certs and crls', () => expect(path).toBeDefined());
} else if (path === undefined) {
  console.warn('NIST PKITS: skipped, because PKITS_PATH does not name the folder with its certs and crls');
  it.skip('NIST PKITS: PKITS_PATH does not name its folder', () => undefined);
} else {
  describe('NIST PKITS, with default inputs', () => judge(path));
}

function judge(folder: string): void {
  const files = readFolder(join(folder, 'certs'));
  const targets = files.filter(([name]) => name.endsWith('EE'));
  const authorities = files.filter((file) => !targets.includes(file) && file[0] !== root).flatMap(parse);
  const paths = createPathVerifier({
    trustAnchors: [readFileSync(join(folder, 'certs', `${root}.crt`))],
    crls: readFolder(join(folder, 'crls')).map(([, der]) => der),
    revocation: 'require',
    extendedKeyUsage: 'any',
  });
  const now = new Date('2015-06-01T00:00:00Z');

  /** Authorities that may be above a certificate, by name, and issuers of CRLs. */
  function above(target: Certificate | undefined): Certificate[] {
    if (target === undefined) return [];
    const found = new Set(authorities.filter(({ name }) => crlIssuer.test(name)).map(({ certificate }) => certificate));
    const reached = [target];
    for (const below of reached) {
      for (const { certificate } of authorities) {
        if (reached.includes(certificate) || !certificate.subject.equals(below.issuer)) continue;
        found.add(certificate);
        reached.push(certificate);
      }
    }
    return [...found];
  }

  it('has all of its targets', () => expect(targets.length).toBeGreaterThanOrEqual(223));

  it.each(targets.map(([name, der]) => [name.slice(0, -2), der] as const))('%s', async (name, der) => {
    const expected = name.startsWith('Valid') || valid.test(name) ? 'valid' : 'invalid';
    if (expected === 'invalid' && !invalid.test(name)) expect(name).toMatch(/^Invalid/);
    const result = await paths.verify(der, above(parse([name, der])[0]?.certificate), { now }).then(
      () => 'valid',
      (error: unknown) => (isMtlsError(error) ? 'invalid' : error),
    );
    expect(result).toBe(divergences.has(name) ? 'invalid' : expected);
  });
}

/** Nothing for a certificate whose signature is not a whole number of octets, as in two of the cases. */
function parse([name, der]: File): { name: string; certificate: Certificate }[] {
  try {
    return [{ name, certificate: parseCertificate(der) }];
  } catch (error) {
    if (!isMtlsError(error, 'ERR_ENCODING_DER')) throw error;
    return [];
  }
}

function readFolder(folder: string): File[] {
  return readdirSync(folder).map((file) => [file.replace(/\.\w+$/, ''), readFileSync(join(folder, file))]);
}
