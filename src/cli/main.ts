#!/usr/bin/env node
import { runCommand } from './run-command.js';

// a reader such as `head` that ends early is no error
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCommand(process.argv.slice(2), process);
