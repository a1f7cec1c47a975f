import type { RemoteJwks } from '../../jwks/remote-jwks.js';

/**
 * Stores the set that was used for the decision in oidc-provider's key store, for as long as oidc-provider keeps the
 * sets that it loads. oidc-provider compares the certificate with its own copy of the set. If the key store differs
 * from that of version 9, oidc-provider uses its own copy and refuses certificates that are not in it yet.
 */
export function shareKeys(client: object, source: RemoteJwks, thumbprint: string): void {
  const { asymmetricKeyStore: store } = client as { asymmetricKeyStore?: KeyStore };
  if (typeof store?.clear !== 'function' || typeof store.add !== 'function' || typeof store.stale !== 'function')
    return;
  if (!store.stale() && [...store].some((key) => key['x5t#S256'] === thumbprint)) return;
  store.clear();
  for (const key of source.jwks()?.keys ?? []) if (isPublicKey(key)) store.add(key);
  store.freshUntil = Math.floor(Date.now() / 1000) + 60;
}

interface KeyStore extends Iterable<Readonly<Record<string, unknown>>> {
  freshUntil?: number;
  stale(): boolean;
  clear(): void;
  add(key: object): void;
}

function isPublicKey({
  kty,
  d,
  x5c = [],
}: {
  readonly kty?: unknown;
  readonly d?: unknown;
  readonly x5c?: unknown;
}): boolean {
  const kinds: unknown[] = ['RSA', 'EC', 'OKP'];
  return (
    kinds.includes(kty) && d === undefined && Array.isArray(x5c) && x5c.every((entry) => typeof entry === 'string')
  );
}
