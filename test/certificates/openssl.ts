import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Candidate, Reading } from './corpus.js';

const ARGUMENTS = ['x509', '-inform', 'DER', '-noout', '-fingerprint', '-sha256', '-serial', '-subject', '-issuer'];
const FORMS = ['-dates', '-dateopt', 'iso_8601', '-nameopt', 'RFC2253,oid,dump_der,dump_all'];

/** Processes at a time. */
const CONCURRENCY = 2;

/** What `openssl x509` reads of each candidate; undefined where it refuses it, or reads less than all of its bytes. */
export async function readWithOpenssl(candidates: readonly Candidate[]): Promise<readonly (Reading | undefined)[]> {
  const readings: (Reading | undefined)[] = [];
  const queue = candidates.entries();
  const work = async (): Promise<void> => {
    for (const [index, { der }] of queue) {
      const reading = parse(await run(der));
      // it takes certificates out of PKCS #12 files too
      if (reading?.thumbprint === createHash('sha256').update(der).digest('base64url')) readings[index] = reading;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return readings;
}

function run(der: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('openssl', [...ARGUMENTS, ...FORMS], (error, stdout) => resolve(error ? '' : stdout));
    // it may have ended before it has read everything
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(der);
  });
}

function parse(output: string): Reading | undefined {
  if (output === '') return undefined;
  const member = (name: string): string => {
    const line = output.split('\n').find((each) => each.toLowerCase().startsWith(`${name}=`));
    if (line === undefined) throw new Error(`openssl x509 printed no ${name}`);
    return line.slice(name.length + 1);
  };
  return {
    thumbprint: Buffer.from(member('sha256 fingerprint').replaceAll(':', ''), 'hex').toString('base64url'),
    serialNumber: member('serial'),
    subject: splitName(member('subject')),
    issuer: splitName(member('issuer')),
    validity: ['notbefore', 'notafter'].map((name) => Date.parse(member(name).replace(' ', 'T'))),
  };
}

/** Values are hexadecimal, so that the separators are. */
function splitName(text: string): string[] {
  return text === '' ? [] : text.split(',').map((rdn) => rdn.split('+').sort().join('+'));
}
