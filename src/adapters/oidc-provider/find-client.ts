import { isMtlsError, MtlsError, type MtlsErrorReason } from '../../errors.js';
import { peekBody } from '../../node/request-body.js';
import { parseClientId } from '../../oauth/client/parse-client-id.js';
import type { OidcProviderClient, OidcProviderContext, OidcProviderInstance } from './provider.js';

/** What oidc-provider accepts, in bytes. */
const MAX_FORM_BYTES = 57_344;
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * RFC 8705 §2: the client that the parameter `client_id` of the form names. Reads the form where oidc-provider will
 * read it: from the request, or from what a body parser has made of it.
 *
 * @throws MtlsError ERR_CLIENT_UNKNOWN, with the reason
 */
export async function findClient(
  provider: OidcProviderInstance,
  ctx: OidcProviderContext,
): Promise<OidcProviderClient> {
  if (!FORM.test(ctx.req.headers['content-type'] ?? '')) throw unknown('not-a-form');
  const clientId = readClientId(await readForm(ctx));
  // oidc-provider looks for the client again, and answers what is wrong with it
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
  // too large, read as text, or the client went away: oidc-provider does not read it either
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
