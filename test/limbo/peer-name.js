// Server names are no business of the library; the corpus needs them decided. RFC 9525 §6.3, §6.5.

/**
 * Whether one of the certificate's subjectAltName entries is the peer.
 * @param {import('oauth-mtls').Certificate} certificate
 * @param {{ kind: string, value: string } | null} peer
 */
export function namesPeer(certificate, peer) {
  if (peer === null) return true;
  return certificate.subjectAltNames.some(({ type, value }) => {
    if (peer.kind === 'DNS') return type === 'dns' && matchesHost(value.toLowerCase(), peer.value.toLowerCase());
    if (peer.kind === 'IP') return type === 'ip' && value === peer.value;
    return type === 'email' && value === peer.value;
  });
}

/**
 * A wildcard is the whole first label, stands for one label, and has two labels or more behind it.
 * @param {string} pattern
 * @param {string} host
 */
function matchesHost(pattern, host) {
  if (!pattern.startsWith('*.')) return pattern === host;
  const base = pattern.slice(1);
  const label = host.slice(0, host.length - base.length);
  return base.lastIndexOf('.') > 0 && host.endsWith(base) && label !== '' && !label.includes('.');
}
