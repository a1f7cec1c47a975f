import { readFileSync } from 'node:fs';

import { explainConfirmation, explainSubject, parseCertificate, type TlsClientAuthParameter } from 'oauth-mtls';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';

import { fromRoot } from '../../subpaths.js';
import { printable } from '../../src/cli/printable.js';
import { describeInChromium, openPage } from './browser.js';

interface Question {
  readonly certificate: string;
  readonly parameter?: string;
  readonly value?: string;
  readonly token?: string;
}

/** What a reader sees below one of the fields. */
interface Shown {
  readonly verdict: string;
  readonly status: string;
  readonly rows: readonly (readonly [label: string, text: string])[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the schema beside the vectors says what they hold
function vectorsOf(name: string): any[] {
  return JSON.parse(readFileSync(fromRoot(`vectors/${name}.json`), 'utf8')).vectors;
}

/** Fills the fields as a user does, and reads the answers, many questions at once. */
function ask(page: Page, questions: readonly Question[]): Promise<Record<'certificate' | 'value' | 'token', Shown>[]> {
  return page.evaluate((all) => {
    const set = (id: string, text = '') => {
      (document.getElementById(id) as HTMLTextAreaElement).value = text;
    };
    const read = (id: string) => {
      const answer = document.getElementById(`${id}-answer`)!;
      const rows = [...answer.querySelectorAll('dl > div')].map(
        (row) => [row.children[0]!.textContent, row.children[1]!.firstChild?.textContent ?? ''] as const,
      );
      return {
        verdict: answer.getAttribute('data-verdict')!,
        status: answer.querySelector('[role=status]')!.textContent,
        rows,
      };
    };
    return all.map(({ certificate, parameter = 'tls_client_auth_subject_dn', value, token }) => {
      set('certificate', certificate);
      set('parameter', parameter);
      set('value', value);
      set('token', token);
      document.getElementById('token')!.dispatchEvent(new Event('input'));
      return { certificate: read('certificate'), value: read('value'), token: read('token') };
    });
  }, questions);
}

function rowsNamed({ rows }: Shown, name: string): string[] {
  return rows.filter(([label]) => label.startsWith(name)).map(([, text]) => text);
}

describeInChromium('the inspector', () => {
  it('says of each name vector what explainSubject says', async () => {
    // a text area has one kind of line break, and an empty field asks nothing
    const vectors = vectorsOf('names')
      .map((vector) => ({ ...vector, registered: vector.registered.replace(/\r\n?/g, '\n') }))
      .filter(({ registered }) => registered !== '');
    const page = await openPage('inspector.html');
    const answers = await ask(
      page,
      vectors.map(({ certificate, parameter, registered }) => ({ certificate, parameter, value: registered })),
    );
    expect(vectors.length).toBeGreaterThan(300);
    for (const [index, { id, certificate, parameter, registered }] of vectors.entries()) {
      const report = explainSubject(parseCertificate(certificate), parameter as TlsClientAuthParameter, registered);
      const { value } = answers[index]!;
      const seen = {
        verdict: value.verdict,
        cause: rowsNamed(value, 'Cause'),
        found: rowsNamed(value, 'In the certificate'),
        suggestion: rowsNamed(value, 'Register as'),
      };
      expect(seen, id).toEqual({
        verdict: report.matches ? 'yes' : 'no',
        cause: report.cause === undefined ? [] : [report.cause],
        found: report.found.filter((name) => name !== '').map(printable),
        suggestion: report.suggestion === undefined ? [] : [printable(report.suggestion)],
      });
      expect(value.status, id).toContain(printable(report.hint));
    }
  });

  it('says of each cnf vector what explainConfirmation says', async () => {
    const vectors = vectorsOf('cnf');
    const page = await openPage('inspector.html');
    const answers = await ask(
      page,
      vectors.map(({ certificate, token }) => ({ certificate: certificate ?? '', token: JSON.stringify(token) })),
    );
    for (const [index, { id, certificate, token }] of vectors.entries()) {
      const leaf = certificate === null ? undefined : parseCertificate(certificate);
      if (!('cnf' in token) && ('x5t#S256' in token || 'x5t#S512' in token)) {
        expect([answers[index]!.token.verdict, rowsNamed(answers[index]!.token, 'Cause')], id).toEqual([
          'no',
          ['bare-confirmation'],
        ]);
        continue;
      }
      const report = explainConfirmation(token, leaf);
      // without a certificate, the question is whether the token is bound at all
      const bound = report.matches || (leaf === undefined && report.cause === 'no-certificate');
      expect([answers[index]!.token.verdict, rowsNamed(answers[index]!.token, 'Cause')], id).toEqual([
        bound ? 'yes' : 'no',
        bound ? [] : [report.cause],
      ]);
    }
  });

  it('answers its example, and says that the signature of the token is not verified', async () => {
    const page = await openPage('inspector.html');
    await page.getByRole('button', { name: 'Use an example' }).click();
    expect(await page.locator('#certificate-answer').getAttribute('data-verdict')).toBe('yes');
    expect(await page.locator('#certificate-answer').innerText()).toContain('tls_client_auth_san_dns');
    expect(await page.locator('#value-answer').innerText()).toContain('reversed-order');
    expect(await page.locator('#token-answer').innerText()).toContain('not verified');
    expect(await page.locator('#token-answer').innerText()).toContain('hexadecimal');
  });

  it('runs nothing that a certificate or a token holds, and shows what is hidden', async () => {
    const evil = '<img src=x onerror=window.owned=1><script>window.owned=1</script>';
    const { pem } = await selfSignedCertificate({
      subject: [`CN=${evil.replace(/[<>=]/g, '\\$&')}`, 'O=a\u202eb'].join(','),
    });
    const page = await openPage('inspector.html');
    const token = JSON.stringify({ [evil]: evil, hidden: '\u202eabc', cnf: { 'x5t#S256': evil } });
    const [answers] = await ask(page, [{ certificate: pem, value: evil, token }]);
    expect(rowsNamed(answers!.certificate, 'Subject')[0]).toContain('onerror');
    expect(rowsNamed(answers!.certificate, 'Subject')[0]).toContain('\\e2\\80\\ae');
    expect(rowsNamed(answers!.token, 'hidden')).toEqual(['"\\u202eabc"']);
    expect(await page.locator('.answer img, .answer script').count()).toBe(0);
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);
  });

  it('shows nothing of a private key, in any field and any form', async () => {
    const { privateKeyPem, pem } = await selfSignedCertificate();
    const bare = privateKeyPem.replace(/-----.*-----|\s/g, '');
    const jwk = JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'secret' });
    const jwt = `${btoa('{}')}.${btoa(jwk).replace(/=/g, '')}.x`.replace(/=/g, '');
    const page = await openPage('inspector.html');
    const secrets = [privateKeyPem, pem + privateKeyPem, bare, jwk];
    const questions = secrets.flatMap((secret) => [
      { certificate: secret, token: '{}' },
      { certificate: pem, value: secret },
      { certificate: pem, token: secret },
    ]);
    for (const answers of await ask(page, [...questions, { certificate: pem, token: jwt }])) {
      const shown = Object.values(answers);
      expect(shown.flatMap(({ rows }) => rows)).toEqual([]);
      expect(shown.map(({ status }) => status).join('')).toContain('This is a private key');
    }
  });

  it('says what is wrong with what is not a certificate or a token', async () => {
    const page = await openPage('inspector.html');
    const [answers] = await ask(page, [{ certificate: 'hello', value: 'CN=a', token: 'hello' }]);
    expect(Object.values(answers!).map(({ verdict }) => verdict)).toEqual(Array(3).fill('unreadable'));
    expect(answers!.certificate.status).toContain('ERR_ENCODING_BASE64');
  });
});
