import { listOption, textOption, UsageError, type Command, type CommandContext } from '../command.js';
import { readAllCertificates, readChain } from '../read-certificates.js';
import { decodeToken, explainToken, type DecodedToken } from '../reports/explain-token.js';
import { holdsPrivateKey } from '../reports/private-key.js';

export const token: Command = {
  summary: 'Decodes an access token and checks whether it is bound to a certificate. Does not verify its signature.',
  usage: '[--cert FILE] [--previous FILE] [TOKEN | FILE]',
  help: [
    'The token is a JWT or an introspection response in JSON. Prefer standard input: other users can see arguments.',
    '--previous is an earlier certificate of the client; it may be given several times.',
  ],
  options: { cert: { type: 'string' }, previous: { type: 'string', multiple: true } },
  async run(context) {
    const decoded = await readToken(context);
    const path = textOption(context, 'cert');
    const certificate = path === undefined ? undefined : (await readChain(context, path)).leaf;
    const previous = await readAllCertificates(context, listOption(context, 'previous'));
    return explainToken(decoded, certificate, previous, context.now);
  },
};

async function readToken(context: CommandContext): Promise<DecodedToken> {
  const { positionals } = context;
  if (positionals.length > 1) throw new UsageError('Too many arguments: give one token or file');
  const [argument = '-'] = positionals;
  const decoded = decodeToken(argument) ?? decodeToken(new TextDecoder().decode(await context.read(argument)));
  if (decoded === undefined) throw new UsageError('The input is neither a signed JWT nor an introspection response');
  // a private JWK instead of a token would be printed
  if (holdsPrivateKey(JSON.stringify(decoded))) throw new UsageError('The input contains a private key; remove it');
  return decoded;
}
