import {
  createConfirmation,
  createResourceGuard,
  isMtlsError,
  type ResourceOptions,
  type ResourceRequest,
} from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

/* The scheme of Microsoft Entra's token binding, as its public documentation has it. */
const certificate = await selfSignedCertificate();
const other = await selfSignedCertificate();
const x5t = createConfirmation(certificate.certificate);
const jkt = 'A'.repeat(43);

async function answer(
  authorization: string | string[],
  cnf: object | undefined,
  {
    shown = certificate,
    ...options
  }: Partial<ResourceOptions<ResourceRequest>> & {
    shown?: typeof certificate | undefined;
  } = {},
): Promise<string> {
  const guard = createResourceGuard<ResourceRequest>(
    {
      getCertificate: () => shown && presented(shown),
      verifyToken: () => ({ ...(cnf && { cnf }) }),
      schemes: ['Bearer', 'mtls_pop'],
      ...options,
    },
    (each) => each,
  )();
  const request = { authorization: [authorization].flat(), dpop: [], query: '' };
  try {
    const { thumbprint } = await guard.authorize(request);
    return `accepted ${thumbprint === x5t['x5t#S256'] ? 'bound' : 'unbound'}`;
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    const { status, headers } = guard.toResponse(error, request);
    return `${error.code} ${status} ${headers['WWW-Authenticate']!.replaceAll(/, error_description="[^"]*"/g, '')}`;
  }
}

const REFUSED = '401 Bearer realm="oauth", mtls_pop error="invalid_token"';

describe('the scheme mtls_pop', () => {
  it.each(['mtls_pop x', 'MTLS_POP x', 'Mtls_Pop x'])('takes a bound token with its certificate: %s', async (line) => {
    expect(await answer(line, x5t)).toBe('accepted bound');
    expect(await answer(line, x5t, { schemes: ['mtls_pop'] })).toBe('accepted bound');
  });

  it.each(['any', 'optional', 'certificate'] as const)('takes nothing else, with the binding %s', async (binding) => {
    const pop = (cnf: object | undefined, options = {}) => answer('mtls_pop x', cnf, { binding, ...options });
    expect(await pop(undefined)).toBe(`ERR_CNF_REQUIRED ${REFUSED}`);
    expect(await pop({ kid: 'a' })).toBe(`ERR_CNF_REQUIRED ${REFUSED}`);
    expect(await pop({ 'x5t#S512': 'A'.repeat(86) })).toBe(`ERR_CNF_REQUIRED ${REFUSED}`);
    expect(await pop(x5t, { shown: other })).toBe(`ERR_CNF_MISMATCH ${REFUSED}`);
    expect(await pop(x5t, { shown: undefined, getCertificate: () => undefined })).toBe(
      `ERR_CNF_CERTIFICATE_MISSING ${REFUSED}`,
    );
    expect(await pop({ ...x5t, jkt })).toBe(`ERR_CNF_UNSUPPORTED ${REFUSED}`);
    expect(await pop({ 'x5t#S256': 'x' })).toBe(`ERR_CNF_MALFORMED ${REFUSED}`);
    const withDpop = await pop({ jkt }, { dpop: { verify: () => jkt } });
    expect(withDpop).toMatch(/^ERR_CNF_REQUIRED 401 Bearer realm="oauth", mtls_pop error="invalid_token", DPoP /);
  });

  it('is unknown where it is not enabled, and then Bearer alone is in the challenge', async () => {
    expect(await answer('mtls_pop x', x5t, { schemes: ['Bearer'] })).toBe('ERR_TOKEN_MISSING 401 Bearer realm="oauth"');
    expect(await answer('Bearer x', x5t, { schemes: ['mtls_pop'] })).toBe(
      'ERR_TOKEN_MISSING 401 mtls_pop realm="oauth"',
    );
    expect(await answer('Bearer x', x5t)).toBe('accepted bound');
    expect(await answer('Bearer x', undefined, { binding: 'optional' })).toBe('accepted unbound');
  });

  it('is one token in one header, as every scheme', async () => {
    for (const lines of [['mtls_pop x', 'Bearer x'], 'mtls_pop', 'mtls_pop x y', 'mtls_popx'])
      expect(await answer(lines, x5t)).toMatch(/^ERR_TOKEN_(REQUEST|MISSING) 40[01]/);
  });

  it.each([
    { schemes: [] },
    { schemes: ['DPoP'] },
    { schemes: ['bearer'] },
    { schemes: 'mtls_pop' },
    { schemes: ['mtls_pop'], binding: 'both', dpop: { verify: () => jkt } },
  ])('is no option as in %j', (options) => {
    const good = { getCertificate: () => undefined, verifyToken: () => ({}) };
    expect(() =>
      createResourceGuard({ ...good, ...options } as unknown as ResourceOptions<ResourceRequest>, (r) => r),
    ).toThrow(TypeError);
  });
});
