/** The channels of `node:diagnostics_channel` that this library publishes to. */
export type DiagnosticsChannel =
  'oauth-mtls:authentication' | 'oauth-mtls:confirmation' | 'oauth-mtls:reload' | 'oauth-mtls:expiring';
