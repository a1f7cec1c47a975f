import { inputPath, type Command } from '../command.js';
import { readCertificates } from '../read-certificates.js';
import { inspectCertificates } from '../reports/inspect-certificates.js';

export const inspect: Command = {
  summary: 'Shows what a certificate is, what to register for it, and what will go wrong.',
  usage: '[FILE]',
  help: ['Signatures, chains and revocation are not checked: "oauth-mtls verify" does that.'],
  options: {},
  async run(context) {
    return inspectCertificates(await readCertificates(context, inputPath(context)), context.now);
  },
};
