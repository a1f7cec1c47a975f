// One case of the corpus at a time, in a thread that can be ended in the middle of a loop. The package imports
// itself by its name, so it has to be built.
import { parentPort } from 'node:worker_threads';

import { isMtlsError, parseCertificate } from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';

import { namesPeer } from './peer-name.js';

/**
 * @param {import('./corpus.js').LimboCase} testCase
 * @param {boolean} strictProfile
 * @returns {Promise<import('./corpus.js').Verdict>}
 */
async function judge(testCase, strictProfile) {
  const purpose =
    testCase.extended_key_usage[0] ?? (testCase.validation_kind === 'CLIENT' ? 'clientAuth' : 'serverAuth');
  try {
    const paths = createPathVerifier({
      trustAnchors: testCase.trusted_certs,
      extendedKeyUsage: purpose,
      strictProfile,
      ...(testCase.max_chain_depth === null ? {} : { maxIntermediates: testCase.max_chain_depth }),
      ...(testCase.crls.length === 0 ? {} : { crls: testCase.crls, revocation: 'require' }),
    });
    const now = testCase.validation_time === null ? new Date() : new Date(testCase.validation_time);
    await paths.verify(testCase.peer_certificate, testCase.untrusted_intermediates, { now });
    const named = namesPeer(parseCertificate(testCase.peer_certificate), testCase.expected_peer_name);
    return { result: named ? 'SUCCESS' : 'FAILURE', code: named ? '' : 'peer-name' };
  } catch (error) {
    return isMtlsError(error) ? { result: 'FAILURE', code: error.code } : { result: 'UNTYPED', code: String(error) };
  }
}

parentPort?.on('message', ({ testCase, strictProfile }) => {
  void judge(testCase, strictProfile).then((verdict) => parentPort?.postMessage(verdict));
});
