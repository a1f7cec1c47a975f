import type * as Asn1 from 'asn1js';
import type * as Pki from 'pkijs';
import type * as X509 from '@peculiar/x509';
import { installedVersion, isBefore } from '../node/installed-version.js';

/** The optional peer dependencies of a part of the kit. */
interface Need {
  /** The part that uses them. */
  readonly part: string;
  readonly packages: readonly [main: string, ...others: string[]];
  /** The first supported version of the main package. */
  readonly since: string;
}

const GENERATOR: Need = {
  part: 'oauth-mtls/testing',
  packages: ['@peculiar/x509', 'reflect-metadata'],
  // the first version that signs with Ed25519
  since: '1.11.0',
};
const OCSP: Need = { part: 'ocspResponse', packages: ['pkijs', 'asn1js'], since: '3.0.0' };

let generator: Promise<typeof X509> | undefined;
let ocsp: Promise<{ pki: typeof Pki; asn1: typeof Asn1 }> | undefined;

/**
 * Loads the generator of certificates and CRLs, on first use, because the rest of the kit does not require it.
 *
 * @throws Error that lists the packages to install
 */
export function loadX509(): Promise<typeof X509> {
  return (generator ??= load(GENERATOR, async () => {
    // version 0.1 has no entry point without polyfills
    await import('reflect-metadata/lite').catch(() => import('reflect-metadata'));
    return import('@peculiar/x509');
  }));
}

/**
 * Loads the packages for writing OCSP responses.
 *
 * @throws Error that lists the packages to install
 */
export function loadPkijs(): Promise<{ pki: typeof Pki; asn1: typeof Asn1 }> {
  return (ocsp ??= load(OCSP, async () => {
    const [pki, asn1] = await Promise.all([import('pkijs'), import('asn1js')]);
    return { pki, asn1 };
  }));
}

async function load<T>({ part, packages, since }: Need, importAll: () => Promise<T>): Promise<T> {
  const [main] = packages;
  const found = installedVersion(main);
  const install = (tag: string): string => `npm install --save-dev ${packages.map((name) => name + tag).join(' ')}`;
  if (found !== undefined && isBefore(found, since))
    throw new Error(`${part} requires ${main} ${since} or newer, but ${found} is installed: ${install('@latest')}`);
  try {
    return await importAll();
  } catch (cause) {
    // jest uses the code without the prefix
    if (!/^(?:ERR_)?MODULE_NOT_FOUND$/.test(String((cause as { code?: unknown }).code))) throw cause;
    throw new Error(`${part} requires two more packages: ${install('')}`, { cause });
  }
}
