import { readdirSync, readFileSync } from 'node:fs';
import { errorCodes, type MtlsErrorCode } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

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

describe('errorCodes', () => {
  const src = new Map([...sources('src')].filter(([file]) => !file.startsWith('src/errors/')));
  const test = sources('test');

  it.each(codes)('%s is thrown somewhere, and expected by a test', (code) => {
    expect(mentions(src, code)).not.toEqual([]);
    expect(mentions(test, code, 'test/errors.test.ts')).not.toEqual([]);
  });

  it('is a table that nobody can change', () => {
    expect(Object.isFrozen(errorCodes)).toBe(true);
    for (const code of codes) expect(Object.isFrozen(errorCodes[code])).toBe(true);
  });

  it('docs/errors.md is made from the table (npx vitest run test/errors.test.ts -u)', async () => {
    const rows = codes.map((code) => {
      const { meaning, section, oauth } = errorCodes[code];
      return `| \`${code}\` | ${meaning} | ${section} | \`${oauth}\` |`;
    });
    const text = `# Errors

Every refusal of this library is an \`MtlsError\`. \`code\` is one of these, \`detail\` holds the particulars for your logs (a short \`reason\`, the
field, the offset, the expected and the found value, a thumbprint), and \`cause\` is the error below it. \`message\` is the meaning, word for
word. Misuse of the API (wrong type of argument, bad option) is a \`TypeError\`.

\`toErrorResponse(error)\` answers \`invalid_client\` with 401, \`invalid_token\` with 401 and a \`WWW-Authenticate\` challenge,
\`invalid_dpop_proof\` with 401 and a challenge, \`insufficient_scope\` with 403 and a challenge, \`invalid_client_metadata\` and \`invalid_request\` with 400,
\`temporarily_unavailable\` with 503. A request without an access token gets a challenge without an error. Anything that is not an
\`MtlsError\` is 500 \`{ "error": "server_error" }\`, which contains nothing of the error: log it.

| code | meaning | section | OAuth error |
|---|---|---|---|
${rows.join('\n')}
`;
    await expect(text).toMatchFileSnapshot('../docs/errors.md');
  });
});
