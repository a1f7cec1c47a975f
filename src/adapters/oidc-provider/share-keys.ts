import type { RemoteJwks } from '../../jwks/remote-jwks.js';

/**
 * oidc-provider loads a `jwks_uri` by rules of its own, and compares the certificate with what it has. The set that
 * has just decided takes that place, for as long as oidc-provider would keep what it loads. Where its key store is
 * not as it was in version 9, it goes on by its own rules, and refuses what it does not know yet.
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
