/** The OAuth error of a response. `oauth/error-response.ts` adds status and headers. */
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
  /** One human-readable sentence. Also the constant text of `error.message`. */
  readonly meaning: string;
  /** The rule that was broken. */
  readonly section: string;
  /** The OAuth error code of the response. */
  readonly oauth: OAuthErrorCode;
  /** Every value of `detail.reason`. Empty if the code is specific enough. */
  readonly reasons: readonly string[];
}

/** The codes of a table, for errors whose reason is the code of their cause. */
export function codesOf<Code extends string>(table: Readonly<Record<Code, ErrorEntry>>): readonly Code[] {
  return Object.keys(table) as Code[];
}
