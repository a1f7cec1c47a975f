import { createPathVerifier } from 'oauth-mtls/pki';
import { forgedTwin } from 'oauth-mtls/testing';
import { makeDer, makeText } from '../mutate.js';
import { flipBit } from '../mutate-der.js';
import { hold, Violation } from '../violation.js';

/** @param {import('../materials.js').Materials} materials @returns {Promise<import('../targets.js').Target[]>} */
export async function createPathTargets({ ders, certificates, client, root, intermediate }) {
  const path = createPathVerifier({ trustAnchors: [root.pem], intermediates: [intermediate.pem] });
  const twins = await Promise.all([client, intermediate, root].map(forgedTwin));
  const forged = twins.map(({ certificate }) => Uint8Array.from(certificate.der));
  const [forgedClient = new Uint8Array(0)] = forged;
  const known = new Set(certificates.map(({ certificate }) => certificate.thumbprint));
  return [
    {
      name: 'path: a flipped bit of a signed certificate',
      make: (random) => flipBit(random, Uint8Array.from(client.certificate.der)),
      async run(bytes) {
        await path.verify(bytes);
        throw new Violation('a certificate with a flipped bit is accepted');
      },
    },
    {
      name: 'path: mutated intermediates',
      make: (random) => Array.from({ length: 1 + random.below(3) }, () => makeDer(random, ders)),
      async run(intermediates) {
        const found = await path.verify(client.pem, intermediates);
        hold(found.anchor.thumbprint === root.certificate.thumbprint, 'another anchor');
        hold(
          found.certificates.every(({ thumbprint }) => known.has(thumbprint)),
          'a mutated certificate is in the path',
        );
      },
    },
    {
      name: 'path: a forged leaf and mutated intermediates',
      make: (random) => Array.from({ length: 1 + random.below(4) }, () => makeDer(random, [...forged, ...ders])),
      async run(intermediates) {
        await path.verify(forgedClient, [...intermediates, ...forged]);
        throw new Violation('intermediates make a forged certificate acceptable');
      },
    },
    {
      name: 'path: mutated leaf',
      make: (random) => makeDer(random, ders),
      async run(bytes) {
        const found = await path.verify(bytes);
        hold(known.has(found.certificates[0]?.thumbprint ?? ''), 'a certificate that no authority issued is accepted');
        hold(found.anchor.thumbprint === root.certificate.thumbprint, 'another anchor');
      },
    },
    {
      name: 'path: a PEM file of anchors',
      make: (random) =>
        makeText(random, [root.pem + intermediate.pem, root.pem + twins.map(({ pem }) => pem).join('')]),
      async run(text) {
        // a file with the forger's certificates trusts them: what is not in it must not be trusted
        const verifier = createPathVerifier({ trustAnchors: [text] });
        const { anchor } = await verifier.verify(client.pem, [intermediate.pem]);
        hold(
          text.replace(/\s/g, '').includes(Buffer.from(anchor.der).toString('base64')),
          'an anchor is not in the file',
        );
      },
    },
  ];
}
