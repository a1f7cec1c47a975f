import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  errorCodes,
  explainVerification,
  isMtlsError,
  MtlsError,
  toErrorResponse,
  type MtlsErrorCode,
} from 'oauth-mtls';
import { createReloadingPathVerifier } from 'oauth-mtls/pki';
import { presented, type TestCertificate } from 'oauth-mtls/testing';
import { createTrust } from 'oauth-mtls/trust';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { explainFailure } from '../../src/adapters/oidc-provider/explain-failure.js';
import { diagnosticsChannels } from '../../src/platform/diagnostics-channel.js';
import { documentedLog, type DocumentedLog } from '../documented-log.js';
import { markedDecisions } from './marked-decisions.js';
import { markedInputs } from './marked-inputs.js';
import { markedPaths } from './marked-paths.js';
import { authority, issued, MARKED_NAME, NAME, own, PIECES, SECRET, type MarkedRow } from './marked.js';

const rows: readonly MarkedRow[] = [...markedInputs, ...markedPaths, ...markedDecisions];

let log: DocumentedLog;
const lines: string[] = [];
const messages: { readonly channel: string; readonly text: string }[] = [];
const listen = (message: unknown, channel: string | symbol) =>
  void messages.push({ channel: String(channel), text: JSON.stringify(message) });

beforeAll(async () => {
  log = await documentedLog();
});
beforeEach(() => {
  messages.length = 0;
  lines.length = 0;
  vi.spyOn(console, 'warn').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  for (const name of diagnosticsChannels) subscribe(name, listen);
});
afterEach(() => {
  for (const name of diagnosticsChannels) unsubscribe(name, listen);
  vi.restoreAllMocks();
});

/** An error and those that led to it. */
function chain(error: unknown): Error[] {
  return error instanceof Error ? [error, ...chain(error.cause)] : [];
}

function expectNoSecret(text: string): void {
  expect(text).not.toMatch(new RegExp(SECRET, 'i'));
  for (const piece of PIECES) expect(text).not.toContain(piece);
}

/** What leaves the process, or is published or logged without being asked for, has no mark at all. */
function expectNoMark(text: string): void {
  expectNoSecret(text);
  expect(text).not.toMatch(MARKED_NAME);
}

function expectNoMarks(thrown: MtlsError): void {
  const { status, headers, body } = toErrorResponse(thrown, { realm: 'api' });
  const said = chain(thrown).map(({ message }) => message);
  expectNoMark(JSON.stringify([said, status, headers, body, messages]));
  expectNoSecret(JSON.stringify(chain(thrown).map((error) => (isMtlsError(error) ? error.detail : undefined))));
}

async function thrownBy(run: () => unknown): Promise<MtlsError> {
  try {
    await run();
  } catch (error) {
    if (isMtlsError(error)) return error;
    throw error;
  }
  throw new Error('There was no error');
}

describe('each code, with marks in all of its detail', () => {
  it.each(Object.keys(errorCodes) as MtlsErrorCode[])('%s', (code) => {
    // no path of a member: those name what is wrong, and are constant
    const detail = { field: `${NAME}!`, expected: NAME, found: [NAME], thumbprint: NAME };
    expectNoMarks(new MtlsError(code, detail, { cause: new MtlsError('ERR_ENCODING_DER', { found: [NAME] }) }));
  });
});

describe('real refusals of marked inputs', () => {
  it.each(rows)('$code: $what', async ({ code, run, client, jwksSource }) => {
    const thrown = await thrownBy(run);
    expect(chain(thrown).map((error) => isMtlsError(error) && error.code)).toContain(code);
    expectNoMarks(thrown);
    if (/^ERR_(?:CLIENT|CNF)_(?!ID|UNKNOWN)/.test(thrown.code)) expect(messages).not.toHaveLength(0);
    // the line that docs/troubleshooting.md prints, with the names that the operator has to compare
    const { metadata, presented } = client ?? {};
    const asked = metadata && { clientId: 'client', metadata: () => metadata };
    const report = explainFailure(thrown, presented, asked, () => jwksSource!);
    log.onFailure({ clientId: 'client', error: thrown, report, request: {} as never });
    expect(lines).toHaveLength(1);
    expectNoSecret(lines[0]!);
    expect(lines[0]).toMatch(/^client: ERR_(?!.*undefined)/);
    // the lines about registrations
    const { body } = toErrorResponse(thrown);
    log.onRegistrationError(undefined, { error_description: body?.error_description ?? '' });
    expectNoMark(lines[1]!);
  });

  it('are there for each code', () => {
    expect([...new Set(rows.map(({ code }) => code))].sort()).toEqual(Object.keys(errorCodes).sort());
  });
});

describe('trust that reloads', () => {
  const garbage = `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----\n`;
  const soon = { notAfter: new Date(Date.now() + 86_400_000 / 2) };
  let server: TestCertificate;
  let next: TestCertificate;

  beforeAll(async () => {
    const options = { subject: `CN=${NAME}`, extendedKeyUsage: ['serverAuth'] };
    [server, next] = [await authority.issue({ ...options, ...soon }), await authority.issue(options)];
  });

  /** What is published on each channel of trust, and logged by the documented observers. */
  function expectPublished(...outcomes: readonly string[]): void {
    const on = (name: string) => messages.filter(({ channel }) => channel === name);
    expect(on('oauth-mtls:expiring')).not.toHaveLength(0);
    for (const outcome of outcomes)
      expect(on('oauth-mtls:reload').map(({ text }) => text)).toContainEqual(expect.stringContaining(outcome));
    expectNoMark(JSON.stringify(messages));
  }

  it('publishes no names and no content of createTrust', async () => {
    let [anchors, key, cert]: string[] = [authority.pem, server.privateKeyPem, server.chainPem];
    const failures: unknown[] = [];
    const trust = await createTrust({
      anchors: async () => anchors!,
      crls: { url: `https://crl.example/a.crl?key=${SECRET}` },
      revocation: 'if-available',
      fetch: async () => new Response(SECRET),
      server: { key: async () => key!, cert: async () => cert! },
      onFailure: (error, source) => failures.push(source, ...chain(error).map(({ message }) => message)),
    });
    [key, cert] = [next.privateKeyPem, next.chainPem];
    await trust.reload();
    [anchors, key] = [garbage, own.privateKeyPem];
    await trust.reload();
    trust.close();
    expectPublished('"reloaded"', '"failed"', '"malformed"', '"key-mismatch"');
    expect(failures).not.toHaveLength(0);
    expectNoMark(JSON.stringify(failures));
    expectNoSecret(JSON.stringify(trust.status));
  });

  it('publishes no names and no content of createReloadingPathVerifier', async () => {
    const { pem } = await authority.issueAuthority({ subject: `CN=${NAME} Soon`, ...soon });
    let load = async () => ({ trustAnchors: [authority.pem], intermediates: [pem], crls: [] as string[] });
    load = async () => ({ trustAnchors: [authority.pem, pem], intermediates: [], crls: [] });
    const verifier = await createReloadingPathVerifier({ load: () => load() });
    await verifier.reload();
    load = async () => ({ trustAnchors: [garbage], intermediates: [], crls: [] });
    await verifier.reload().catch(() => undefined);
    load = () => Promise.reject(new Error(SECRET));
    await verifier.reload().catch(() => undefined);
    verifier.close();
    expectPublished('"reloaded"', '"failed"');
  });
});

it('a report of the verification repeats the words of the proxy alone', () => {
  const report = explainVerification({ ...presented(issued, { verification: 'unverified' }), reason: '26' });
  expectNoMark(JSON.stringify(report));
});
