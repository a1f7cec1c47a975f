import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import {
  createCertificateAuthority,
  hostileCertificates,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import type { MtlsErrorReason } from 'oauth-mtls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { context } from '../../../src/encoding/der.js';
import { oid, sequence, text, tlv } from '../../../src/testing/der-writer.js';
import { certificatePolicies, nameConstraints } from '../constraints.js';

// What other libraries were found to accept, to hang on or to fetch. The rules of RFC 5280 one by one are in
// path.test.ts and beside it.

let root: TestAuthority;
let middle: TestAuthority;
let leaf: TestCertificate;

beforeAll(async () => {
  root = await createCertificateAuthority({ subject: 'CN=Root' });
  middle = await root.issueAuthority({ subject: 'CN=Middle' });
  leaf = await middle.issue({ subject: 'CN=alice' });
});

const paths = (options: Partial<PathVerifierOptions> = {}) =>
  createPathVerifier({ trustAnchors: [root.pem], ...options });
const refusal = (code: string, reason?: MtlsErrorReason) =>
  expect.objectContaining({ name: 'MtlsError', code, ...(reason && { detail: expect.objectContaining({ reason }) }) });
const pems = (...of: { pem: string }[]) => of.map(({ pem }) => pem);

describe('a certificate that comes more than once', () => {
  it('forged, beside its issuer and itself again', async () => {
    const impostor = await createCertificateAuthority({ subject: 'CN=Middle' });
    const forged = await impostor.issue({ subject: 'CN=alice' });
    for (const sent of [pems(forged, middle, forged), pems(middle, forged), pems(forged, middle, leaf)]) {
      await expect(paths().verify(forged.pem, sent)).rejects.toEqual(refusal('ERR_PATH_SIGNATURE'));
    }
    await expect(paths().verify(forged.pem, pems(forged, forged))).rejects.toEqual(refusal('ERR_PATH_NO_ANCHOR'));
  });

  it('forged, with the genuine one of the same name and serial number beside it', async () => {
    const impostor = await createCertificateAuthority({ subject: 'CN=Middle' });
    const { serialNumber } = leaf.certificate;
    const forged = await impostor.issue({ subject: 'CN=alice', serialNumber });
    await expect(paths().verify(forged.pem, pems(leaf, middle, root))).rejects.toEqual(refusal('ERR_PATH_SIGNATURE'));
  });

  it('genuine, repeated: the path is that of the certificate that was asked about', async () => {
    const path = await paths().verify(leaf.pem, pems(leaf, middle, leaf, root, middle));
    expect(path.certificates.map(({ thumbprint }) => thumbprint)).toEqual(
      [leaf, middle, root].map(({ certificate }) => certificate.thumbprint),
    );
  });

  it('issued by an end entity whose own path is valid', async () => {
    const holder = await middle.issueAuthority({ subject: 'CN=alice', basicConstraints: { ca: false } });
    const forged = await holder.issue({ subject: 'CN=admin' });
    await expect(paths().verify(forged.pem, pems(holder, middle))).rejects.toEqual(
      refusal('ERR_PATH_BASIC_CONSTRAINTS'),
    );
  });

  it('a trust anchor’s name and key identifier on another key', async () => {
    const impostor = await createCertificateAuthority({ subject: 'CN=Root' });
    const forged = await impostor.issue();
    await expect(paths().verify(forged.pem, pems(impostor))).rejects.toEqual(refusal('ERR_PATH_SIGNATURE'));
  });
});

describe('every search ends', () => {
  /** Least CPU time of several runs, in milliseconds: the first ones compile. */
  async function cpuTime(verify: () => Promise<unknown>): Promise<number> {
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const before = process.cpuUsage();
      await verify().catch(() => undefined);
      const { user, system } = process.cpuUsage(before);
      times.push((user + system) / 1000);
    }
    return Math.min(...times);
  }

  it('of two authorities that sign each other', async () => {
    const a = await createCertificateAuthority({ subject: 'CN=A' });
    const b = await createCertificateAuthority({ subject: 'CN=B' });
    const aByB = await b.issueAuthority({ subject: 'CN=A', keyPair: a.keyPair });
    const bByA = await a.issueAuthority({ subject: 'CN=B', keyPair: b.keyPair });
    const target = await aByB.issue();
    const verify = () => paths().verify(target.pem, pems(aByB, bByA));
    await expect(verify()).rejects.toEqual(refusal('ERR_PATH_NO_ANCHOR'));
    expect(await cpuTime(verify)).toBeLessThan(100);
  });

  it('of a repeated certificate', async () => {
    const verify = () => paths().verify(leaf.pem, Array<string>(100).fill(leaf.pem));
    await expect(verify()).rejects.toEqual(refusal('ERR_PATH_NO_ANCHOR'));
    expect(await cpuTime(verify)).toBeLessThan(100);
  });

  it('of 100 intermediates in any order, with and without an end', async () => {
    const strangers = await Promise.all(
      Array.from({ length: 99 }, (_, i) =>
        createCertificateAuthority({ subject: i % 2 === 0 ? 'CN=Middle' : `CN=Stranger ${i}` }),
      ),
    );
    for (const sent of [pems(...strangers, middle), pems(middle, ...strangers)]) {
      const verify = () => paths().verify(leaf.pem, sent);
      await expect(verify()).resolves.toBeDefined();
      expect(await cpuTime(verify)).toBeLessThan(100);
    }
    const verify = () => paths().verify(leaf.pem, pems(...strangers));
    await expect(verify()).rejects.toEqual(refusal('ERR_PATH_SIGNATURE'));
    expect(await cpuTime(verify)).toBeLessThan(100);
    await expect(paths().verify(leaf.pem, pems(...strangers, middle, root))).rejects.toEqual(
      refusal('ERR_PATH_LIMIT', 'intermediates'),
    );
  });

  it('of 1,000 names under 1,000 constraints', async () => {
    const excluded = Array.from({ length: 1000 }, (_, i) => ['dns', `x${i}.example`] as const);
    const anchor = await createCertificateAuthority({ extensions: [nameConstraints({ excluded })] });
    const target = await anchor.issue({
      subject: '',
      san: { dns: Array.from({ length: 1000 }, (_, i) => `y${i}.example`) },
    });
    const verify = () => paths({ trustAnchors: [anchor.pem] }).verify(target.pem, []);
    await expect(verify()).rejects.toEqual(refusal('ERR_PATH_LIMIT', 'nameComparisons'));
    expect(await cpuTime(verify)).toBeLessThan(100);
  });

  it('of a lattice in which every authority has several certificates', async () => {
    // 8 levels of 6 certificates each: 6^8 paths, and the target is excluded by the anchor
    const anchor = await createCertificateAuthority({
      subject: 'CN=L0',
      extensions: [nameConstraints({ excluded: [['dns', 'a.example']] })],
    });
    let issuer = anchor;
    const sent: string[] = [];
    for (let level = 1; level <= 8; level++) {
      const first = await issuer.issueAuthority({ subject: `CN=L${level}` });
      const others = Array.from({ length: 5 }, () =>
        issuer.issueAuthority({ subject: `CN=L${level}`, keyPair: first.keyPair }),
      );
      sent.push(...pems(first, ...(await Promise.all(others))));
      issuer = first;
    }
    const target = await issuer.issue({ san: { dns: 'a.example' } });
    const verify = () => paths({ trustAnchors: [anchor.pem] }).verify(target.pem, sent);
    await expect(verify()).rejects.toEqual(refusal('ERR_PATH_LIMIT', 'paths'));
    expect(await cpuTime(verify)).toBeLessThan(100);
    // the same without an anchor: nothing to count but candidates
    const lost = () => paths().verify(target.pem, sent);
    await expect(lost()).rejects.toEqual(refusal('ERR_PATH_LIMIT', 'candidates'));
    expect(await cpuTime(lost)).toBeLessThan(300);
  });

  it('a limit that was passed is not forgotten by a later path', async () => {
    const impostors = await Promise.all(
      Array.from({ length: 3 }, () => createCertificateAuthority({ subject: 'CN=Middle' })),
    );
    const sent = pems(...impostors);
    await expect(paths({ limits: { signatures: 2 } }).verify(leaf.pem, sent)).rejects.toEqual(
      refusal('ERR_PATH_LIMIT', 'signatures'),
    );
  });
});

describe('encodings', () => {
  it('that are not DER, or that carry more, are refused as target and left out as intermediate', async () => {
    for (const { name, input, parses } of await hostileCertificates()) {
      const verdict = await paths({ extendedKeyUsage: 'any' })
        .verify(input, [])
        .catch((error: unknown) => error);
      expect(verdict, name).toEqual(
        parses ? expect.objectContaining({ name: 'MtlsError' }) : refusal('ERR_PATH_MALFORMED'),
      );
      await expect(paths().verify(leaf.pem, [input, middle.pem]), name).resolves.toBeDefined();
    }
  });

  it('a genuine certificate with a byte behind it, or a longer length', async () => {
    const { der } = leaf.certificate;
    const longer = Uint8Array.of(0x30, 0x83, 0, ...der.subarray(2));
    for (const changed of [Uint8Array.of(...der, 0), longer]) {
      await expect(paths().verify(changed, pems(middle))).rejects.toEqual(refusal('ERR_PATH_MALFORMED'));
    }
  });

  it('an extension that comes twice', async () => {
    const clientAuth = { oid: '2.5.29.37', value: sequence(oid('1.3.6.1.5.5.7.3.2')) };
    const serverAuth = { oid: '2.5.29.37', value: sequence(oid('1.3.6.1.5.5.7.3.1')) };
    // the kit parses what it makes, and so refuses it too
    await expect(root.issue({ extendedKeyUsage: [], extensions: [serverAuth, clientAuth] })).rejects.toEqual(
      refusal('ERR_CERTIFICATE_DUPLICATE_EXTENSION'),
    );
  });

  it('octets changed one by one never make another certificate valid, or another error', async () => {
    const { der } = leaf.certificate;
    const verifier = paths();
    const untyped: unknown[] = [];
    const accepted: number[] = [];
    for (let at = 0; at < der.length; at++) {
      const changed = der.slice();
      changed[at]! ^= 1 << (at % 8);
      await verifier.verify(changed, pems(middle)).then(
        () => accepted.push(at),
        (error: unknown) => (error as Error).name === 'MtlsError' || untyped.push(error),
      );
    }
    expect(accepted).toEqual([]);
    expect(untyped).toEqual([]);
  });
});

describe('nothing is fetched', () => {
  const requests: (string | undefined)[] = [];
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer(({ url }, response) => {
      requests.push(url);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('from the URLs of a certificate, whether revocation is required or not', async () => {
    const at = (path: string) => text(context(6), `${url}/${path}`);
    const point = sequence(tlv(context(0, true), tlv(context(0, true), at('crl'))));
    const access = (method: string, path: string) => sequence(oid(method), at(path));
    const information = sequence(access('1.3.6.1.5.5.7.48.1', 'ocsp'), access('1.3.6.1.5.5.7.48.2', 'issuer'));
    const extensions = [
      { oid: '2.5.29.31', value: sequence(point) },
      { oid: '2.5.29.46', value: sequence(point) },
      { oid: '1.3.6.1.5.5.7.1.1', value: information },
    ];
    const authority = await root.issueAuthority({ subject: 'CN=Referring', extensions });
    const target = await authority.issue({ extensions });
    await expect(paths().verify(target.pem, pems(authority))).resolves.toBeDefined();
    await expect(paths({ revocation: 'if-available' }).verify(target.pem, pems(authority))).resolves.toBeDefined();
    await expect(paths({ revocation: 'require' }).verify(target.pem, pems(authority))).rejects.toEqual(
      refusal('ERR_PATH_REVOCATION_UNKNOWN'),
    );
    await expect(paths().verify(target.pem, [])).rejects.toEqual(refusal('ERR_PATH_NO_ANCHOR'));
    expect(requests).toEqual([]);
    await fetch(`${url}/control`);
    expect(requests).toEqual(['/control']);
  });
});

describe('names', () => {
  it('chain whatever their string type, case and spaces (RFC 5280 §7.1)', async () => {
    const authority = await createCertificateAuthority({ subject: [[['2.5.4.3', 'UTF8String', 'Spaced  Root']]] });
    const renamed = await createCertificateAuthority({
      subject: [[['2.5.4.3', 'PrintableString', ' spaced ROOT ']]],
      keyPair: authority.keyPair,
    });
    const target = await authority.issue();
    await expect(paths({ trustAnchors: [renamed.pem] }).verify(target.pem, [])).resolves.toBeDefined();
  });

  it('do not chain where they only look alike', async () => {
    const keyPair = root.keyPair;
    for (const subject of ['CN=Root,O=x', 'O=Root', 'CN=R\u043eot', 'CN=Root\\00', 'CN=Ro\u200bot']) {
      const authority = await createCertificateAuthority({ subject: subject.replace('\\00', 'x'), keyPair });
      const target = await authority.issue();
      await expect(paths().verify(target.pem, [])).rejects.toEqual(refusal('ERR_PATH_NO_ANCHOR'));
    }
  });

  it('an empty issuer is nobody (RFC 5280 §4.1.2.4)', async () => {
    const nobody = await createCertificateAuthority({ subject: '' });
    const target = await nobody.issue();
    await expect(paths().verify(target.pem, [nobody.pem])).rejects.toEqual(refusal('ERR_PATH_MALFORMED'));
  });
});

it('an authority below the anchor cannot give itself more than it was given', async () => {
  const bound = await root.issueAuthority({
    subject: 'CN=Bound',
    basicConstraints: { ca: true, pathLength: 0 },
    extendedKeyUsage: ['serverAuth'],
    extensions: [nameConstraints({ permitted: [['dns', 'a.example']] }), certificatePolicies('1.3.6.1.4.1.55738.2.1')],
  });
  const free = await bound.issueAuthority({ subject: 'CN=Free' });
  const any = paths({ extendedKeyUsage: 'any' });
  const deep = await free.issue({ san: { dns: 'a.example' } });
  await expect(any.verify(deep.pem, pems(free, bound))).rejects.toEqual(refusal('ERR_PATH_LENGTH'));
  const client = await bound.issue({ san: { dns: 'a.example' } });
  await expect(paths().verify(client.pem, pems(bound))).rejects.toEqual(refusal('ERR_PATH_EXTENDED_KEY_USAGE'));
  const outside = await bound.issue({ san: { dns: 'b.example' } });
  await expect(any.verify(outside.pem, pems(bound))).rejects.toEqual(refusal('ERR_PATH_NAME_CONSTRAINTS'));
  await expect(any.verify(client.pem, pems(bound))).resolves.toBeDefined();
});
