import {
  isMtlsError,
  MtlsError,
  parseClientMetadata,
  toErrorResponse,
  type MtlsErrorDetail,
  type SubjectMismatchCause,
} from 'oauth-mtls';
import { describe, expect, it } from 'vitest';
import { subjectCauses } from '../../../src/oauth/subject/subject-causes.js';

const FORMS = {
  dn: ['tls_client_auth_subject_dn', 'an RFC 4514 string, the last RDN first, such as CN=client,O=Example,C=US'],
  dns: ['tls_client_auth_san_dns', 'a DNS name, such as client.example.com'],
  uri: ['tls_client_auth_san_uri', 'an absolute URI, such as spiffe://example.com/client'],
  ip: ['tls_client_auth_san_ip', 'an IP address, such as 192.0.2.1 or 2001:db8::1'],
  email: ['tls_client_auth_san_email', 'a mailbox, such as client@example.com'],
} as const;

/** What the registering client reads. */
function describeRefusal(metadata: object): string {
  try {
    parseClientMetadata({ token_endpoint_auth_method: 'tls_client_auth', ...metadata });
  } catch (error) {
    if (isMtlsError(error)) return toErrorResponse(error).body!.error_description!;
    throw error;
  }
  throw new Error('The metadata was not refused');
}

describe('the description of a refused registration', () => {
  it.each<[type: keyof typeof FORMS, cause: SubjectMismatchCause | undefined, value: string]>([
    ['dn', 'openssl-oneline', '/C=US/O=Acme/CN=marked'],
    ['dn', 'label-prefix', 'subject=C = US, O = "Acme", CN = marked'],
    ['dn', 'label-prefix', 'subject: /CN=marked'],
    ['dn', 'quoted-value', 'CN="marked",O=Acme'],
    ['dn', 'semicolon-separator', 'CN=marked;O=Acme'],
    ['dn', 'oid-prefix', 'OID.2.5.4.3=marked'],
    ['dn', 'unknown-attribute', 'marked=x'],
    ['dn', 'empty-value', ' '],
    ['dn', 'pem-value', '-----BEGIN CERTIFICATE-----\nmarked\n-----END CERTIFICATE-----'],
    ['dn', 'u-label', 'DC=märked'],
    ['dn', undefined, 'CN=marked,'],
    ['dns', 'ip-address', '198.51.100.7'],
    ['dns', 'trailing-dot', 'marked.example.'],
    ['dns', 'u-label', 'märked.example'],
    ['dns', 'label-prefix', 'DNS:marked.example'],
    ['dns', 'surrounding-space', 'marked.example '],
    ['dns', undefined, 'marked..example'],
    ['uri', 'surrounding-space', ' https://marked.example'],
    ['uri', undefined, 'marked.example/x'],
    ['ip', 'ip-text-form', '198.51.100.7:443'],
    ['ip', 'ip-text-form', '[2001:db8::7]'],
    ['ip', 'ip-text-form', 'marked.example'],
    ['ip', 'label-prefix', 'IP Address:198.51.100.7'],
    ['email', 'label-prefix', 'mailto:marked@'],
    ['email', undefined, 'marked'],
  ])('of %s names the mistake (%s) and the form to register: %j', (type, cause, value) => {
    const [parameter, form] = FORMS[type];
    const mistake = cause === undefined ? '' : ` ${subjectCauses[cause]}`;
    const description = describeRefusal({ [parameter]: value });
    expect(description).toBe(
      `${parameter}: The registered subject cannot match any certificate.${mistake} Register ${form}.`,
    );
    expect(description).not.toMatch(/m[aä]rked|198\.51|db8::7/);
    // RFC 6749 §5.2
    expect(description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});

const RULE = 'The registered subject cannot match any certificate.';

// those of this version have a reason, and a distinguished name has a cause
it.each<[string, MtlsErrorDetail<'ERR_METADATA_VALUE'>, string]>([
  ['without a field', {}, RULE],
  ['about another member', { field: 'spiffe_id', expected: 'marked' }, `spiffe_id: ${RULE}`],
  ...(['dns', 'uri', 'ip', 'email', 'dn'] as const).flatMap((type) => {
    const [field, form] = FORMS[type];
    const described = `${field}: ${RULE} Register ${form}.`;
    return [
      ['without a value', { field }, described] as const,
      ['without a reason', { field, expected: 'marked..' }, described] as const,
    ].map((row) => [...row] as [string, MtlsErrorDetail<'ERR_METADATA_VALUE'>, string]);
  }),
  [
    'about an address that is not ASCII',
    { field: FORMS.ip[0], expected: 'märked', reason: 'not-ascii' },
    `${FORMS.ip[0]}: ${RULE} ${subjectCauses['ip-text-form']} Register ${FORMS.ip[1]}.`,
  ],
])('an error of another version %s is described too', (_what, detail, description) => {
  expect(toErrorResponse(new MtlsError('ERR_METADATA_VALUE', detail)).body?.error_description).toBe(description);
});
