import { readdirSync, readFileSync } from 'node:fs';
import { errorCodes, isMtlsError, MtlsError, type MtlsErrorCode, type MtlsErrorReason } from 'oauth-mtls';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { assertMtlsError } from '../src/errors.js';
import { trustCodes } from '../src/errors/trust-codes.js';

const codes = Object.keys(errorCodes) as MtlsErrorCode[];

/** The text of every TypeScript file below a folder, by path. */
function sources(folder: string): Map<string, string> {
  const root = new URL(`../${folder}/`, import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(files.map((file) => [`${folder}/${file}`, readFileSync(new URL(file, root), 'utf8')]));
}

function mentions(files: Map<string, string>, code: string, except = ''): string[] {
  const word = new RegExp(`\\b${code}\\b`);
  return [...files]
    .filter(([file, text]) => file !== except && word.test(text.replace(/^\s*\*.*$/gm, '')))
    .map(([file]) => file);
}

/**
 * The reasons of a code for a table cell; those that are all the reasons of another code, or all codes of a prefix, in
 * one.
 */
function writeReasons(code: MtlsErrorCode): string {
  const rest = new Set(errorCodes[code].reasons);
  const cells: string[] = [];
  const collapse = (members: readonly string[], cell: string): void => {
    if (members.length < 5 || !members.every((member) => rest.has(member))) return;
    for (const member of members) rest.delete(member);
    cells.push(cell);
  };
  for (const prefix of ['ERR_PATH_', 'ERR_JWKS_'])
    collapse(
      codes.filter((each) => each.startsWith(prefix) && !(each in trustCodes)),
      `every \`${prefix}*\``,
    );
  const others = codes.filter((each) => each !== code && errorCodes[each].reasons.length < rest.size);
  for (const other of others.sort((a, b) => errorCodes[b].reasons.length - errorCodes[a].reasons.length))
    collapse(errorCodes[other].reasons, `those of \`${other}\``);
  return [...[...rest].map((reason) => `\`${reason}\``), ...cells].join(', ');
}

describe('errorCodes', () => {
  const src = new Map([...sources('src')].filter(([file]) => !file.startsWith('src/errors/')));
  const test = sources('test');

  it.each(codes)('%s is thrown somewhere, and expected by a test', (code) => {
    expect(mentions(src, code)).not.toEqual([]);
    expect(mentions(test, code, 'test/errors.test.ts')).not.toEqual([]);
  });

  it('is immutable', () => {
    expect(Object.isFrozen(errorCodes)).toBe(true);
    for (const code of codes) {
      expect(Object.isFrozen(errorCodes[code])).toBe(true);
      expect(Object.isFrozen(errorCodes[code].reasons)).toBe(true);
    }
  });

  it('docs/errors.md is generated from the table (npx vitest run test/errors.test.ts -u)', async () => {
    const rows = codes.map((code) => {
      const { meaning, section, oauth } = errorCodes[code];
      return `| \`${code}\` | ${meaning} | ${section} | \`${oauth}\` | ${writeReasons(code)} |`;
    });
    const text = `# Errors

Every refusal by this library is an \`MtlsError\`. Its \`message\` is the meaning in the table, word for word, and never
contains data from the request. Misuse of the API (an argument of the wrong type, an unknown option) is a \`TypeError\`.

| member | content |
|---|---|
| \`code\` | one of the codes below |
| \`detail.reason\` | one of the reasons of that code, or undefined |
| \`detail.field\`, \`detail.offset\` | the member or header, and the position in it |
| \`detail.expected\`, \`detail.found\` | the registered or required value, and the values found instead |
| \`detail.limit\` | the limit that was exceeded |
| \`detail.thumbprint\`, \`detail.subject\` | the certificate |
| \`detail.index\` | its position in a list, counted from 0 |
| \`cause\` | the error that led to this one; the deepest cause is the most precise |

\`isMtlsError(error, code)\` narrows \`error.code\` and \`error.detail.reason\`, and TypeScript checks every reason you
compare with.

\`toErrorResponse(error)\` answers \`invalid_client\` with 401, \`invalid_token\` with 401 and a challenge in
\`WWW-Authenticate\`, \`invalid_dpop_proof\` with 401 and a challenge, \`insufficient_scope\` with 403 and a challenge,
\`invalid_client_metadata\` and \`invalid_request\` with 400, \`temporarily_unavailable\` with 503. A request without an access
token gets a challenge without an error. Anything that is not an \`MtlsError\` is 500 \`{ "error": "server_error" }\`, which contains nothing of the error: log it.

| code | meaning | section | OAuth error | reasons |
|---|---|---|---|---|
${rows.join('\n')}
`;
    await expect(text).toMatchFileSnapshot('../docs/errors.md');
  });
});

describe('the types', () => {
  it('allow the reasons of the code only', () => {
    new MtlsError('ERR_METADATA_KEYS', { reason: 'both' });
    // @ts-expect-error: a reason of another code
    new MtlsError('ERR_METADATA_KEYS', { reason: 'no-begin' });
    // @ts-expect-error: a code without reasons
    new MtlsError('ERR_CNF_MISMATCH', { reason: 'both' });
    const { detail } = new MtlsError('ERR_METADATA_X5C');
    // @ts-expect-error: the detail of another code
    new MtlsError('ERR_METADATA_KEYS', detail);
    expectTypeOf<MtlsErrorReason<'ERR_CNF_MISMATCH'>>().toBeNever();
  });

  it('are passed on where they are none of the library', () => {
    const own = new MtlsError('ERR_CNF_REQUIRED');
    expect(() => assertMtlsError(own)).not.toThrow();
    expect(() => assertMtlsError(own, 'ERR_CNF_REQUIRED')).not.toThrow();
    expect(() => assertMtlsError(own, 'ERR_CNF_MISMATCH')).toThrow(own);
    for (const other of [new Error('x'), new TypeError('x'), undefined, null, 'ERR_CNF_REQUIRED', { code: own.code }]) {
      let caught: unknown = own;
      try {
        assertMtlsError(other);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(other);
    }
  });

  it('are narrowed by isMtlsError, whatever the code', () => {
    const reasonIn = <Code extends MtlsErrorCode>(error: unknown, code: Code) =>
      isMtlsError(error, code) ? error.detail.reason : undefined;
    expectTypeOf(reasonIn<'ERR_METADATA_KEYS'>).returns.toEqualTypeOf<'none' | 'both' | undefined>();
    /** Codes with a reason that is any text, or that narrow to other reasons than theirs. */
    type Wrong = {
      [Code in MtlsErrorCode]: string extends MtlsErrorReason<Code>
        ? Code
        : [ReturnType<typeof reasonIn<Code>>] extends [MtlsErrorReason<Code> | undefined]
          ? [MtlsErrorReason<Code>] extends [ReturnType<typeof reasonIn<Code>>]
            ? never
            : Code
          : Code;
    }[MtlsErrorCode];
    expectTypeOf<Wrong>().toBeNever();
    const error = new MtlsError('ERR_METADATA_KEYS', { reason: 'both' });
    expect([reasonIn(error, 'ERR_METADATA_KEYS'), reasonIn(error, 'ERR_METADATA_X5C')]).toEqual(['both', undefined]);
  });

  it('are narrowed by isMtlsError', () => {
    const error: unknown = new MtlsError('ERR_METADATA_KEYS', { reason: 'both' });
    if (!isMtlsError(error, 'ERR_METADATA_KEYS')) throw error;
    expectTypeOf(error.code).toEqualTypeOf<'ERR_METADATA_KEYS'>();
    expectTypeOf(error.detail.reason).toEqualTypeOf<'none' | 'both' | undefined>();
    expect(error.detail.reason).toBe('both');
  });
});
