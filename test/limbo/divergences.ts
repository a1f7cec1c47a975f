/** Case to the reason why the answer differs from the corpus. A case that agrees again has to leave the list. */
export type Divergences = ReadonlyMap<string, string>;

/** Rules of the CA/Browser Forum for servers on the web, which RFC 5280 does not have. */
const webPki = [
  ['accepted: what a root says of its own issuer is not looked at', 'webpki::aki::root-with-aki-all-fields'],
  ['accepted: what a root says of its own issuer is not looked at', 'webpki::aki::root-with-aki-missing-keyidentifier'],
  ['accepted: what a root says of its own issuer is not looked at', 'webpki::aki::root-with-aki-ski-mismatch'],
  ['accepted: an authority may be an end entity', 'webpki::ca-as-leaf'],
  ['accepted: an authority may be an end entity', 'webpki::ee-basicconstraints-ca'],
  ['accepted: the common name is free text', 'webpki::cn::case-mismatch'],
  ['accepted: the common name is free text', 'webpki::cn::ipv4-hex-mismatch'],
  ['accepted: the common name is free text', 'webpki::cn::ipv4-leading-zeros-mismatch'],
  ['accepted: the common name is free text', 'webpki::cn::ipv6-non-rfc5952-mismatch'],
  ['accepted: the common name is free text', 'webpki::cn::ipv6-uncompressed-mismatch'],
  ['accepted: the common name is free text', 'webpki::cn::ipv6-uppercase-mismatch'],
  ['accepted: the common name is free text', 'webpki::cn::not-in-san'],
  ['accepted: the common name is free text', 'webpki::cn::punycode-not-in-san'],
  ['accepted: the common name is free text', 'webpki::cn::utf8-vs-punycode-mismatch'],
  ['accepted: RFC 5280 §4.2.1.12 lets anyExtendedKeyUsage stand for every purpose', 'webpki::eku::ee-anyeku'],
  ['accepted: RFC 5280 §4.2.1.12 leaves criticality to the issuer', 'webpki::eku::ee-critical-eku'],
  ['accepted: RFC 5280 §4.2.1.12 restricts nothing without the extension', 'webpki::eku::ee-without-eku'],
  ['accepted: the extended key usage of an anchor is honoured', 'webpki::eku::root-has-eku'],
  ['accepted: RSA keys of 2048 bits and more', 'webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf'],
  ['accepted: RSA keys of 2048 bits and more', 'webpki::forbidden-rsa-not-divisible-by-8-in-root'],
  ['accepted: authorityInfoAccess is not read', 'webpki::malformed-aia'],
  ['accepted: there is no list of public suffixes', 'webpki::san::public-suffix-multi-label-wildcard-san'],
  ['accepted: there is no list of public suffixes', 'webpki::san::public-suffix-private-namespace-wildcard-san'],
  ['accepted: RFC 5280 §4.2.1.6 leaves criticality to the issuer', 'webpki::san::san-critical-with-nonempty-subject'],
] as const;

/** Rules that RFC 5280 has for those who issue, and which `strictProfile` checks. */
const profile = [
  'crl::crlnumber-critical',
  'crl::crlnumber-missing',
  'rfc5280::aki::cross-signed-root-missing-aki',
  'rfc5280::aki::intermediate-missing-aki',
  'rfc5280::aki::leaf-missing-aki',
  'rfc5280::leaf-ku-keycertsign',
  'rfc5280::nc::invalid-dnsname-leading-period',
  'rfc5280::nc::not-allowed-in-ee-critical',
  'rfc5280::nc::not-allowed-in-ee-noncritical',
  'rfc5280::nc::permitted-dns-match-noncritical',
  'rfc5280::pc::ica-noncritical-pc',
  'rfc5280::root-non-critical-basic-constraints',
  'rfc5280::san::noncritical-with-empty-subject',
  'rfc5280::san::underscore-dns',
  'rfc5280::serial::too-long',
  'rfc5280::serial::zero',
  'rfc5280::ski::intermediate-missing-ski',
  'rfc5280::ski::root-missing-ski',
].map((id) => ['accepted: a rule for issuers, checked by strictProfile', id] as const);

export const divergences: Divergences = listed([...webPki, ...profile]);

export const strictDivergences: Divergences = listed([
  ...webPki,
  ['refused: an empty subject, and a subjectAltName that is not critical', 'cve::cve-2024-0567'],
  ['refused: the root has the serial number 0', 'online::fastly.com'],
  ['refused: name constraints that are not critical', 'webpki::nc::permitted-dns-match-noncritical'],
]);

function listed(pairs: readonly (readonly [reason: string, id: string])[]): Divergences {
  return new Map(pairs.map(([reason, id]) => [id, reason]));
}
