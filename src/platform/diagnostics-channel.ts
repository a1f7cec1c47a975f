/** The channels of `node:diagnostics_channel` that this library publishes to. */
export const diagnosticsChannels = Object.freeze([
  'oauth-mtls:authentication',
  'oauth-mtls:confirmation',
  'oauth-mtls:reload',
  'oauth-mtls:expiring',
] as const);

export type DiagnosticsChannel = (typeof diagnosticsChannels)[number];
