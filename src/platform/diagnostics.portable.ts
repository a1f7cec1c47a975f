import type { DiagnosticsChannel } from './diagnostics-channel.js';

/** A runtime without `node:diagnostics_channel` has no subscribers. */
export function publish(_name: DiagnosticsChannel, _makeMessage: () => object): void {}
