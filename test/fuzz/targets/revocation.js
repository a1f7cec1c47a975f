import { createPathVerifier } from 'oauth-mtls/pki';
import { makeDer, makeText } from '../mutate.js';
import { flipBit, listElements } from '../mutate-der.js';
import { hold, Violation } from '../violation.js';

/** @param {Uint8Array} bytes */
const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** The ResponseData of an OCSP response, which is what is signed. @param {Uint8Array} der */
function signedPart(der) {
  const elements = listElements(der);
  // BasicOCSPResponse is in an OCTET STRING
  const data = elements[elements.findIndex(({ start }) => der[start] === 4) + 2];
  if (data === undefined) throw new Error('The response is too short');
  return hex(der.subarray(data.start, data.end));
}

/** @param {import('../materials.js').Materials} materials @returns {Promise<import('../targets.js').Target[]>} */
export async function createRevocationTargets({ client, crls, root, intermediate }) {
  const ofRoot = await root.crl({ revoked: [] });
  const trust = {
    trustAnchors: [root.pem],
    intermediates: [intermediate.pem],
    revocation: /** @type {const} */ ('require'),
  };
  /** @param {(Uint8Array | string)[]} given */
  const withCrls = (...given) => createPathVerifier({ ...trust, crls: [...given, ofRoot.der] }).verify(client.pem);
  /** @param {Uint8Array} response */
  const withOcsp = (response) =>
    createPathVerifier({ ...trust, crls: [ofRoot.der], ocspResponses: [response] }).verify(client.pem);

  const clear = await intermediate.crl({ revoked: [{ serialNumber: '7f01', reason: 1 }] });
  const cleared = Uint8Array.from(clear.der);
  // RFC 6960 §4.2.2.2.1: id-pkix-ocsp-nocheck
  const extensions = [{ oid: '1.3.6.1.5.5.7.48.1.5', value: Uint8Array.of(5, 0) }];
  const profile = { subject: 'CN=responder', extendedKeyUsage: ['ocspSigning'], extensions };
  const responder = await intermediate.issue(profile);
  const other = await intermediate.issue({ subject: 'CN=another' });
  const good = await Promise.all([
    intermediate.ocspResponse(client),
    intermediate.ocspResponse(client, { responder }),
    intermediate.ocspResponse(client, { hash: 'SHA-1', nonce: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }),
  ]);
  const bad = await Promise.all([
    intermediate.ocspResponse(client, { status: 'revoked', reason: 1 }),
    intermediate.ocspResponse(client, { status: 'unknown', responder }),
    intermediate.ocspResponse(other),
    root.ocspResponse(client),
  ]);
  const goods = good.map(({ der }) => Uint8Array.from(der));
  const signed = goods.map(signedPart);
  // what is not changed is accepted, or a target of which nothing is accepted would show nothing
  for (const each of goods) await withOcsp(each);
  await withCrls(cleared);
  const revoking = crls.map(({ der }) => Uint8Array.from(der));
  return [
    {
      name: 'revocation: mutated CRL',
      make: (random) => makeDer(random, [...revoking, cleared]),
      async run(crl) {
        await withCrls(crl);
        const same = [cleared, revoking[2]].some((each) => each !== undefined && hex(each) === hex(crl));
        hold(same, 'a mutated CRL shows that a certificate is good');
      },
    },
    {
      name: 'revocation: a flipped bit of a CRL',
      make: (random) => flipBit(random, cleared),
      async run(crl) {
        await withCrls(crl);
        throw new Violation('a CRL with a flipped bit is accepted');
      },
    },
    {
      name: 'revocation: a PEM file of CRLs',
      make: (random) =>
        makeText(random, [clear.pem, `${crls[0]?.pem}${clear.pem}`, crls.map(({ pem }) => pem).join('')]),
      async run(text) {
        await withCrls(text);
        const bare = text.replace(/\s/g, '');
        const holds = (/** @type {Uint8Array} */ der) => bare.includes(Buffer.from(der).toString('base64'));
        hold(
          [cleared, revoking[2]].some((der) => der !== undefined && holds(der)),
          'no CRL in the text clears the client',
        );
      },
    },
    {
      name: 'revocation: mutated OCSP response',
      make: (random) => makeDer(random, [...goods, ...bad.map(({ der }) => Uint8Array.from(der))]),
      async run(response) {
        await withOcsp(response);
        const text = hex(response);
        hold(
          signed.some((part) => text.includes(part)),
          'something else is accepted than was signed',
        );
      },
    },
    {
      name: 'revocation: a flipped bit of an OCSP response',
      make: (random) => flipBit(random, random.pick([goods[0] ?? cleared, goods[2] ?? cleared])),
      async run(response) {
        await withOcsp(response);
        throw new Violation('an OCSP response with a flipped bit is accepted');
      },
    },
  ];
}
