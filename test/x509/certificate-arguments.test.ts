import {
  certificateJwk,
  createConfirmation,
  explainRegistration,
  explainSubject,
  subjectMatches,
  suggestClientMetadata,
  type Certificate,
} from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

const functions: Readonly<Record<string, (certificate: Certificate) => unknown>> = {
  certificateJwk,
  createConfirmation,
  explainRegistration: (certificate) => explainRegistration(certificate, {}),
  explainSubject: (certificate) => explainSubject(certificate, 'tls_client_auth_san_dns', 'a.example'),
  subjectMatches: (certificate) => subjectMatches(certificate, 'tls_client_auth_san_dns', 'a.example'),
  suggestClientMetadata,
};
const values = [undefined, null, '', 'CN=a', 0, true, [], {}, { certificate: {} }, { certificate: undefined }, () => 0];

// what a caller forgot must be named by this library, not by the engine
describe.each(Object.entries(functions))('%s', (_name, call) => {
  it.each(values.map((value) => [value]))('names what it was given instead of a certificate: %j', (value) => {
    expect(() => call(value as unknown as Certificate)).toThrow(TypeError);
    expect(() => call(value as unknown as Certificate)).toThrow(/^A (?:presented )?certificate /i);
  });
});
