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
  /** One sentence for people; also the constant text of `error.message`. */
  readonly meaning: string;
  /** The rule that was broken. */
  readonly section: string;
  /** The OAuth error code of the answer. */
  readonly oauth: OAuthErrorCode;
}
