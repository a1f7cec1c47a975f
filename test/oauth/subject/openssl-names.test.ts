import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { explainSubject, parseCertificate, parseDistinguishedName, subjectMatches, type Certificate } from 'oauth-mtls';

const DN = 'tls_client_auth_subject_dn';

/** Names as lines of OpenSSL's configuration, in certificate order; `+` puts an attribute into the RDN before it. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  plain: ['C=DE', 'O=Acme', 'CN=client'],
  escapes: ['C=DE', 'O=a\\, b + c \\" \\\\ <d>; e=f', 'CN=\\#sharp', '0.OU=x \\# y'],
  spaces: ['O=a   b', 'CN="  both ends  "'],
  accents: ['C=BR', 'ST=São Paulo', 'L=Ærøskøbing', 'O=日本 \u{1f600}', 'CN=Straße'],
  sets: ['C=DE', 'OU=b', '+O=a', '+CN=c', '0.CN=d', '+0.serialNumber=1'],
  repeated: ['0.OU=a', '1.OU=b', '2.OU=a', '0.CN=a', '1.CN=b'],
  types: [
    'businessCategory=Private Organization',
    'jurisdictionC=BR',
    'serialNumber=42',
    'organizationIdentifier=PSDGB-FCA-1',
    'UID=u',
    'GN=g',
    'SN=s',
  ],
  more: [
    'title=t',
    'initials=i',
    'pseudonym=p',
    'generationQualifier=q',
    'dnQualifier=d',
    'name=n',
    'description=d',
    'postalCode=1',
    'street=s',
    'emailAddress=A@b.example',
  ],
  components: ['0.DC=com', '1.DC=Example', 'CN=x'],
  unknown: ['0.1.3.6.1.4.1.99999.1=Custom', '1.1.2.3.4=Custom', 'CN=x'],
};
/** What OpenSSL picks string types from: UTF8String alone; also PrintableString and BMPString; also TeletexString. */
const MASKS = ['utf8only', 'pkix', 'default'];

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-names-'));
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key.pem');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

interface Printed {
  readonly certificate: Certificate;
  /** The subject as OpenSSL prints it with these options. */
  readonly print: (nameopt?: string) => string;
  readonly node: string;
}

function make(lines: readonly string[], mask: string): Printed | undefined {
  const config = [
    '[req]',
    'distinguished_name=dn',
    'prompt=no',
    'utf8=yes',
    `string_mask=${mask}`,
    '[dn]',
    ...lines,
  ].join('\n');
  const file = `names-${count++}.pem`;
  writeFileSync(join(folder, 'names.cnf'), config);
  try {
    openssl('req', '-x509', '-new', '-key', 'key.pem', '-config', 'names.cnf', '-out', file);
  } catch (error) {
    // some characters have no place in some string types
    if (String((error as { stderr?: string }).stderr).includes('illegal characters')) return undefined;
    throw error;
  }
  const pem = readFileSync(join(folder, file), 'utf8');
  return {
    certificate: parseCertificate(pem),
    print: (nameopt) =>
      openssl(
        'x509',
        '-in',
        file,
        '-noout',
        '-subject',
        ...(nameopt === undefined ? [] : ['-nameopt', nameopt]),
      ).replace(/^subject=|\n$/g, ''),
    node: new X509Certificate(pem).subject,
  };
}

describe('a DN that OpenSSL made', () => {
  it.each(Object.entries(NAMES))(
    'is read as OpenSSL writes it, and written so that it is read again: %s',
    { timeout: 60_000 },
    (_name, lines) => {
      const made = MASKS.map((mask) => [mask, make(lines, mask)] as const).filter(
        ([, printed]) => printed !== undefined,
      );
      expect(made.length).toBeGreaterThan(0);
      for (const [mask, printed] of made) {
        const { certificate, print, node } = printed!;
        const { subject } = certificate;
        const text = subject.toString();
        expect([mask, parseDistinguishedName(text).equals(subject), parseDistinguishedName(text).toString()]).toEqual([
          mask,
          true,
          text,
        ]);
        const octets = print('RFC2253,oid,dump_der,dump_all');
        expect([mask, octets, subjectMatches(certificate, DN, octets)]).toEqual([mask, octets, true]);
        // what TeletexString holds beyond ASCII has to be registered in octets
        const teletex = subject.rdns.flat().some(({ value, der }) => value === undefined && der.startsWith('14'));
        for (const nameopt of ['RFC2253', 'RFC2253,-esc_msb,utf8,lname']) {
          const written = print(nameopt);
          expect([mask, nameopt, written, subjectMatches(certificate, DN, written)]).toEqual([
            mask,
            nameopt,
            written,
            !teletex,
          ]);
        }
        if (teletex) continue;
        for (const form of [print(), node, `subject=${print()}`]) {
          const report = explainSubject(certificate, DN, form);
          expect([mask, form, report.matches ? text : report.suggestion]).toEqual([mask, form, text]);
        }
      }
    },
  );

  it('is told from what OpenSSL prints on many lines', () => {
    const { certificate, print } = make(NAMES['sets']!, 'utf8only')!;
    expect(explainSubject(certificate, DN, `subject=${print('multiline')}`)).toMatchObject({
      cause: 'label-prefix',
      suggestion: certificate.subject.toString(),
    });
    expect(explainSubject(certificate, DN, print('compat'))).toMatchObject({ cause: 'openssl-oneline' });
  });

  it('is explained where TeletexString holds what OpenSSL takes for Latin-1', () => {
    const { certificate, print } = make(['ST=München', 'CN=x'], 'default')!;
    expect(certificate.subject.toString()).toBe('CN=x,ST=#14074dfc6e6368656e');
    expect(explainSubject(certificate, DN, print('RFC2253'))).toMatchObject({
      cause: 'string-type',
      suggestion: 'CN=x,ST=#14074dfc6e6368656e',
    });
    expect(subjectMatches(certificate, DN, 'CN=x,ST=#14074DFC6E6368656E')).toBe(true);
  });
});
