import { expect, it } from 'vitest';

import { describeInChromium, openPage } from './browser.js';

const PAGES = ['index.html', 'names.html', 'errors.html', 'requirements.html', 'inspector.html'];

describeInChromium('the page of the inspector', () => {
  it('can send nothing', async () => {
    const page = await openPage('inspector.html');
    const blocked = await page.evaluate(async () => {
      const directives: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        directives.push(effectiveDirective);
      });
      const attempt = (send: () => unknown) => {
        try {
          return Promise.resolve(send()).catch(() => undefined);
        } catch {
          return undefined;
        }
      };
      const url = 'https://127.0.0.1:9/?stolen';
      await attempt(() => fetch(url));
      await attempt(() => navigator.sendBeacon(url));
      await attempt(() => new WebSocket('wss://127.0.0.1:9/'));
      await attempt(() => (new Image().src = url));
      await attempt(() => (document.body.innerHTML = '<p>'));
      const form = document.createElement('form');
      form.action = url;
      document.body.append(form);
      form.submit();
      await new Promise((resolve) => setTimeout(resolve, 500));
      return directives;
    });
    expect(blocked.filter((name) => name === 'connect-src')).toHaveLength(3);
    expect(blocked).toEqual(expect.arrayContaining(['img-src', 'form-action', 'require-trusted-types-for']));
  });

  it('loads without an error, and without a violation of its own policy', async () => {
    const page = await openPage('about:blank');
    const messages: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(String(error)));
    await page.goto((await openPage('inspector.html')).url());
    await page.getByRole('button', { name: 'Use an example' }).click();
    expect(messages).toEqual([]);
  });

  it('works by keyboard alone', async () => {
    const page = await openPage('inspector.html');
    const reached: string[] = [];
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press('Tab');
      const id = await page.evaluate(() => document.activeElement?.id ?? '');
      reached.push(id);
      if (id === 'example') await page.keyboard.press('Enter');
      if (id === 'value') await page.keyboard.press('Control+a').then(() => page.keyboard.type('CN=x'));
      if (id === 'exact-case') await page.keyboard.press('Space');
      if (id === 'token') break;
    }
    const fields = reached.filter((id) => id !== '');
    expect(fields).toEqual(['example', 'clear', 'certificate', 'file', 'parameter', 'value', 'exact-case', 'token']);
    expect(await page.locator('#exact-case').isChecked()).toBe(true);
    expect(await page.locator('#value-answer [role=status]').innerText()).toContain('does not match');
  });

  it('has a label for each field, and one live region for each answer', async () => {
    const page = await openPage('inspector.html');
    const unlabelled = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLInputElement>('textarea, input, select')]
        .filter(({ labels }) => (labels?.length ?? 0) === 0)
        .map(({ id }) => id),
    );
    expect(unlabelled).toEqual([]);
    expect(await page.getByRole('status').count()).toBe(3);
  });
});

describeInChromium('each page', () => {
  it.each(PAGES)('%s is dark or light, as the reader has it', async (path) => {
    const colours = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage(path, { colorScheme });
      colours.push(
        await page.evaluate(() => {
          const { backgroundColor, color } = getComputedStyle(document.body);
          const brightness = (text: string) => text.match(/\d+/g)!.reduce((sum, part) => sum + Number(part), 0);
          return brightness(backgroundColor) > brightness(color);
        }),
      );
    }
    expect(colours).toEqual([true, false]);
  });

  it.each(PAGES)('%s fits a phone of 360 pixels', async (path) => {
    const page = await openPage(path, { viewport: { width: 360, height: 740 } });
    if (path === 'inspector.html') await page.getByRole('button', { name: 'Use an example' }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });
});
