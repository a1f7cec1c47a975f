import { createHash, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { SignJWT } from 'jose';
import { createConfirmation, parseCertificate, parseCertificates, type Certificate } from 'oauth-mtls';
import {
  createCertificateAuthority,
  hostileCertificates,
  selfSignedCertificate,
  type TestCertificate,
  type TestKeyType,
} from 'oauth-mtls/testing';

import { fromRoot } from '../../subpaths.js';
import { formatOf, readCaptures } from '../forwarded/captures.js';
import { certificateOf, parameterOf, readNameVectors } from '../oauth/subject/name-vectors.js';
import { notBase64, notBase64url } from '../platform/base64-texts.js';
import { describeCertificate, readHeaders } from './programs/check.js';

const ISSUER = 'https://as.example';
const AUDIENCE = 'https://api.example';
const KEY_TYPES: readonly TestKeyType[] = ['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-PSS-2048', 'Ed25519'];

/** A path to validate, and the code of its refusal; null where it is valid. */
interface PathCase {
  readonly title: string;
  readonly anchor: string;
  readonly leaf: string;
  readonly intermediates: readonly string[];
  readonly crl?: string;
  readonly expected: string | null;
}

/** Headers, and the function of `oauth-mtls/forwarded` that makes the format they are read with. */
export interface HeaderCase {
  readonly format: ReturnType<typeof formatOf>[0];
  readonly options: object;
  readonly rawHeaders: readonly string[];
}

/**
 * What programs/check.js checks, as JSON: the answers are those of the sources on this Node, or are in the
 * fixtures.
 */
export type Fixtures = Awaited<ReturnType<typeof makeFixtures>>;

export async function makeFixtures() {
  const authorities = await Promise.all(KEY_TYPES.map(makePaths));
  return {
    appendixA: { pem: readText('fixtures/appendix-a.pem'), thumbprint: 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0' },
    base64: { seed: randomInt(2 ** 31), refused: notBase64.map(([, text]) => text), refusedUrl: notBase64url },
    certificates: [
      ...(await makeCertificates()),
      ...authorities.flatMap(({ certificates }) => certificates.map(makeCertificateCase)),
    ],
    hostile: (await hostileCertificates()).map(({ name, input, parses }) => ({
      name,
      parses,
      text: typeof input === 'string' ? input : null,
      der: typeof input === 'string' ? null : toBase64(input),
    })),
    names: readNameVectors().map((vector) => ({
      id: vector.id,
      parameter: parameterOf(vector),
      certificate: toBase64(certificateOf(vector).der),
      expected: vector.expected,
      result: vector.result,
    })),
    headers: makeHeaders(),
    paths: authorities.flatMap(({ paths }) => paths),
    clients: await Promise.all(KEY_TYPES.map(makeClient)),
    token: await makeToken(),
    mlDsa: (['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const).map(makeMlDsa),
  };
}

async function makeCertificates() {
  const named = await selfSignedCertificate({
    subject: 'CN=Zoë\\, Ltd.,OU=a+OU=b,O=株式会社,C=JP',
    san: {
      dns: ['a.example', 'b.example'],
      uri: 'spiffe://a.example/b',
      email: 'a@b.example',
      ip: ['192.0.2.1', '2001:db8::1'],
      dn: 'CN=other',
    },
  });
  const clients = ['rsa', 'ec', 'self', 'expired', 'serveronly'].map((name) =>
    parseCertificate(readText(`fixtures/captures/clients/${name}.crt`)),
  );
  return [named.certificate, ...clients].map(makeCertificateCase);
}

function makeCertificateCase(certificate: Certificate) {
  // an independent digest: everything else is what the sources say on this Node
  if (createHash('sha256').update(certificate.der).digest('base64url') !== certificate.thumbprint)
    throw new Error('thumbprint');
  return { der: toBase64(certificate.der), expected: describeCertificate(certificate) };
}

/**
 * The headers that proxies sent, and what is read of them; test/forwarded/captures.test.ts tells whether that is right.
 */
function makeHeaders(): (HeaderCase & { readonly expected: string })[] {
  return readCaptures().map((capture) => {
    const [format, options = {}] = formatOf(capture);
    const rawHeaders = (capture.rawHeaders ?? []).flat();
    return { format, options, rawHeaders, expected: readHeaders({ format, options, rawHeaders }) };
  });
}

/** A chain of three, and the ways in which it is not valid. */
async function makePaths(keyType: TestKeyType): Promise<{ paths: PathCase[]; certificates: Certificate[] }> {
  const root = await createCertificateAuthority({ subject: 'CN=Root', keyType });
  const impostor = await createCertificateAuthority({ subject: 'CN=Root', keyType });
  const intermediate = await root.issueAuthority({ subject: 'CN=Intermediate', keyType });
  const leaf = await intermediate.issue({ subject: 'CN=client', keyType });
  const expired = await intermediate.issue({
    subject: 'CN=client',
    keyType,
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2021-01-01'),
  });
  const forServers = await intermediate.issue({ subject: 'CN=client', keyType, extendedKeyUsage: ['serverAuth'] });
  const forged = leaf.certificate.der.slice();
  // a bit of the signature, which ends the certificate
  forged[forged.length - 3]! ^= 1;
  const common = { anchor: root.pem, leaf: leaf.pem, intermediates: [intermediate.pem] };
  const crls = [await intermediate.crl(), await intermediate.crl({ revoked: [leaf] })].map(({ pem }) => pem);
  const cases: readonly (Partial<PathCase> & Pick<PathCase, 'title' | 'expected'>)[] = [
    { title: 'valid', expected: null },
    { title: 'valid, not revoked', crl: crls[0]!, expected: null },
    { title: 'revoked', crl: crls[1]!, expected: 'ERR_PATH_REVOKED' },
    { title: 'expired', leaf: expired.pem, expected: 'ERR_PATH_EXPIRED' },
    { title: 'for servers', leaf: forServers.pem, expected: 'ERR_PATH_EXTENDED_KEY_USAGE' },
    { title: 'changed signature', leaf: toBase64(forged), expected: 'ERR_PATH_SIGNATURE' },
    { title: 'other root of the same name', anchor: impostor.pem, expected: 'ERR_PATH_SIGNATURE' },
    { title: 'without the intermediate', intermediates: [], expected: 'ERR_PATH_NO_ANCHOR' },
  ];
  return {
    paths: cases.map((each) => ({ ...common, ...each, title: `${keyType}: ${each.title}` })),
    certificates: [root, leaf].map(({ certificate }) => certificate),
  };
}

/** A client that registers its own certificate. */
async function makeClient(keyType: TestKeyType) {
  const client = await selfSignedCertificate({ keyType });
  return {
    title: keyType,
    jwk: client.jwk,
    header: headerValue(client),
    other: headerValue(await selfSignedCertificate({ keyType })),
  };
}

async function makeToken() {
  const authority = await createCertificateAuthority();
  const [client, other] = [
    await authority.issue({ subject: 'CN=client' }),
    await authority.issue({ subject: 'CN=client' }),
  ];
  const { keys, publicJwk } = authority.keyPair;
  const sign = (claims: object) =>
    new SignJWT({ client_id: 'client', scope: 'read', ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject('client')
      .setExpirationTime('1h')
      .sign(keys.privateKey);
  return {
    issuer: ISSUER,
    audience: AUDIENCE,
    jwks: { keys: [{ ...publicJwk, kid: 'k', alg: 'ES256' }] },
    bound: await sign({ cnf: createConfirmation(client.certificate) }),
    bare: await sign({}),
    client: headerValue(client),
    other: headerValue(other),
  };
}

/** A chain of fixtures/, as this Node need not be able to make one; as base64. */
function makeMlDsa(title: string) {
  const certificates = parseCertificates(readText(`fixtures/${title.toLowerCase()}.pem`));
  const [leaf, intermediate, root] = certificates.map(({ der }) => der);
  return {
    title,
    leaf: toBase64(leaf!),
    intermediate: toBase64(intermediate!),
    root: toBase64(root!),
    forged: toBase64(withChangedBit(leaf!, leaf!.length - 3)),
    // a bit of its key, which is before the extensions and the signature
    impostor: toBase64(withChangedBit(root!, 400)),
  };
}

function withChangedBit(der: Uint8Array, at: number): Uint8Array {
  return der.map((octet, index) => (index === at ? octet ^ 1 : octet));
}

/** A client of the servers of programs/tls-server.js, and what they are to say of it where they have `ca`. */
export interface TlsClient {
  readonly title: string;
  readonly verification: 'verified' | 'unverified' | 'none';
  /** Undefined for a client without a certificate. */
  readonly thumbprint?: string;
  readonly key?: string;
  readonly cert?: string;
}

export interface TlsFixtures {
  readonly server: { readonly key: string; readonly cert: string; readonly ca: string };
  readonly clients: readonly TlsClient[];
  /** An authority that did not issue the certificate of the server. */
  readonly otherCa: string;
  /** Thumbprints of the certificates above the first client's, the root last. */
  readonly authorities: readonly string[];
}

export async function makeTlsFixtures(): Promise<TlsFixtures> {
  const root = await createCertificateAuthority();
  const impostor = await createCertificateAuthority();
  const intermediate = await root.issueAuthority();
  const server = await root.issue({ san: { dns: 'localhost', ip: '127.0.0.1' }, extendedKeyUsage: ['serverAuth'] });
  const san = { dns: 'proxy.example' };
  const client = await intermediate.issue({ san });
  // a certificate of an end entity, used as if it were an authority's
  const pretender = await root.issueAuthority({ basicConstraints: { ca: false }, keyUsage: ['digitalSignature'] });
  const tomorrow = new Date(Date.now() + 86_400_000);
  const unverified: readonly (readonly [string, TestCertificate, cert?: string])[] = [
    ['expired', await intermediate.issue({ san, notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') })],
    ['not yet valid', await intermediate.issue({ san, notBefore: tomorrow })],
    ['for servers', await intermediate.issue({ san, extendedKeyUsage: ['serverAuth'] })],
    ['of another authority with the same name', await impostor.issue({ san })],
    ['issued by an end entity', await pretender.issue({ san })],
    ['self-signed', await selfSignedCertificate({ san })],
    ['without its intermediate', client, client.pem],
  ];
  return {
    server: { key: server.privateKeyPem, cert: server.chainPem, ca: root.pem },
    clients: [
      tlsClient('valid', 'verified', client),
      ...unverified.map(([title, certificate, cert]) => tlsClient(title, 'unverified', certificate, cert)),
      { title: 'none', verification: 'none' },
    ],
    otherCa: impostor.pem,
    authorities: [intermediate, root].map(({ certificate }) => certificate.thumbprint),
  };
}

function tlsClient(
  title: string,
  verification: TlsClient['verification'],
  { certificate, privateKeyPem, chainPem }: TestCertificate,
  cert = chainPem,
): TlsClient {
  return { title, verification, thumbprint: certificate.thumbprint, key: privateKeyPem, cert };
}

/** RFC 9440 §2.1 */
function headerValue({ certificate }: TestCertificate): string {
  return `:${toBase64(certificate.der)}:`;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function readText(path: string): string {
  return readFileSync(fromRoot(path), 'utf8');
}
