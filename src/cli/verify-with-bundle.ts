import { assertMtlsError } from '../errors.js';
import { createPresented } from '../presented/presented-certificate.js';
import { createSpiffeTrust, type SpiffeTrust } from '../spiffe/spiffe-trust.js';
import { isTrustDomain } from '../x509/spiffe-id.js';
import { inputPath, listOption, UsageError, type CommandContext } from './command.js';
import { readAllCertificates, readChain } from './read-certificates.js';
import { inputName } from './read-input.js';
import { pathFound, pathRefused } from './reports/path-report.js';
import type { Report } from './reports/report.js';

/** Reports whether a certificate is an X.509-SVID of a trust domain, with the bundle in a file. */
export async function verifyWithBundle(context: CommandContext, bundle: string, trustDomain: string): Promise<Report> {
  if (!isTrustDomain(trustDomain))
    throw new UsageError('--trust-domain must be the name of a trust domain such as example.org');
  const { leaf, chain } = await readChain(context, inputPath(context));
  const intermediates = [...chain, ...(await readAllCertificates(context, listOption(context, 'intermediate')))];
  const trust = readBundle(new TextDecoder().decode(await context.read(bundle)), bundle, trustDomain);
  context.progress('searching for a certification path');
  // a file does not prove possession of the key: the verdict is only about the chain
  const presented = createPresented({ certificate: leaf, intermediates, verification: 'unknown', source: 'file' });
  try {
    const { spiffeId, path } = await trust.verifySvid(presented, { now: context.now });
    return pathFound(path.certificates, path.revocation, spiffeId);
  } catch (error) {
    assertMtlsError(error);
    return pathRefused(error, [leaf, ...intermediates]);
  }
}

function readBundle(text: string, path: string, trustDomain: string): SpiffeTrust {
  try {
    return createSpiffeTrust({ trustDomains: { [trustDomain]: { bundle: text } } });
  } catch (error) {
    assertMtlsError(error);
    const { code, message, detail } = error;
    throw new UsageError(`${inputName(path)}: ${code} (${String(detail.reason)}): ${message}`);
  }
}
