// What reached the embedded ClickHouse, as its own log says.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';

async function run(sql: string): Promise<string> {
  const folder = inject('engine');
  const { url } = JSON.parse(readFileSync(path.join(folder, 'endpoint.json'), 'utf8')) as { url: string };
  const password = /^kulprit:(.*)$/m.exec(readFileSync(path.join(folder, 'credentials'), 'utf8'))?.[1] ?? '';
  const answer = await fetch(url, { method: 'POST', body: sql, headers: { 'X-ClickHouse-User': 'kulprit', 'X-ClickHouse-Key': password } });
  const said = await answer.text();
  if (!answer.ok) {
    throw new Error(said);
  }
  return said;
}

/** How often each of Kulprit's statements ran since that moment. */
export async function statements(since: number): Promise<Record<string, number>> {
  await run('SYSTEM FLUSH LOGS query_log');
  const rows = await run(
    `SELECT log_comment, count() FROM system.query_log
     WHERE type = 'QueryFinish' AND event_time_microseconds >= fromUnixTimestamp64Milli(${since}) AND log_comment LIKE '%/%'
     GROUP BY log_comment ORDER BY log_comment FORMAT TSV`,
  );
  return Object.fromEntries(
    rows
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split('\t') as [string, string])
      .map(([name, times]) => [name, Number(times)]),
  );
}

export const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, one) => all + one, 0);
