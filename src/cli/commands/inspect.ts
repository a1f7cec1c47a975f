import { inputPath, type Command } from '../command.js';
import { readCertificates } from '../read-certificates.js';
import { inspectCertificates } from '../reports/inspect-certificates.js';

export const inspect: Command = {
  summary: 'Shows the content of a certificate, what to register for it, and what is wrong with it.',
  usage: '[FILE]',
  help: ['Signatures, chains and revocation are checked by "oauth-mtls verify", not here.'],
  options: {},
  async run(context) {
    return inspectCertificates(await readCertificates(context, inputPath(context)), context.now);
  },
};
