import { isMtlsError, MtlsError, type MtlsErrorReason } from '../../errors.js';
import { peekBody } from '../../node/peek-body.js';
import { parseClientId } from '../../oauth/client/parse-client-id.js';
import type { OidcProviderClient, OidcProviderContext, OidcProviderInstance } from './provider.js';

/** The limit of oidc-provider, in bytes. */
const MAX_FORM_BYTES = 57_344;
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * Finds the client of the form parameter `client_id` (RFC 8705 §2). Reads the form from the same place as
 * oidc-provider: from the request, or from the result of a body parser.
 *
 * @throws MtlsError ERR_CLIENT_UNKNOWN, with the reason
 */
export async function findClient(
  provider: OidcProviderInstance,
  ctx: OidcProviderContext,
): Promise<OidcProviderClient> {
  if (!FORM.test(ctx.req.headers['content-type'] ?? '')) throw unknown('not-a-form');
  const clientId = readClientId(await readForm(ctx));
  // oidc-provider looks up the client again and reports the error
  const client = await provider.Client.find(clientId).catch(() => undefined);
  if (client === undefined) throw unknown('no-such-client');
  return client;
}

function readClientId(form: string | Readonly<Record<string, unknown>>): string {
  try {
    return parseClientId(form);
  } catch (cause) {
    if (isMtlsError(cause, 'ERR_CLIENT_ID_REPEATED')) throw unknown('repeated-client-id', cause);
    throw cause;
  }
}

async function readForm({ req, request }: OidcProviderContext): Promise<string | Readonly<Record<string, unknown>>> {
  const { readable } = req;
  const body = await peekBody(req, MAX_FORM_BYTES);
  if (body !== undefined) return body.toString();
  // too large, read as text, or aborted by the client: oidc-provider does not read it either
  if (readable) throw unknown('unreadable-body');
  const parsed: unknown = [req, request]
    .map((each) => (each as { readonly body?: unknown } | undefined)?.body)
    .find((each) => each !== undefined);
  if (typeof parsed === 'string') return parsed;
  if (parsed instanceof Uint8Array) return Buffer.from(parsed).toString();
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
    return parsed as Readonly<Record<string, unknown>>;
  throw unknown('body-already-read');
}

function unknown(reason: MtlsErrorReason<'ERR_CLIENT_UNKNOWN'>, cause?: MtlsError): MtlsError {
  return new MtlsError('ERR_CLIENT_UNKNOWN', { reason }, { cause });
}
