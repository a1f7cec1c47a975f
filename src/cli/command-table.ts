import type { Command } from './command.js';
import { headers } from './commands/headers.js';
import { inspect } from './commands/inspect.js';
import { jwks } from './commands/jwks.js';
import { match } from './commands/match.js';
import { metadata } from './commands/metadata.js';
import { serve } from './commands/serve.js';
import { token } from './commands/token.js';
import { verify } from './commands/verify.js';

/** The commands by name, in the order of the help text. */
export const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({ inspect, match, jwks, verify, token, metadata, headers, serve }),
);
