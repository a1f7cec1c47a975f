import type { ErrorEntry } from './error-entry.js';

/** Trust that is reloaded. */
export const trustCodes = {
  ERR_PATH_STALE: {
    meaning: 'The trust anchors of the server are out of date.',
    section: 'RFC 5280 §6.2',
    oauth: 'temporarily_unavailable',
    reasons: [],
  },
} as const satisfies Record<string, ErrorEntry>;
