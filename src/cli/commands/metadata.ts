import { assertMtlsError } from '../../errors.js';
import { isJsonObject } from '../../encoding/json-object.js';
import { metadataProfiles } from '../../oauth/client/metadata-profile.js';
import { parseClientMetadata } from '../../oauth/client/parse-client-metadata.js';
import { explainClientMetadata, type ClientMetadataFinding } from '../../oauth/explain-client-metadata.js';
import { explainServerMetadata } from '../../oauth/metadata/explain-server-metadata.js';
import { choice, inputPath, UsageError, type Command, type CommandContext } from '../command.js';
import { inputName } from '../read-input.js';
import { rowsOf, type Report } from '../reports/report.js';

export const metadata: Command = {
  summary: 'Checks the metadata of an authorization server or of a client.',
  usage: '[--kind server|client] [--profile PROFILE] [FILE]',
  help: [
    'A document with an issuer is treated as server metadata, any other as client metadata.',
    `--profile applies the rules of an ecosystem to a client: ${metadataProfiles.join(', ')}.`,
  ],
  options: { kind: { type: 'string' }, profile: { type: 'string' } },
  async run(context) {
    const document = await readJson(context, inputPath(context));
    const server = isJsonObject(document) && document.issuer !== undefined ? 'server' : 'client';
    return (choice(context, 'kind', ['server', 'client']) ?? server) === 'server'
      ? lintServer(document)
      : lintClient(document, context);
  },
};

function lintServer(document: unknown): Report {
  const findings = explainServerMetadata(document);
  return {
    verdict: findings.length === 0,
    summary:
      findings.length === 0 ? 'No problems were found in this server metadata.' : 'The server metadata has problems.',
    sections: [{ title: '', rows: findings.map(({ member, hint }) => [member, hint] as const) }].filter(
      ({ rows }) => rows.length > 0,
    ),
    data: { kind: 'server', valid: findings.length === 0, findings },
  };
}

function lintClient(document: unknown, context: CommandContext): Report {
  const profile = choice(context, 'profile', metadataProfiles);
  const findings = explainClientMetadata(document);
  try {
    const { token_endpoint_auth_method: method } = parseClientMetadata(document, profile && { profile });
    return {
      verdict: findings.length === 0,
      summary:
        findings.length === 0
          ? 'This client metadata can be registered.'
          : 'This client metadata can be registered, but probably contains mistakes.',
      sections: [{ title: '', rows: [['Method', method]] }, ...findingSections(findings)],
      data: { kind: 'client', valid: true, method, findings },
    };
  } catch (error) {
    assertMtlsError(error);
    const { code, message, detail } = error;
    // `detail.found` may contain registered values, or a JWK by mistake, so it is not printed
    const { field, reason } = detail;
    return {
      verdict: false,
      summary: message,
      sections: [
        {
          title: '',
          rows: rowsOf([
            ['Code', code],
            ['Member', field],
            ['Reason', reason],
          ]),
        },
        ...findingSections(findings),
      ],
      data: { kind: 'client', valid: false, code, message, member: field ?? null, reason: reason ?? null, findings },
    };
  }
}

function findingSections(findings: readonly ClientMetadataFinding[]): Report['sections'] {
  const rows = findings.filter(({ member }) => member !== '').map(({ member, hint }) => [member, hint] as const);
  return rows.length === 0 ? [] : [{ title: 'Ignored', rows }];
}

async function readJson(context: CommandContext, path: string): Promise<unknown> {
  const bytes = await context.read(path);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // the message of JSON.parse contains the text
    throw new UsageError(`${inputName(path)} is not JSON`);
  }
}
