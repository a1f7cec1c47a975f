#!/usr/bin/env node
import { runCommand } from './run-command.js';

// a reader that closes the pipe early, such as `head`, is not an error
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCommand(process.argv.slice(2), process);
