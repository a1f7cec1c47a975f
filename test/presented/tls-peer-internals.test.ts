import { afterEach, describe, expect, it, vi } from 'vitest';
import { hasRenegotiated, readVerification } from '../../src/presented/tls-peer.js';

afterEach(() => vi.unstubAllGlobals());

const context = {};
const accepted = { _tlsOptions: { secureContext: context } };
const named = { _sharedCreds: context, ca: 'PEM' };
const fresh = { isSessionReused: () => false };
const resumed = { isSessionReused: () => true };
const byName = { _SNICallback: () => undefined };

/** A socket that was accepted by a server whose only authorities are those that it names. */
const verified = { authorized: true, authorizationError: null, server: named, ...accepted };

// real handshakes are in test/node, and those of Deno and Bun in test/runtimes: these are the combinations
describe('the verdict of a socket', () => {
  it.each<[verdict: string, what: string, socket: object]>([
    ['verified', 'with the context of a server that names its authorities', {}],
    ['verified', 'without the member for an error', { authorizationError: undefined }],
    ['unverified', 'that is not authorized', { authorized: false }],
    ['unverified', 'that does not say whether it is authorized', { authorized: undefined }],
    ['unverified', 'with a text for true', { authorized: 'true' }],
    ['unverified', 'that is authorized with an error', { authorizationError: 'CERT_HAS_EXPIRED' }],
    ['verified', 'without a server', { server: undefined }],
    ['verified', 'of a server without contexts', { server: {} }],
    ['unknown', 'whose context was replaced', { server: { ...named, _sharedCreds: {} } }],
    ['unknown', 'whose context is not known', { _tlsOptions: undefined }],
    ['unknown', 'without authorities', { server: { ...named, ca: undefined } }],
    ['unknown', 'with an empty text for authorities', { server: { ...named, ca: '' } }],
    ['unknown', 'with a pfx', { server: { ...named, pfx: 'pfx' } }],
    ['verified', 'without a choice by name', { _SNICallback: undefined, ...resumed }],
    ['verified', 'with null for a choice by name', { _SNICallback: null, ...resumed }],
    ['verified', 'whose name did not choose', { ...byName, ...fresh, _handle: { sni_context: undefined } }],
    ['verified', 'whose name did not choose, after its end', { ...byName, ...fresh, _handle: null }],
    ['unknown', 'whose name chose', { ...byName, ...fresh, _handle: { sni_context: {} } }],
    ['unknown', 'that resumes a session where a name can choose', { ...byName, ...resumed, _handle: {} }],
    ['unknown', 'that may resume a session where a name can choose', { ...byName, _handle: {} }],
  ])('is %s: one %s', (verdict, _what, socket) => {
    expect(readVerification({ ...verified, ...socket })).toBe(verdict);
  });

  it.each<[verdict: string, what: string, socket: object]>([
    ['verified', 'that does not know its context', { _tlsOptions: undefined }],
    ['unknown', 'without authorities', { server: { ...named, ca: undefined } }],
    ['unverified', 'that is not authorized', { authorized: false }],
  ])('in Bun is %s: one %s', (verdict, _what, socket) => {
    vi.stubGlobal('Bun', {});
    expect(readVerification({ ...verified, ...socket })).toBe(verdict);
  });

  it.each<[verdict: string, what: string, socket: object]>([
    ['verified', 'with another context and no authorities', { ...fresh, server: { _sharedCreds: {} } }],
    ['unverified', 'that is not authorized', { ...fresh, authorized: false }],
    ['unknown', 'that resumes a session', resumed],
    ['unknown', 'that may resume a session', {}],
  ])('in Deno is %s: one %s', (verdict, _what, socket) => {
    vi.stubGlobal('Deno', {});
    expect(readVerification({ ...verified, ...socket })).toBe(verdict);
  });
});

it.each<[begun: boolean, what: string, socket: object]>([
  [false, 'a first handshake', { _handle: { handshakes: 0 } }],
  [true, 'a second handshake', { _handle: { handshakes: 1 } }],
  [false, 'a runtime that does not count', { _handle: {} }],
  [false, 'a closed connection', { _handle: null }],
  [false, 'another socket', {}],
])('hasRenegotiated is %s for %s', (begun, _what, socket) => {
  expect(hasRenegotiated(socket)).toBe(begun);
});
