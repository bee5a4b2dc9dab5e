// What the walk needs: the demo's incident in an engine of its own, the plugin's backend as Grafana starts it, the harness before it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

// @ts-expect-error plain JavaScript
import { serve } from '../harness/serve.mjs';
import { HOSTILE } from './hostile';

const here = import.meta.dirname;
const backend = path.resolve(process.env.KULPRIT_BACKEND ?? path.join(here, '../../target/debug/kulprit'));
const hostFolder = path.join(here, '../host');

declare module 'vitest' {
  interface ProvidedContext {
    url: string;
    /** The incident's window, in milliseconds. */
    from: number;
    to: number;
    /** Whether the backend runs behind the plugin protocol; else a plain HTTP server stands in for it. */
    isPlugin: boolean;
    /** The folder of the embedded engine. */
    engine: string;
    /** A `kulprit serve`, and a saved report. */
    report: string;
    reportFile: string;
  }
}

function host(): string | undefined {
  if (process.env.KULPRIT_HOST) {
    return process.env.KULPRIT_HOST;
  }
  if (!existsSync(path.join(hostFolder, 'go.mod'))) {
    return undefined;
  }
  execFileSync('go', ['build', '-o', 'host', '.'], { cwd: hostFolder, stdio: 'inherit' });
  return path.join(hostFolder, 'host');
}

/** Waits for the line with which a program says that it is ready. */
function ready(child: ChildProcess, line: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (piece) => {
      said += String(piece);
      const found = line.exec(said);
      if (found?.[1]) {
        resolve(found[1]);
      }
    });
    child.on('exit', (code) => reject(new Error(`ended with ${code} before it was ready: ${said}`)));
  });
}

export default async function setup({ provide }: TestProject) {
  if (!existsSync(backend)) {
    throw new Error(`there is no backend at ${backend}: run cargo build, or name one in KULPRIT_BACKEND`);
  }
  const data = mkdtempSync(path.join(tmpdir(), 'kulprit-e2e-'));
  const engine = path.join(data, 'kulprit');
  // Ten whole minutes in the past, one of the panel's windows: nothing depends on the minute in which the walk begins.
  const to = Math.floor(Date.now() / 600_000) * 600_000;
  const from = to - 600_000;
  const run = (...words: string[]) => execFileSync(backend, words, { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 });
  run('demo', '--once', '--rate', '4', '--minutes', '60', '--at', new Date(to).toISOString(), '--data', engine, '--log-level', 'error');
  const lines = path.join(data, 'hostile.jsonl');
  writeFileSync(lines, HOSTILE.map(({ message, service }, i) => JSON.stringify({ time: new Date(to - 60_000 + i * 100).toISOString(), level: 'ERROR', service, message })).join('\n'));
  run('ingest', lines, '--data', engine, '--database', 'kulprit_demo', '--log-level', 'error');

  const reportFile = path.join(data, 'report.html');
  const window = ['--from', new Date(from).toISOString(), '--to', new Date(to).toISOString()];
  writeFileSync(reportFile, run('analyze', ...window, '--limit', '20', '--differences', '--format', 'html', '--data', engine, '--database', 'kulprit_demo', '--log-level', 'error'));

  const children: ChildProcess[] = [];
  const config = path.join(data, 'config.toml');
  writeFileSync(config, 'auth = "none"\n[clickhouse]\ndatabase = "kulprit_demo"\n[server]\nport = 0\nquery_timeout_seconds = 120\n[rollup]\ninterval_seconds = 0\n');
  const server = spawn(backend, ['serve', '--config', config, '--data', engine], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(server);
  const kulprit = await ready(server, /listening on (\S+)/);
  const program = host();
  let front: { url: string; close: () => void };
  if (program) {
    const settings = path.join(data, 'settings.json');
    const grafana = { url: 'http://127.0.0.1/', tempo_uid: 'tempo-1', loki_uid: 'loki-1', clickhouse_uid: 'ch-1' };
    const jsonData = { database: 'kulprit_demo' };
    // A machine that runs tests may be slow.
    // Of the demo all is rolled up already; what is sent to ClickHouse later is what pages and panel ask.
    const config = { grafana, server: { query_timeout_seconds: 120 }, rollup: { interval_seconds: 0 } };
    writeFileSync(settings, JSON.stringify({ apps: [{ jsonData: { ...jsonData, config } }], dataSources: [{ uid: 'kulprit', name: 'Kulprit', jsonData: { ...jsonData, config } }] }));
    const child = spawn(program, ['--backend', backend, '--listen', '127.0.0.1:0', '--data', data, '--settings', settings, '--dist', path.join(here, '../dist')], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    front = await serve({ host: await ready(child, /ready (\S+)/) });
  } else {
    console.warn('no grafana/host: pages are tested against the HTTP API alone');
    front = await serve({ kulprit });
  }
  provide('url', front.url);
  provide('from', from);
  provide('to', to);
  provide('isPlugin', program !== undefined);
  provide('engine', engine);
  provide('report', kulprit);
  provide('reportFile', reportFile);
  return async () => {
    front.close();
    for (const child of children.reverse()) {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 10_000))]);
      child.kill('SIGKILL');
    }
    // The engine may take a moment to let go of its files.
    rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
  };
}
