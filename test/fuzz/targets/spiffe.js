import { createSpiffeTrust, parseSpiffeId, verifyX509Svid } from 'oauth-mtls/spiffe';
import { authenticateClient, unsafePresentedCertificate } from 'oauth-mtls';
import { createSpiffeAuthority, forgedTwin, hostileSvids, presented } from 'oauth-mtls/testing';
import { makeDer, makeJson, makeText } from '../mutate.js';
import { flipBit } from '../mutate-der.js';
import { attempt, hold, Violation } from '../violation.js';

const DOMAIN = 'example.org';
const ID = 'spiffe://example.org/pay/eu';

/** @returns {Promise<import('../targets.js').Target[]>} */
export async function createSpiffeTargets() {
  const authority = await createSpiffeAuthority(DOMAIN);
  const nested = await authority.issueAuthority();
  const svids = [await authority.issueSvid({ spiffeId: ID }), await nested.issueSvid({ spiffeId: ID })];
  // the names of the authority, and another key
  const forged = await Promise.all(svids.map(async (svid) => presented(await forgedTwin(svid))));
  // an SVID is valid for an hour, and a long run is longer
  const now = new Date();
  const hostile = (await hostileSvids(authority)).map(({ svid }) => svid);
  const ders = [...svids, ...hostile].map(({ certificate }) => Uint8Array.from(certificate.der));
  const known = new Set(svids.map(({ certificate }) => certificate.thumbprint));
  const bundle = authority.bundle();
  const spiffeTrust = createSpiffeTrust({ trustDomains: { [DOMAIN]: { bundle } } });
  const intermediates = [nested.authority.certificate.der];
  /** @param {Uint8Array} certificate */
  const show = (certificate) =>
    unsafePresentedCertificate({ certificate, intermediates, verification: 'unknown', source: 'fuzz' });
  for (const { certificate } of svids) await verifyX509Svid(show(certificate.der), spiffeTrust, { now });

  /** @param {any} given @param {string} text what it is made of */
  const withBundle = async (given, text) => {
    const trust = createSpiffeTrust({ trustDomains: { [DOMAIN]: { bundle: given } } });
    const { authorities = [] } = trust.status[DOMAIN] ?? {};
    hold(new Set(authorities).size === authorities.length, 'an authority counts twice');
    for (const each of forged) {
      const stranger = await attempt(() => verifyX509Svid(each, trust, { now }));
      hold(stranger === undefined, 'an SVID of another authority is accepted');
    }
    const { path } = await verifyX509Svid(show(ders[0] ?? new Uint8Array(0)), trust, { now });
    // an anchor is trusted as it is: a certificate that differs from the authority's in other than its key is one too
    hold(Buffer.from(path.anchor.publicKey).equals(authority.authority.certificate.publicKey), 'another authority');
    const base64 = Buffer.from(path.anchor.der).toString('base64');
    hold(text.replace(/\s|\\n|\\r/g, '').includes(base64), 'an authority is trusted that is not in the bundle');
    return base64;
  };
  return [
    {
      name: 'SPIFFE: bundle as an object',
      make: (random) =>
        makeJson(
          random,
          [bundle, nested.bundle({ authorities: [authority.authority, nested.authority] })],
          ['keys', 'use', 'x5c', 'spiffe_sequence'],
        ),
      async run(document) {
        // a string is PEM or JSON, and anything but an object is misuse
        if (Object(document) !== document) return;
        const anchor = await withBundle(document, JSON.stringify(document));
        const entries = /** @type {any} */ (document).keys.filter(
          (/** @type {any} */ each) => each?.use === 'x509-svid',
        );
        hold(
          entries.some((/** @type {any} */ each) => each.x5c?.[0] === anchor),
          'a key for something else is trusted',
        );
      },
    },
    {
      name: 'SPIFFE: bundle as text',
      make: (random) => makeText(random, [JSON.stringify(bundle), authority.authority.pem + nested.authority.pem]),
      run: (text) => withBundle(text, text),
    },
    {
      name: 'SPIFFE: mutated SVID',
      make: (random) => makeDer(random, ders),
      async run(certificate) {
        const { spiffeId } = await verifyX509Svid(show(certificate), spiffeTrust, { now });
        const shown = show(certificate);
        hold(known.has(shown.certificate.thumbprint), 'an SVID that no authority issued is accepted');
        hold(spiffeId === ID, 'another ID');
      },
    },
    {
      name: 'SPIFFE: a flipped bit of an SVID',
      make: (random) => flipBit(random, random.pick(ders.slice(0, 2))),
      async run(certificate) {
        await verifyX509Svid(show(certificate), spiffeTrust, { now });
        throw new Violation('an SVID with a flipped bit is accepted');
      },
    },
    {
      name: 'SPIFFE: IDs',
      make: (random) =>
        makeText(random, [ID, 'spiffe://example.org', 'spiffe://a-b.example_1/x/./y', 'spiffe://10.0.0.1/a']),
      run(text) {
        const id = parseSpiffeId(text);
        const { trustDomain, path } = id;
        hold(id.toString() === text && `spiffe://${trustDomain}${path}` === text, 'an ID has two forms');
        hold(
          /^[a-z0-9._-]{1,255}$/.test(trustDomain) && !/\/(?:\.{0,2})(?:\/|$)/.test(path),
          'an ID out of its grammar',
        );
      },
    },
    {
      name: 'SPIFFE: registered IDs',
      make: (random) =>
        makeText(random, [ID, 'spiffe://example.org/pay/*', 'spiffe://example.org/pay', 'spiffe://example.org/*']),
      async run(spiffe_id) {
        const metadata = { token_endpoint_auth_method: 'spiffe_x509', spiffe_id };
        const { matched, spiffeId } = await authenticateClient(show(ders[0] ?? new Uint8Array(0)), metadata, {
          spiffeTrust,
          now,
        });
        hold(spiffeId === ID && matched.value === spiffe_id, 'another ID');
        const below =
          spiffe_id.endsWith('/*') && ID.startsWith(spiffe_id.slice(0, -1)) && ID.length > spiffe_id.length - 1;
        hold(spiffe_id === ID || below, 'an ID matches that is not registered');
      },
    },
  ];
}
