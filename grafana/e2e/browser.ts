import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = path.join(import.meta.dirname, 'screenshots');
mkdirSync(screenshots, { recursive: true });

export interface View {
  theme?: 'dark' | 'light';
  width?: number;
  role?: 'Viewer' | 'Editor' | 'Admin';
  harness?: object;
}

export interface Opened {
  page: Page;
  /** What the page complained about. */
  complaints: string[];
  close: () => Promise<void>;
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Opens a page of the app in the harness. */
export function open(browser: Browser, address: string, view: View = {}, prepare: (page: Page) => Promise<unknown> = () => Promise.resolve()): Promise<Opened> {
  const { theme = 'dark', role = 'Editor', harness = {} } = view;
  return openAny(browser, `${inject('url')}${address}`, view, async (page) => {
    await prepare(page);
    await page.addInitScript((given) => {
      (window as unknown as { harness: object }).harness = given;
    }, { theme, role, headers: { 'X-Test-Role': role, 'X-Test-Login': 'ann' }, ...harness });
  });
}

/** Opens any page, after `prepare`. */
export async function openAny(browser: Browser, url: string, { theme = 'dark', width = 1360 }: View = {}, prepare: (page: Page) => Promise<unknown> = () => Promise.resolve()): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, acceptDownloads: true, timezoneId: 'UTC', locale: 'en-US', colorScheme: theme });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()} ${message.location().url}`));
  await prepare(page);
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

export async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
}

/** The serious and critical faults that axe finds. */
export async function faults(page: Page): Promise<string[]> {
  // Not by a tag, which the policy of a page may forbid.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: { run: (on: object, how: object) => Promise<{ violations: Array<{ id: string; impact: string; nodes: Array<{ html: string }> }> }> } }).axe.run(
      document,
      { resultTypes: ['violations'] },
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).slice(0, 3).join(' | ')}`);
  });
}
