import { channel } from 'node:diagnostics_channel';
import { diagnosticsChannels, type DiagnosticsChannel } from './diagnostics-channel.js';

const channels = new Map(diagnosticsChannels.map((name) => [name, channel(name)]));

/**
 * Publishes a message, which is created only when the channel has subscribers. Exceptions of subscribers do not reach
 * the caller.
 */
export function publish(name: DiagnosticsChannel, makeMessage: () => object): void {
  const subject = channels.get(name)!;
  if (subject.hasSubscribers) subject.publish(Object.freeze(makeMessage()));
}
