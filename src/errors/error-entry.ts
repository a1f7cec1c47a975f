/** How an error is answered over OAuth; `oauth/error-response.ts` turns it into status and headers. */
export type OAuthErrorCode =
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_request'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'insufficient_scope'
  | 'temporarily_unavailable';

export interface ErrorEntry {
  /** One human-readable sentence; also the constant text of `error.message`. */
  readonly meaning: string;
  /** The rule that was broken. */
  readonly section: string;
  /** The OAuth error code of the response. */
  readonly oauth: OAuthErrorCode;
  /** Every value that `detail.reason` can take. Empty where the code says everything. */
  readonly reasons: readonly string[];
}

/** The codes of a table, where the reason of an error is the code of its cause. */
export function codesOf<Code extends string>(table: Readonly<Record<Code, ErrorEntry>>): readonly Code[] {
  return Object.keys(table) as Code[];
}
