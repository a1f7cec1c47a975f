// The files of a trust: anchors, CRLs, and keys with their certificates.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createTrust } from 'oauth-mtls/trust';
import { makeDer, makeText } from '../mutate.js';
import { allowMisuse, hold } from '../violation.js';

/** A text without a block is not content, but the path of a file. */
const MISUSE = /^Option "[\w.[\]]+" must be a file path, PEM, DER or a function$/;
/** Fragments of a key in base64 that must not be repeated. Its header is the same in every key. */
const FRAGMENT = 24;

/** @param {unknown} error @returns {string} all that is logged of an error */
function logged(error) {
  if (!(error instanceof Error)) return String(error);
  const { detail, cause } = /** @type {{ detail?: unknown, cause?: unknown }} */ (error);
  return `${error.message} ${JSON.stringify(detail)} ${cause === undefined ? '' : logged(cause)}`;
}

/** @param {import('../materials.js').Materials} materials @returns {Promise<import('../targets.js').Target[]>} */
export async function createTrustTargets({ client, root, intermediate, crls, rsa, certificates }) {
  const clear = await intermediate.crl({ revoked: [{ serialNumber: '7f01' }] });
  const pkcs8 = Uint8Array.from(createPrivateKey(client.privateKeyPem).export({ format: 'der', type: 'pkcs8' }));
  const secrets = [client, rsa].map(({ privateKeyPem }) => privateKeyPem.split('\n').slice(2, -2).join(''));
  const chains = [client.chainPem, rsa.pem + root.pem];

  /** @param {import('oauth-mtls/trust').TrustOptions} options @param {(trust: import('oauth-mtls/trust').Trust) => unknown} use */
  const withTrust = async (options, use) => {
    const trust = await allowMisuse(() => createTrust(options), MISUSE);
    try {
      await use(trust);
    } finally {
      trust.close();
    }
  };
  /** @param {Uint8Array | string} key @param {string} cert */
  const withKey = async (key, cert) => {
    try {
      await withTrust({ anchors: root.pem, client: { key, cert } }, (trust) => {
        const { key: usedKey, cert: usedCert } = trust.clientOptions();
        const leaf = new X509Certificate(usedCert);
        hold(leaf.checkPrivateKey(createPrivateKey(usedKey)), 'a key of another certificate');
        const bare = cert.replace(/\s/g, '');
        // Node ignores octets after a certificate: the last group may be another one
        hold(bare.includes(leaf.raw.toString('base64').slice(0, -4)), 'a certificate that is not in the file');
      });
    } catch (error) {
      const text = logged(error);
      for (const secret of secrets)
        for (let at = 0; at + FRAGMENT <= secret.length; at += FRAGMENT / 2)
          hold(!text.includes(secret.slice(at, at + FRAGMENT)), 'an error contains a private key');
      throw error;
    }
  };
  return [
    {
      name: 'trust: anchors',
      make: (random) =>
        makeText(random, [
          root.pem + intermediate.pem,
          `# ours\n${certificates
            .slice(4, 6)
            .map(({ pem }) => pem)
            .join('\r\n')}`,
        ]),
      run: (anchors) =>
        withTrust({ anchors }, async (trust) => {
          const { anchor } = await trust.pathVerifier.verify(client.pem, [intermediate.pem]);
          hold(
            anchors.replace(/\s/g, '').includes(Buffer.from(anchor.der).toString('base64')),
            'an anchor that is not in the file',
          );
        }),
    },
    {
      name: 'trust: CRLs',
      make: (random) =>
        makeText(random, [clear.pem, `${crls[1]?.pem}${clear.pem}`, crls.map(({ pem }) => pem).join('')]),
      run: (text) =>
        withTrust(
          { anchors: root.pem, intermediates: intermediate.pem, crls: [text, String(crls[1]?.pem)] },
          async (trust) => {
            await trust.pathVerifier.verify(client.pem);
            const bare = text.replace(/\s/g, '');
            const holds = [clear, crls[2]].some(
              (each) => each !== undefined && bare.includes(Buffer.from(each.der).toString('base64')),
            );
            hold(holds, 'a revoked or unknown client is accepted');
          },
        ),
    },
    {
      name: 'trust: a key in PEM, and its certificate',
      make: (random) => {
        const at = random.below(2);
        const key = String([client, rsa][at]?.privateKeyPem);
        const chain = String(chains[at]);
        return random.chance(0.5) ? [makeText(random, [key]), chain] : [key, makeText(random, [chain, ...chains])];
      },
      run: (/** @type {[string, string]} */ [key, cert]) => withKey(key, cert),
    },
    {
      name: 'trust: a key in DER',
      make: (random) => makeDer(random, [pkcs8]),
      run: (key) => withKey(key, client.chainPem),
    },
  ];
}
