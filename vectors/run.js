#!/usr/bin/env node
/**
 * Reference runner. `node run.js` tries oauth-mtls; `node run.js ./mine.js` a module that exports the three functions
 * of {@link reference}, or some of them. Prints each difference; the exit code is 0 only if there is none.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {{ id: string, parameter: string, certificate: string, registered: string, result: string, latitude: boolean
 * }} NameVector
 * @typedef {{ id: string, certificate: string | null, token: object, result: string }} BindingVector
 * @typedef {{ id: string, format: string, headers: [string, string][], result: string, thumbprint?: string, verified?:
 * boolean }} HeaderVector
 *
 * @typedef {object} Implementation
 * @property {(vector: NameVector) => string | Promise<string>} [matchName] `match`, `no-match` or `invalid`
 * @property {(vector: BindingVector) => string | Promise<string>} [verifyBinding] `bound` or `refused`
 * @property {(vector: HeaderVector) => { thumbprint: string, verified: boolean } | undefined | Promise<{ thumbprint:
 * string, verified: boolean } | undefined>} [readHeaders]
 *   undefined without a certificate; throws what is to be refused
 */

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')).vectors;

/** @returns {Promise<Implementation>} oauth-mtls */
export async function reference() {
  const { isMtlsError, parseCertificate, subjectMatches, verifyConfirmation } = await import('oauth-mtls');
  const forwarded = await import('oauth-mtls/forwarded');
  /** @param {unknown} error @param {string} result */
  const refusal = (error, result) => {
    if (!isMtlsError(error)) throw error;
    return result;
  };
  return {
    matchName({ parameter, certificate, registered }) {
      try {
        const name = /** @type {import('oauth-mtls').TlsClientAuthParameter} */ (parameter);
        return subjectMatches(parseCertificate(certificate), name, registered) ? 'match' : 'no-match';
      } catch (error) {
        return refusal(error, 'invalid');
      }
    },
    verifyBinding({ certificate, token }) {
      // evidence comes from a connection or from a proxy: here, one that speaks RFC 9440
      const present = forwarded.createCertificateReader({ format: forwarded.rfc9440(), trust: () => true });
      const presented = certificate === null ? undefined : present({ rawHeaders: ['client-cert', `:${certificate}:`] });
      try {
        verifyConfirmation(token, presented);
        return 'bound';
      } catch (error) {
        // a confirmation without cnf around it is a mistake of the caller
        return error instanceof TypeError ? 'refused' : refusal(error, 'refused');
      }
    },
    readHeaders({ format, headers }) {
      const formats = /** @type {Record<string, () => import('oauth-mtls/forwarded').ForwardedFormat>} */ (
        /** @type {unknown} */ (forwarded)
      );
      const reader = forwarded.createCertificateReader({
        format: /** @type {() => import('oauth-mtls/forwarded').ForwardedFormat} */ (formats[format])(),
        trust: () => true,
      });
      const presented = reader({ rawHeaders: headers.flat() });
      return (
        presented && { thumbprint: presented.certificate.thumbprint, verified: presented.verification === 'verified' }
      );
    },
  };
}

/**
 * Runs every vector for which there is a function.
 *
 * @param {Implementation} implementation
 * @returns {Promise<{ run: number, latitude: number, differences: string[] }>} `latitude`: differences that the
 *   specifications allow
 */
export async function runVectors({ matchName, verifyBinding, readHeaders }) {
  /** @type {string[]} */
  const differences = [];
  let run = 0;
  let latitude = 0;
  /** @param {{ id: string, result: string, latitude?: boolean }} vector @param {string} found */
  const compare = (vector, found, expected = vector.result) => {
    run += 1;
    if (found === expected) return;
    if (vector.latitude === true) latitude += 1;
    else differences.push(`${vector.id}: ${found} instead of ${expected}`);
  };
  if (matchName) for (const vector of read('names.json')) compare(vector, await matchName(vector));
  if (verifyBinding) for (const vector of read('cnf.json')) compare(vector, await verifyBinding(vector));
  if (readHeaders) {
    for (const vector of read('headers.json')) {
      const expected =
        vector.result === 'certificate'
          ? `${vector.thumbprint}, ${vector.verified ? '' : 'not '}verified`
          : vector.result;
      let found;
      try {
        const read = await readHeaders(vector);
        found = read === undefined ? 'absent' : `${read.thumbprint}, ${read.verified ? '' : 'not '}verified`;
      } catch {
        found = 'refused';
      }
      compare(vector, found, expected);
    }
  }
  return { run, latitude, differences };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const [, , path] = process.argv;
  const implementation = path === undefined ? await reference() : await import(pathToFileURL(resolve(path)).href);
  const { run, latitude, differences } = await runVectors(implementation);
  for (const difference of differences) console.log(difference);
  console.log(`${run} vectors, ${differences.length} differences, ${latitude} where the specifications leave room`);
  process.exitCode = differences.length === 0 && run > 0 ? 0 : 1;
}
