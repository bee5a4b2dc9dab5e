// The report for those without Grafana: the page of a `kulprit serve`, and a saved file.
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { faults, launch, openAny, shoot, type View } from './browser';
import { HOSTILE } from './hostile';

const window = `from=${inject('from')}&to=${inject('to')}`;
const PAGES: Array<[string, string]> = [
  ['page', `${inject('report')}/?${window}&differences=true&limit=20`],
  ['file', pathToFileURL(inject('reportFile')).href],
  ['page-of-a-service', `${inject('report')}/?${window}&service=${encodeURIComponent(HOSTILE[0]?.service ?? '')}`],
];
const VIEWS: Array<[string, View]> = [
  ['light', { theme: 'light' }],
  ['dark', { theme: 'dark' }],
  ['400', { theme: 'light', width: 400 }],
];

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

describe.each(PAGES)('the report: %s', (name, address) => {
  it.each(VIEWS)('%s', async (view, how) => {
    const { page, complaints, close } = await openAny(browser, address, how);
    try {
      const said = await page.locator('body').innerText();
      // Hostile text is there, as text.
      expect(said).toContain(HOSTILE[0]?.service);
      const evil = page.locator('#changes tbody tr').filter({ hasText: HOSTILE[0]?.service }).first();
      await evil.locator('summary').click();
      expect(await evil.innerText()).toContain('<script>window.hacked=2</script>');
      expect(await page.locator('script, img, iframe, [onerror], a[href^="javascript:"]').count()).toBe(0);
      expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(how.width ?? 1360);
      await shoot(page, `report-${name}-${view}`);
      expect(await faults(page)).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});

it('may run nothing, whatever slips through', async () => {
  const { page, complaints, close } = await openAny(browser, `${inject('report')}/?${window}`);
  try {
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.hacked = 9';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.hacked = 8">');
    });
    await expect.poll(() => complaints.filter((one) => one.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(2);
    expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
  } finally {
    await close();
  }
});
