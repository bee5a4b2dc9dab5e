// How long the first page takes until it can be used: npm run measure, with a release build as backend and the built bundle.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { testIds } from '../src/testIds';
import { launch, open } from './browser';
import { statements, sum } from './engine';

const APP = '/a/kulprit-reliability-app';
const address = `${APP}/services?from=${inject('from')}&to=${inject('to')}`;
const ROUNDS = Number(process.env.ROUNDS ?? 15);

interface Times {
  /** From the navigation's start: when Grafana's own part was there, when the app's module was asked for. */
  grafana: number;
  module: number;
  asked: number;
  answered: number;
  usable: number;
  scripts: Array<[string, number, number]>;
}

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

async function load(): Promise<Times> {
  const { page, close } = await open(browser, address, {}, (page) =>
    page.addInitScript((id) => {
      const looking = new MutationObserver(() => {
        if (document.querySelector(`[data-testid="${id}"] tbody tr`)) {
          looking.disconnect();
          // Drawn, and free to answer to a click.
          requestAnimationFrame(() => setTimeout(() => Object.assign(window, { usable: performance.now() })));
        }
      });
      looking.observe(document, { childList: true, subtree: true });
    }, testIds.services),
  );
  await page.waitForFunction(() => 'usable' in window);
  const times = await page.evaluate(() => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const of = (part: string) => entries.find(({ name }) => name.includes(part));
    const answer = of('/api/v1/services?');
    return {
      grafana: of('/harness/build/grafana.js')?.responseEnd ?? 0,
      module: of('kulprit-reliability-app/module.js')?.startTime ?? 0,
      asked: answer?.startTime ?? 0,
      answered: answer?.responseEnd ?? 0,
      usable: (window as unknown as { usable: number }).usable,
      scripts: entries
        .filter(({ name }) => name.includes('/public/plugins/') || name.includes('/api/'))
        .map(({ name, startTime, responseEnd }) => [name.replace(/^.*\/(public\/plugins\/[^/]+|api)\//, '').slice(0, 60), startTime, responseEnd] as [string, number, number]),
    };
  });
  await close();
  return times;
}

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

it('the first page can be used', async () => {
  const first = await load();
  console.log(`the very first, with the backend's start: ${first.usable.toFixed(0)} ms`);
  const since = Date.now();
  const all: Times[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    all.push(await load());
  }
  const ran = await statements(since);
  const of = (part: (times: Times) => number) => `${median(all.map(part)).toFixed(0)} ms`;
  console.log(
    [
      `medians of ${ROUNDS} loads, each in a browser without a cache`,
      `  usable after the navigation's start: ${of(({ usable }) => usable)} (worst ${Math.max(...all.map(({ usable }) => usable)).toFixed(0)} ms)`,
      `  usable after Grafana asks for the app's module: ${of(({ usable, module }) => usable - module)}`,
      `  Grafana's part is fetched: ${of(({ grafana }) => grafana)}; the module is asked for: ${of(({ module }) => module)}`,
      `  the answer is asked for: ${of(({ asked }) => asked)}, and takes ${of(({ asked, answered }) => answered - asked)}; drawn ${of(({ usable, answered }) => usable - answered)} later`,
      `  statements a load: ${(sum(ran) / ROUNDS).toFixed(1)}, ${Object.entries(ran).map(([name, times]) => `${name} ${(times / ROUNDS).toFixed(1)}`).join(', ')}`,
      ...(all.at(-1)?.scripts ?? []).map(([name, start, end]) => `    ${start.toFixed(0)}–${end.toFixed(0)} ms ${name}`),
    ].join('\n'),
  );
  // What comes before is Grafana's own start.
  expect(median(all.map(({ usable, module }) => usable - module))).toBeLessThan(1500);
});
