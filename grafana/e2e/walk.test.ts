import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { testIds } from '../src/testIds';
import { faults, launch, open, type Opened, shoot, type View } from './browser';
import { statements, sum } from './engine';

const APP = '/a/kulprit-reliability-app';
const API = '/api/plugins/kulprit-reliability-app/resources';
const [from, to] = [inject('from'), inject('to')];
const WINDOW = `from=${from}&to=${to}`;
const isPlugin = inject('isPlugin');

let browser: Browser;
let opened: Opened | undefined;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});
afterEach(async () => {
  const complaints = opened?.complaints ?? [];
  await opened?.close();
  opened = undefined;
  expect(complaints).toEqual([]);
});

async function visit(address: string, view?: View): Promise<Page> {
  opened = await open(browser, address, view);
  return opened.page;
}

/** Addresses below the pages, and what stands on each when it is answered. */
const PAGES: Array<[string, string, string]> = [
  ['services', `${APP}/services?${WINDOW}`, testIds.services],
  ['service', `${APP}/services/payment?${WINDOW}`, testIds.chart],
  ['changes', `${APP}/changes?${WINDOW}`, testIds.change],
  ['root-cause', `${APP}/root-cause?${WINDOW}`, testIds.rootCause],
  ['incidents', `${APP}/incidents?${WINDOW}`, testIds.incidents],
  ['traces', `${APP}/traces?${WINDOW}&failed=true`, testIds.traces],
];

describe('from the spike to the end of the incident', () => {
  it('the committed contract is the one that the backend answers', async () => {
    const answered: unknown = await (await fetch(`${inject('url')}${API}/openapi.json`)).json();
    const committed: unknown = JSON.parse(readFileSync(path.join(import.meta.dirname, '../openapi.json'), 'utf8'));
    expect(committed, 'npm run openapi takes it over').toEqual(answered);
  });

  it('shows the spike among the services', async () => {
    const began = Date.now();
    const page = await visit(`${APP}/services?${WINDOW}`);
    const table = page.getByTestId(testIds.services);
    await table.waitFor();
    console.log(`services are there after ${Date.now() - began} ms`);
    const first = table.locator('tbody tr').first();
    expect(await first.innerText()).toMatch(/payment[\s\S]*critical/);
    // Order and filters live in the address, and survive a reload.
    await page.getByRole('button', { name: 'Service', exact: true }).click();
    await page.getByPlaceholder('Filter by name').fill('c');
    await expect.poll(() => page.url()).toMatch(/sort=-service/);
    await expect.poll(() => page.url()).toMatch(/q=c/);
    await page.reload();
    await table.waitFor();
    const names = await table.locator('tbody tr td:first-child a').allInnerTexts();
    expect(names.length).toBeGreaterThan(1);
    expect(names).toEqual([...names].sort().reverse());
    expect(names.every((name) => name.includes('c'))).toBe(true);
    // What nobody can judge is never green.
    const green = await page.evaluate(() => [...document.querySelectorAll('td span')].filter((one) => /unknown|sparse/.test(one.textContent ?? '')).map((one) => getComputedStyle(one).color));
    const healthy = await table.getByText('healthy').first().evaluate((one) => getComputedStyle(one).color);
    expect(green).not.toContain(healthy);
  });

  it('marks the spike on a graph and asks about it', async () => {
    const page = await visit(`${APP}/services/payment?from=${from - 600_000}&to=${to}`);
    const chart = page.getByTestId(testIds.chart).first();
    await chart.locator('path').first().waitFor();
    const box = (await chart.boundingBox()) as { x: number; y: number; width: number; height: number };
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.95, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => page.url()).toMatch(/mark=\d+-\d+/);
    const [start, end] = (new URL(page.url()).searchParams.get('mark') as string).split('-').map(Number) as [number, number];
    expect(start % 60_000).toBe(0);
    expect(start).toBeGreaterThanOrEqual(from - 120_000);
    await page.getByRole('button', { name: 'Find the root cause' }).click();
    await expect.poll(() => page.url()).toContain(`/root-cause?from=${start}&to=${end}&service=payment`);
  });

  it('says what changed, and by which SQL', async () => {
    const page = await visit(`${APP}/changes?${WINDOW}`);
    const changes = page.getByTestId(testIds.change);
    await changes.first().waitFor();
    const texts = await changes.allInnerTexts();
    expect(texts.slice(0, 6).some((text) => /new[\s\S]*payment[\s\S]*Connection is not available/.test(text))).toBe(true);
    const hikari = changes.filter({ hasText: 'Connection is not available' }).first();
    await hikari.locator('button').first().click();
    expect(await hikari.innerText()).toMatch(/request timed out after \d+ms/);
    if (isPlugin) {
      const href = (await hikari.getByText('Logs in Loki').locator('xpath=ancestor-or-self::a').getAttribute('href')) as string;
      const panes = JSON.parse(new URL(href, 'http://x').searchParams.get('panes') as string) as { a: { datasource: string; queries: Array<{ expr: string }>; range: { from: string; to: string } } };
      expect(panes.a).toMatchObject({ datasource: 'loki-1', range: { from: String(from), to: String(to) } });
      expect(panes.a.queries[0]?.expr).toBe('{service_name="payment"} |= "- Connection is not available, request timed out after"');
    }
    await page.getByTestId(testIds.sqlButton).click();
    const drawer = page.getByTestId(testIds.sql);
    await drawer.getByText('Parameters', { exact: true }).waitFor();
    expect(await drawer.innerText()).toContain('log_changes/pattern_changes');
    expect(await drawer.locator('pre').innerText()).toContain('SELECT');
    expect(await drawer.innerText()).toContain('kulprit');
    await shoot(page, 'sql-drawer');
    expect(await faults(page)).toEqual([]);
  });

  it('draws the course of each pattern, and lets an editor name one and ignore one', async () => {
    const page = await visit(`${APP}/changes?${WINDOW}`);
    const changes = page.getByTestId(testIds.change);
    await changes.first().waitFor();
    expect(await page.getByTestId(testIds.course).count()).toBe(await changes.count());
    const hikari = changes.filter({ hasText: 'Connection is not available' }).first();
    expect(await hikari.getByTestId(testIds.course).getAttribute('title')).toMatch(/before; new since \d\d:\d\d/);
    await hikari.locator('button').first().click();
    await hikari.getByRole('button', { name: 'Name it' }).click();
    await page.locator('input[name=pattern-name]').fill('the <i>pool</i> is empty');
    await page.getByTestId(testIds.naming).getByRole('button', { name: 'Save' }).click();
    const named = changes.filter({ hasText: 'the <i>pool</i> is empty' });
    await named.waitFor();
    await shoot(page, 'pattern-named');
    const before = await changes.count();
    await named.getByRole('button', { name: 'Ignore' }).click();
    await page.getByText(/1 ignored pattern with [\d,]+ lines left out/).waitFor();
    await expect.poll(() => named.count()).toBe(0);
    expect(await changes.count()).toBeLessThanOrEqual(before);
    await page.getByRole('button', { name: 'Show them' }).click();
    const decided = page.getByTestId(testIds.choices);
    expect(await decided.locator('tbody tr').innerText()).toMatch(/the <i>pool<\/i> is empty[\s\S]*left out/);
    await shoot(page, 'pattern-ignored');
    expect(await faults(page)).toEqual([]);
    await decided.getByRole('button', { name: 'Rank it again' }).click();
    await named.waitFor();
    await decided.getByRole('button', { name: 'Take the name away' }).click();
    await page.getByText('No pattern has a name or is ignored').waitFor();
    await expect.poll(() => page.getByText('the <i>pool</i> is empty').count()).toBe(0);
  });

  it('names the root cause, and where to look next', async () => {
    const page = await visit(`${APP}/root-cause?${WINDOW}`);
    await page.getByTestId(testIds.rootCause).waitFor();
    expect(await page.getByTestId(testIds.rootCause).innerText()).toMatch(/payment[\s\S]*\d+ %/);
    expect(await page.getByTestId(testIds.suspect).first().innerText()).toContain('payment');
    expect(await page.getByTestId(testIds.timeline).innerText()).toContain('the window begins');
    await page.getByTestId(testIds.lookNext).getByText('What changed in the logs of payment').click();
    await expect.poll(() => page.url()).toContain('/changes?');
    expect(new URL(page.url()).searchParams.get('services')).toBe('payment');
  });

  it('opens an incident, works on it and takes it home', async () => {
    const page = await visit(`${APP}/root-cause?${WINDOW}`);
    await page.getByTestId(testIds.rootCause).waitFor();
    await page.getByRole('button', { name: 'Open an incident' }).click();
    const form = page.getByTestId(testIds.incidentForm);
    expect(await form.locator('input[name=services]').inputValue()).toContain('payment');
    await form.locator('input[name=title]').fill('Checkout <b>fails</b>');
    await form.locator('textarea').fill('pool is empty');
    await shoot(page, 'incident-form');
    await form.getByRole('button', { name: 'Open', exact: true }).click();
    await page.getByTestId(testIds.incident).waitFor();
    const state = page.getByTestId(testIds.incidentState);
    expect(await state.innerText()).toBe('open');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await expect.poll(() => state.innerText()).toBe('acknowledged');
    await page.locator('input[name=assignee]').fill('ann');
    await page.locator('input[name=assignee]').blur();
    await expect.poll(() => page.getByText('assignee: – → ann').count()).toBe(1);
    await page.locator('textarea[name=note]').fill('restarted payment');
    await page.getByRole('button', { name: 'Resolve' }).click();
    await expect.poll(() => state.innerText()).toBe('resolved');
    await page.getByText('restarted payment').waitFor();
    await page.getByText('resolved after').waitFor();
    // What was answered when it was opened stays, part by part.
    await page.getByTestId(testIds.rootCause).waitFor();
    await page.getByRole('tab', { name: 'What changed' }).click();
    await page.getByTestId(testIds.change).first().waitFor();
    await shoot(page, 'incident');
    expect(await faults(page)).toEqual([]);
    for (const [button, ending, content] of [
      ['Markdown', 'md', 'Checkout'],
      ['JSON', 'json', '"digest"'],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
      expect(download.suggestedFilename()).toBe(`Checkout-b-fails-b.${ending}`);
      expect(readFileSync((await download.path()) as string, 'utf8')).toContain(content);
    }
    await page.getByRole('link', { name: 'Incidents' }).first().click();
    const list = page.getByTestId(testIds.incidents);
    await list.waitFor();
    expect(await list.innerText()).toContain('Checkout <b>fails</b>');
    await page.getByPlaceholder('Search titles').fill('nothing like it');
    await page.getByTestId(testIds.empty).waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('nothing like it');
  });

  it('lets a viewer read and no more', async () => {
    const page = await visit(`${APP}/incidents?${WINDOW}`, { role: 'Viewer' });
    await page.getByTestId(testIds.incidents).getByText('Checkout').first().click();
    await page.getByTestId(testIds.incident).waitFor();
    expect(await page.getByText('Assigned to ann').count()).toBe(1);
    for (const name of ['Acknowledge', 'Close', 'Reopen', 'Open an incident', 'Add the note']) {
      expect(await page.getByRole('button', { name }).count(), name).toBe(0);
    }
  });

  it('draws a trace, by keyboard alone', async () => {
    const page = await visit(`${APP}/traces?${WINDOW}&failed=true`);
    await page.getByTestId(testIds.traces).locator('tbody a').first().focus();
    await page.keyboard.press('Enter');
    const waterfall = page.getByTestId(testIds.waterfall);
    await waterfall.waitFor();
    expect(await waterfall.innerText()).toContain('payment');
    expect(await page.getByRole('region', { name: 'Log lines of the trace' }).innerText()).toContain('ERROR');
    await shoot(page, 'trace');
    expect(await faults(page)).toEqual([]);
  });
});

type Box = { x: number; y: number; width: number; height: number };

/** The most statements that one window's answer takes. */
const HANDFUL = 7;

/** Rests the pointer on sixty points of a stretch of a graph, a third of a second each. */
async function restOnSixty(page: Page, box: Box, from: number, to: number): Promise<void> {
  for (let i = 0; i < 60; i += 1) {
    await page.mouse.move(box.x + box.width * (from + ((to - from) * (i + 0.5)) / 60), box.y + 40);
    await page.waitForTimeout(350);
  }
}

describe('the panel', () => {
  it('shows what changed where the pointer rests, on another panel too, and asks little', async () => {
    const page = await visit(`/d/panel?from=${to - 3_600_000}&to=${to}`);
    await page.getByTestId(testIds.chart).locator('path').first().waitFor();
    const asked: string[] = [];
    page.on('request', (request) => request.url().includes('/query_logs') && asked.push(request.postData() ?? ''));
    const box = (await page.getByTestId('other-panel').boundingBox()) as { x: number; y: number; width: number; height: number };
    // A pointer that does not rest asks nothing.
    for (let i = 0; i <= 40; i += 1) {
      await page.mouse.move(box.x + (box.width * i) / 40, box.y + 40);
    }
    await page.mouse.move(box.x + box.width / 2, box.y + 300 + box.height, { steps: 2 });
    const before = asked.length;
    expect(before).toBeLessThanOrEqual(2);
    const card = page.getByTestId(testIds.card);
    // One that rests on sixty points asks once for each window.
    await restOnSixty(page, box, 0, 1);
    await card.getByText('payment').first().waitFor();
    console.log(`60 points asked ${asked.length} questions`);
    expect(new Set(asked).size).toBeLessThanOrEqual(9);
    expect(asked.length).toBeLessThanOrEqual(18);
    await shoot(page, 'panel-hover');
  });

  it('costs ClickHouse a handful of statements a window, however often it is pointed at', async () => {
    const page = await visit(`/d/panel?from=${to - 3_600_000}&to=${to}`);
    await page.getByTestId(testIds.chart).locator('path').first().waitFor();
    const asked = new Set<string>();
    page.on('request', (request) => request.url().includes('/query_logs') && asked.add(request.postData() ?? ''));
    const box = (await page.getByTestId('other-panel').boundingBox()) as Box;
    const cost = async (from: number, till: number) => {
      const [since, before] = [Date.now(), asked.size];
      await restOnSixty(page, box, from, till);
      await page.getByTestId(testIds.card).getByText('payment').first().waitFor();
      const ran = await statements(since);
      const questions = asked.size - before;
      console.log(`60 points: ${questions} questions, ${sum(ran)} statements ${JSON.stringify(ran)}`);
      return { questions, sent: sum(ran) };
    };
    // Within ten minutes, one window of the hour's panel.
    const near = await cost(5 / 6, 1);
    expect(near.questions).toBe(1);
    expect(near.sent).toBeGreaterThan(0);
    expect(near.sent).toBeLessThanOrEqual(HANDFUL);
    // All over the hour, its other windows.
    const far = await cost(0, 1);
    expect(far.questions).toBeLessThanOrEqual(6);
    expect(far.sent).toBeLessThanOrEqual(HANDFUL * far.questions);
  });

  it('pins a window, links to its page and closes', async () => {
    const page = await visit(`/d/panel?from=${to - 3_600_000}&to=${to}`);
    const chart = page.getByTestId(testIds.chart);
    await chart.locator('path').first().waitFor();
    const box = (await chart.boundingBox()) as { x: number; y: number; width: number; height: number };
    await page.mouse.click(box.x + box.width * 0.97, box.y + 60);
    const card = page.getByTestId(testIds.card);
    await card.getByText('payment').first().waitFor();
    await page.mouse.move(5, 5);
    expect(await card.count()).toBe(1);
    await shoot(page, 'panel-pinned');
    expect(await faults(page)).toEqual([]);
    const href = (await card.getByText('All changes').getAttribute('href')) as string;
    expect(href).toMatch(/\/changes\?from=\d+&to=\d+/);
    await card.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => card.count()).toBe(0);
  });

  it('fits a narrow dashboard', async () => {
    const page = await visit(`/d/panel?from=${to - 3_600_000}&to=${to}`, { width: 400, theme: 'light' });
    const chart = page.getByTestId(testIds.chart);
    await chart.locator('path').first().waitFor();
    await chart.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.getByTestId(testIds.card).waitFor();
    await shoot(page, 'panel-400');
    await page.getByTestId(testIds.card).getByText('payment').first().waitFor();
    await shoot(page, 'panel-400');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  });
});

describe('states', () => {
  it('says that it computes, then what went wrong and what to do, then answers', async () => {
    let isAway = true;
    opened = await open(browser, `${APP}/nothing`);
    const { page } = opened;
    await page.route(`**${API}/api/v1/services?*`, async (route) => {
      if (isAway) {
        await new Promise((resolve) => setTimeout(resolve, 800));
        return route.fulfill({ status: 503, contentType: 'application/json', body: JSON.stringify({ error: 'unavailable', message: 'ClickHouse does not answer', code: 503 }) });
      }
      return route.continue();
    });
    await page.getByText('See the services').click();
    await page.getByTestId(testIds.loading).first().waitFor();
    await shoot(page, 'state-loading');
    const problem = page.getByTestId(testIds.problem);
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(/ClickHouse is away[\s\S]*ClickHouse does not answer[\s\S]*Test/);
    await shoot(page, 'state-error');
    isAway = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await problem.waitFor({ state: 'detached' });
    // The browser itself complains of the 503 that was meant.
    opened.complaints.splice(0, opened.complaints.length, ...opened.complaints.filter((one) => !one.includes('503')));
  });

  it.each(['services', 'changes', 'root-cause', 'traces'])('%s says that there is nothing, and why that may be', async (name) => {
    const page = await visit(`${APP}/${name}?from=946684800000&to=946688400000`);
    await page.getByTestId(testIds.empty).waitFor();
    await shoot(page, `state-empty-${name}`);
  });

  it('says what is missing in a partial answer', async () => {
    opened = await open(browser, `${APP}/nothing`);
    const { page } = opened;
    await page.route(`**${API}/api/v1/correlate`, async (route) => {
      const answer = await route.fetch({ timeout: 120_000 });
      return route.fulfill({ response: answer, json: { ...((await answer.json()) as object), warnings: ['spans (otel_traces) cannot be read: query timed out'] } });
    });
    await page.evaluate((address) => history.pushState({}, '', address), `${APP}/root-cause?${WINDOW}`);
    await page.getByRole('link', { name: 'Root cause' }).click();
    await page.getByTestId(testIds.partial).waitFor();
    expect(await page.getByTestId(testIds.partial).innerText()).toContain('spans (otel_traces) cannot be read');
    await shoot(page, 'state-partial');
  });

  it('draws forty services so that their names can be read', async () => {
    opened = await open(browser, `${APP}/nothing`);
    const { page } = opened;
    const name = (i: number) => `service-with-name-${String(i).padStart(2, '0')}`;
    const edges = Array.from({ length: 40 }, (_, i) => [8, 9, 11].map((step) => i + step).filter((callee) => callee < 40 && i < 32).map((callee) => ({ caller: name(i), callee: name(callee), calls: 100 + i, errors: callee === 33 ? 50 : 0, calls_before: 100, errors_before: 0, p95_ms: 5, p95_ms_before: 5, hops: callee === 33 ? 1 : null, sparse: false }))).flat();
    await page.route(`**${API}/api/v1/correlate`, async (route) => {
      const answer = await route.fetch({ timeout: 120_000 });
      const json = (await answer.json()) as { blast_radius: { edges: unknown[] } };
      json.blast_radius.edges.push(...edges);
      return route.fulfill({ response: answer, json });
    });
    await page.evaluate((address) => history.pushState({}, '', address), `${APP}/root-cause?${WINDOW}`);
    await page.getByRole('link', { name: 'Root cause' }).click();
    const names = page.getByTestId(testIds.topology).locator('svg a text:first-of-type');
    await names.first().waitFor();
    expect(await names.count()).toBeGreaterThanOrEqual(40);
    const boxes = await page.getByTestId(testIds.topology).locator('svg a rect:first-of-type').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON() as DOMRect));
    for (const [i, a] of boxes.entries()) {
      expect(a.height).toBeGreaterThanOrEqual(20);
      expect(boxes.slice(i + 1).some((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).toBe(false);
    }
    expect(await page.locator('path[data-way]').count()).toBeGreaterThanOrEqual(3);
    await shoot(page, 'topology-40');
  });

  it('keeps hostile log text text', async () => {
    const page = await visit(`${APP}/changes?${WINDOW}&limit=100&q=onerror`);
    const evil = page.getByTestId(testIds.change).first();
    await evil.waitFor();
    await evil.locator('button').first().click();
    expect(await evil.innerText()).toContain('<script>window.hacked=2</script>');
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    await evil.getByRole('link', { name: 'evil<b>bold</b>', exact: true }).click();
    await expect.poll(() => page.url()).toContain('/services/evil');
    await page.getByTestId(testIds.change).first().waitFor();
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
    await shoot(page, 'hostile');
  });
});

describe.runIf(isPlugin)('settings and data source', () => {
  it('saves where ClickHouse is, keeps the password to itself, and tests', async () => {
    const page = await visit('/plugins/kulprit-reliability-app', { role: 'Admin' });
    await page.getByTestId(testIds.config).waitFor();
    expect(await page.locator('input[name=database]').inputValue()).toBe('kulprit_demo');
    await page.getByRole('button', { name: 'Add an objective' }).click();
    await page.locator('input[name=password]').fill('s3cret-of-the-test');
    await page.getByRole('button', { name: 'Save and test' }).click();
    const outcome = page.getByTestId(testIds.configTest);
    await outcome.getByText('What was looked at').first().waitFor();
    expect(await outcome.innerText()).toMatch(/kulprit_demo/);
    const settings = await (await fetch(`${inject('url')}/api/plugins/kulprit-reliability-app/settings`)).text();
    expect(settings).not.toContain('s3cret-of-the-test');
    expect(settings).toContain('objectives');
    // A button changes its colours slowly when it can be used again, and while the pointer is on it.
    await page.mouse.move(0, 0);
    await page.waitForTimeout(500);
    await shoot(page, 'configuration');
    expect(await faults(page)).toEqual([]);
  });

  it('edits a query, answers it, and offers services as a variable', async () => {
    const page = await visit('/datasource', { role: 'Admin' });
    await page.getByTestId(testIds.queryKind).getByRole('combobox').click();
    await page.getByRole('option', { name: /Suspects/ }).click();
    await expect.poll(() => page.getByTestId('query').innerText()).toContain('"kind":"suspects"');
    await expect.poll(() => page.getByTestId('answer').innerText()).toContain('"results"');
    await page.getByRole('button', { name: 'Variable' }).click();
    await expect.poll(() => page.getByTestId('answer').innerText()).toContain('{"text":"payment","value":"payment"}');
    await shoot(page, 'datasource');
    expect(await faults(page)).toEqual([]);
  });
});

describe('by eye and by axe', () => {
  const VIEWS: Array<[string, View]> = [
    ['dark', {}],
    ['light', { theme: 'light' }],
    ['400', { width: 400 }],
  ];
  for (const [name, address, id] of PAGES) {
    it.each(VIEWS)(`${name}, %s`, async (view, how) => {
      const page = await visit(address, how);
      await page.getByTestId(id).first().waitFor();
      await expect.poll(() => page.getByTestId(testIds.loading).count()).toBe(0);
      if (name === 'service') {
        // What was usual is drawn behind.
        await page.getByText('requests before').waitFor();
      }
      await page.mouse.move(0, 0);
      await shoot(page, `${name}-${view}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(how.width ?? 1360);
      expect(await faults(page)).toEqual([]);
    });
  }
});
