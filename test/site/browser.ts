import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, describe } from 'vitest';

import { fromRoot } from '../../subpaths.js';
import { chromiumArgs, findChromium } from '../find-chromium.js';

const executablePath = findChromium();
if (executablePath === undefined) {
  if (process.env['CI']) throw new Error('Chromium is missing: install it, or set CHROMIUM_PATH');
  console.warn('SKIPPED: Chromium is missing: install it, or set CHROMIUM_PATH');
}

/** `describe`, where there is a Chromium. */
export const describeInChromium = describe.skipIf(executablePath === undefined);

let browser: Promise<Browser> | undefined;

/** A page of the built site, opened as a file. */
export async function openPage(path: string, options?: BrowserContextOptions): Promise<Page> {
  browser ??= chromium.launch({ executablePath: executablePath!, args: chromiumArgs });
  const page = await (await browser).newPage(options);
  await page.goto(new URL(path, `file://${fromRoot('docs/site/')}`).href);
  return page;
}

afterAll(async () => (await browser)?.close());
