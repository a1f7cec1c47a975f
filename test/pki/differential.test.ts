import 'reflect-metadata/lite';
import { webcrypto, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { createPathVerifier } from 'oauth-mtls/pki';
import {
  createCertificateAuthority,
  type TestAuthority,
  type TestCertificateOptions,
  type TestExtension,
  type TestKeyType,
} from 'oauth-mtls/testing';
import { Certificate as PkijsCertificate, CertificateChainValidationEngine, CryptoEngine, setEngine } from 'pkijs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificatePolicies, nameConstraints, policyConstraints } from './constraints.js';
import { OpenSsl } from './openssl.js';

// Small hierarchies at random, valid or with one rule broken, judged by us and by three others. Where another
// differs from us, the table says so with the reason; an agreement that the table does not know fails too.

const openssl = new OpenSsl();
afterAll(() => openssl.dispose());
beforeAll(() => setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto as never })));

/** What is asked of everybody: is this leaf good for a TLS client, below this root? */
interface Question {
  readonly root: string;
  readonly intermediates: readonly string[];
  readonly leaf: string;
}

const judges = {
  openssl({ root, intermediates, leaf }: Question): boolean {
    const sent = intermediates.length > 0 ? ['-untrusted', openssl.write(intermediates.join(''))] : [];
    const anchor = ['-no-CApath', '-no-CAstore', '-CAfile', openssl.write(root)];
    return openssl.succeeds(
      'verify',
      '-purpose',
      'sslclient',
      '-policy_check',
      ...anchor,
      ...sent,
      openssl.write(leaf),
    );
  },
  async pkijs({ root, intermediates, leaf }: Question): Promise<boolean> {
    const read = (pem: string) => PkijsCertificate.fromBER(new X509Certificate(pem).raw);
    const engine = new CertificateChainValidationEngine({
      trustedCerts: [read(root)],
      certs: [...intermediates.map(read), read(leaf)],
      checkDate: new Date(),
    });
    return (await engine.verify()).result;
  },
  /** What people write by hand: each issued and signed by the next one, and none expired. */
  node({ root, intermediates, leaf }: Question): boolean {
    const now = Date.now();
    const others = [...intermediates, root].map((pem) => new X509Certificate(pem));
    let current = new X509Certificate(leaf);
    for (;;) {
      const { validFrom, validTo } = current;
      if (Date.parse(validFrom) > now || Date.parse(validTo) < now) return false;
      if (current.raw.equals(new X509Certificate(root).raw)) return true;
      const issuer = others.find((other) => current.checkIssued(other) && current.verify(other.publicKey));
      if (issuer === undefined) return false;
      current = issuer;
    }
  },
} satisfies Record<string, (question: Question) => boolean | Promise<boolean>>;

/** What is done to the options of one certificate. */
type Change = (options: TestCertificateOptions) => TestCertificateOptions;

interface Rule {
  /** The reason that we give; undefined where the path is valid. */
  readonly code?: string;
  /** Which certificate is changed. */
  readonly where: 'leaf' | 'intermediate' | 'issuer' | 'root';
  readonly change?: Change;
  /** Others that see it differently, and why. */
  readonly differs?: Partial<Record<keyof typeof judges, string>>;
  /** Instead of a change: what is asked. */
  readonly ask?: (question: Question) => Promise<Question> | Question;
}

const HOUR = 3_600_000;
const extended =
  (...added: TestExtension[]): Change =>
  ({ extensions = [], ...rest }) => ({ ...rest, extensions: [...extensions, ...added] });
const set =
  (options: TestCertificateOptions): Change =>
  (before) => ({ ...before, ...options });
const unknown = (critical: boolean): TestExtension => ({
  oid: '1.3.6.1.4.1.55738.1',
  critical,
  value: Uint8Array.of(5, 0),
});

const handwritten = 'reads no extension';
const noPurposes = 'does not read extendedKeyUsage';
const noCritical = 'lets unknown critical extensions pass';

const past = new Date(Date.now() - HOUR);
const future = new Date(Date.now() + HOUR);

const rules: Record<string, Rule> = {
  'nothing broken': { where: 'leaf' },
  'an extension that nobody knows': { where: 'intermediate', change: extended(unknown(false)) },
  'a name within what is permitted': {
    where: 'issuer',
    change: extended(nameConstraints({ permitted: [['dns', 'a.example']] })),
  },
  'a policy that nobody asks for': { where: 'leaf', change: extended(certificatePolicies('1.3.6.1.4.1.55738.2.1')) },
  'a leaf past its time': { code: 'ERR_PATH_EXPIRED', where: 'leaf', change: set({ notAfter: past }) },
  'a leaf before its time': { code: 'ERR_PATH_NOT_YET_VALID', where: 'leaf', change: set({ notBefore: future }) },
  'an intermediate past its time': { code: 'ERR_PATH_EXPIRED', where: 'intermediate', change: set({ notAfter: past }) },
  'a root past its time': { code: 'ERR_PATH_EXPIRED', where: 'root', change: set({ notAfter: past }) },
  'an issuer that is no authority': {
    code: 'ERR_PATH_BASIC_CONSTRAINTS',
    where: 'intermediate',
    change: set({ basicConstraints: { ca: false } }),
    differs: { node: handwritten },
  },
  'an issuer without basicConstraints': {
    code: 'ERR_PATH_BASIC_CONSTRAINTS',
    where: 'intermediate',
    change: set({ basicConstraints: null }),
    differs: { node: handwritten },
  },
  // checkIssued of node:crypto looks at this one
  'an issuer without keyCertSign': {
    code: 'ERR_PATH_KEY_USAGE',
    where: 'intermediate',
    change: set({ keyUsage: ['cRLSign'] }),
  },
  'a path that is too long': {
    code: 'ERR_PATH_LENGTH',
    where: 'root',
    change: set({ basicConstraints: { ca: true, pathLength: 0 } }),
    differs: { pkijs: 'does not read pathLenConstraint', node: handwritten },
  },
  'a leaf for servers': {
    code: 'ERR_PATH_EXTENDED_KEY_USAGE',
    where: 'leaf',
    change: set({ extendedKeyUsage: ['serverAuth'] }),
    differs: { pkijs: noPurposes, node: handwritten },
  },
  'an intermediate for servers': {
    code: 'ERR_PATH_EXTENDED_KEY_USAGE',
    where: 'intermediate',
    change: set({ extendedKeyUsage: ['serverAuth'] }),
    differs: { pkijs: noPurposes, node: handwritten },
  },
  'a leaf that may not sign': {
    code: 'ERR_PATH_KEY_USAGE',
    where: 'leaf',
    change: set({ keyUsage: ['keyEncipherment'] }),
    differs: { pkijs: 'does not ask what the leaf is for', node: handwritten },
  },
  'a critical extension in the leaf': {
    code: 'ERR_PATH_CRITICAL_EXTENSION',
    where: 'leaf',
    change: extended(unknown(true)),
    differs: { pkijs: noCritical, node: handwritten },
  },
  'a critical extension in an intermediate': {
    code: 'ERR_PATH_CRITICAL_EXTENSION',
    where: 'intermediate',
    change: extended(unknown(true)),
    differs: { pkijs: noCritical, node: handwritten },
  },
  'a name outside of what is permitted': {
    code: 'ERR_PATH_NAME_CONSTRAINTS',
    where: 'issuer',
    change: extended(nameConstraints({ permitted: [['dns', 'b.example']] })),
    differs: { node: handwritten },
  },
  'a name that is excluded': {
    code: 'ERR_PATH_NAME_CONSTRAINTS',
    where: 'issuer',
    change: extended(nameConstraints({ excluded: [['dns', 'a.example']] })),
    differs: { node: handwritten },
  },
  'a subject outside of what is permitted': {
    code: 'ERR_PATH_NAME_CONSTRAINTS',
    where: 'issuer',
    change: extended(nameConstraints({ permitted: [['dn', 'O=Elsewhere']] })),
    differs: { node: handwritten },
  },
  'a policy that is asked for and missing': {
    code: 'ERR_PATH_POLICY',
    where: 'intermediate',
    change: extended(policyConstraints({ explicit: 0 })),
    differs: { node: handwritten },
  },
  'an intermediate that did not come': {
    code: 'ERR_PATH_NO_ANCHOR',
    where: 'leaf',
    ask: (question) => ({ ...question, intermediates: question.intermediates.slice(1) }),
  },
  'a root that nobody trusts': {
    code: 'ERR_PATH_NO_ANCHOR',
    where: 'leaf',
    ask: async (question) => ({ ...question, root: (await createCertificateAuthority({ subject: 'CN=Trusted' })).pem }),
  },
  'a root of the same name': {
    code: 'ERR_PATH_SIGNATURE',
    where: 'leaf',
    ask: async (question) => ({ ...question, root: (await createCertificateAuthority({ subject: 'CN=Root' })).pem }),
  },
  'a forged leaf that comes twice': {
    code: 'ERR_PATH_SIGNATURE',
    where: 'leaf',
    ask: async ({ intermediates, ...question }) => {
      const impostor = await createCertificateAuthority({ subject: `CN=Level ${intermediates.length}` });
      const { pem } = await impostor.issue({ subject: 'CN=leaf' });
      return { ...question, leaf: pem, intermediates: [pem, ...intermediates] };
    },
    differs: { pkijs: 'validates another certificate, and answers for the leaf' },
  },
};

const shapes = fc.record({
  /** Number of intermediates. */
  depth: fc.integer({ min: 1, max: 3 }),
  keyTypes: fc.array(fc.constantFrom<TestKeyType[]>('P-256', 'P-384'), { minLength: 5, maxLength: 5 }),
  /** Which intermediate a rule about intermediates breaks. */
  chosen: fc.nat({ max: 2 }),
  reversed: fc.boolean(),
  /** Which certificates have an extension that nobody knows. */
  noise: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
});

type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

async function make(rule: Rule, { depth, keyTypes, chosen, reversed, noise }: Shape) {
  const broken = { root: 0, intermediate: 1 + (chosen % depth), issuer: depth, leaf: depth + 1 }[rule.where];
  const options = (role: number, subject: string): TestCertificateOptions => {
    const base: TestCertificateOptions = {
      subject,
      keyType: keyTypes[role]!,
      extensions: noise[role] === true ? [{ ...unknown(false), oid: '1.3.6.1.4.1.55738.9' }] : [],
    };
    return role === broken && rule.change ? rule.change(base) : base;
  };
  const root = await createCertificateAuthority(options(0, 'CN=Root'));
  let issuer: TestAuthority = root;
  const intermediates: string[] = [];
  for (let level = 1; level <= depth; level++) {
    issuer = await issuer.issueAuthority(options(level, `CN=Level ${level}`));
    intermediates.push(issuer.pem);
  }
  const leaf = await issuer.issue({ san: { dns: 'a.example' }, ...options(depth + 1, 'CN=leaf') });
  const question: Question = {
    root: root.pem,
    intermediates: reversed ? intermediates.reverse() : intermediates,
    leaf: leaf.pem,
  };
  return rule.ask ? rule.ask(question) : question;
}

describe('we agree with openssl verify, pkijs and node:crypto, but where the table says otherwise', () => {
  it.each(Object.entries(rules))('%s', async (_name, rule) => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const question = await make(rule, shape);
        const paths = createPathVerifier({ trustAnchors: [question.root] });
        const verdict = await paths.verify(question.leaf, question.intermediates).then(
          () => undefined,
          (error: unknown) => (error as { code: string }).code,
        );
        expect(verdict).toBe(rule.code);
        const valid = rule.code === undefined;
        for (const name of ['openssl', 'pkijs', 'node'] as const) {
          const agrees = (await judges[name](question)) === valid;
          expect({ [name]: agrees }).toEqual({ [name]: rule.differs?.[name] === undefined });
        }
      }),
      { numRuns: 3 },
    );
  });
});
