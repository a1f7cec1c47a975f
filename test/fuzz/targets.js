import { createCertificateTargets } from './targets/certificates.js';
import { createClientTargets } from './targets/clients.js';
import { createCommandTargets } from './targets/command.js';
import { createConfirmationTargets } from './targets/confirmations.js';
import { createForwardedTargets } from './targets/forwarded.js';
import { createMetadataTargets } from './targets/metadata.js';
import { createNameTargets } from './targets/names.js';
import { createPathTargets } from './targets/paths.js';
import { createPlatformTargets } from './targets/platforms.js';
import { createRegistrationTargets } from './targets/registrations.js';
import { createRelaxedTargets } from './targets/relaxed.js';
import { createRevocationTargets } from './targets/revocation.js';
import { createSpiffeTargets } from './targets/spiffe.js';
import { createTokenTargets } from './targets/tokens.js';
import { createTrustTargets } from './targets/trust.js';

/**
 * One parser or decision. `make` makes an input; `run` gives it to the library, lets the library's errors pass, and
 * throws a Violation where an invariant does not hold.
 *
 * @typedef {{
 *   name: string,
 *   make: (random: import('./random.js').Random) => unknown,
 *   run: (input: any) => unknown,
 * }} Target
 */

/** @param {import('./materials.js').Materials} materials @returns {Promise<Target[]>} */
export async function createTargets(materials) {
  const lists = [
    createCertificateTargets(materials),
    createNameTargets(materials),
    await createPathTargets(materials),
    await createRevocationTargets(materials),
    createForwardedTargets(materials),
    createPlatformTargets(materials),
    createClientTargets(materials),
    createRegistrationTargets(materials),
    await createTokenTargets(materials),
    createConfirmationTargets(materials),
    createMetadataTargets(),
    await createSpiffeTargets(),
    await createTrustTargets(materials),
    await createCommandTargets(materials),
    await createRelaxedTargets(),
  ];
  return lists.flat();
}
