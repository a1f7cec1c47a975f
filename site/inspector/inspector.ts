import { holdsPrivateKey } from '../../src/cli/reports/private-key.js';
import { tlsClientAuthParameters } from '../../src/oauth/subject/subject-matches.js';
import { example } from './example.js';
import { readAnswers, type Fields } from './read-answer.js';
import { showAnswer } from './show-answer.js';

/** Larger than any file of certificates that is worth pasting, in bytes. */
const MAX_FILE_BYTES = 1_000_000;

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- inspector.html has these elements
function field<Kind extends HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}

const certificate = field<HTMLTextAreaElement>('certificate');
const parameter = field<HTMLSelectElement>('parameter');
const value = field<HTMLTextAreaElement>('value');
const exactCase = field<HTMLInputElement>('exact-case');
const token = field<HTMLTextAreaElement>('token');
const file = field<HTMLInputElement>('file');
const fileProblem = field('file-problem');

function answer(): void {
  const fields: Fields = {
    certificate: certificate.value,
    parameter: tlsClientAuthParameters.find((name) => name === parameter.value)!,
    value: value.value,
    exactCase: exactCase.checked,
    token: token.value,
  };
  const answers = readAnswers(fields, new Date());
  showAnswer(field('certificate-answer'), answers.certificate);
  showAnswer(field('value-answer'), answers.value);
  showAnswer(field('token-answer'), answers.token);
}

function fill(fields: Pick<Fields, 'certificate' | 'parameter' | 'value' | 'token'>): void {
  certificate.value = fields.certificate;
  parameter.value = fields.parameter;
  value.value = fields.value;
  token.value = fields.token;
  exactCase.checked = false;
  file.value = '';
  fileProblem.textContent = '';
  answer();
}

/** The text of a file, or base64 where it is DER. */
async function readFile(chosen: File): Promise<string> {
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  if (bytes[0] !== 0x30) return new TextDecoder().decode(bytes);
  return btoa(Array.from(bytes, (octet) => String.fromCharCode(octet)).join(''));
}

async function openFile(): Promise<void> {
  const chosen = file.files?.[0];
  if (chosen === undefined) return;
  fileProblem.textContent = '';
  if (chosen.size > MAX_FILE_BYTES) {
    fileProblem.textContent = 'The file is larger than 1 MB.';
    return;
  }
  const text = await readFile(chosen);
  if (holdsPrivateKey(text)) fileProblem.textContent = 'The file holds a private key, so it is not shown.';
  else certificate.value = text;
  answer();
}

for (const input of [certificate, parameter, value, exactCase, token]) input.addEventListener('input', answer);
file.addEventListener('change', () => void openFile());
field('example').addEventListener('click', () => fill(example));
field('clear').addEventListener('click', () => {
  fill({ certificate: '', parameter: 'tls_client_auth_subject_dn', value: '', token: '' });
  certificate.focus();
});
// a reload keeps what is in the fields
answer();
