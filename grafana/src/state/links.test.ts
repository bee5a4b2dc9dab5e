import { describe, expect, it } from 'vitest';

import { fixedText, logLinks, pageHref, traceLinks } from './links';

const WINDOW = { from: '2026-02-03T14:25:00Z', to: '2026-02-03T14:35:00Z' };
const panes = (href: string) => (JSON.parse(new URL(href, 'http://x').searchParams.get('panes') as string) as { a: Record<string, unknown> }).a as {
  datasource: string;
  range: { from: string; to: string };
  queries: Array<Record<string, string>>;
};

describe('fixedText', () => {
  it.each([
    ['ERROR HikariPool-<num> - Connection is not available, request timed out after <num>ms (total=<num>)', '- Connection is not available, request timed out after'],
    ['<ip> "<*> <path> HTTP/<num>" 5xx <num> <num>ms', 'HTTP/'],
    ['Cart <*> emptied after order <*>', 'emptied after order'],
    ['<*>', ''],
    ['WARN a\nsecond and longer line', 'second and longer line'],
  ])('of %j is %j', (pattern, text) => expect(fixedText(pattern)).toBe(text));
});

describe('links', () => {
  const settings = { database: 'shop', config: { grafana: { loki_uid: 'l', clickhouse_uid: 'c', tempo_uid: 't' } } };
  it('lead to the data sources that are set, and to no other', () => {
    expect(logLinks({}, { service: 'a' }, WINDOW)).toEqual([]);
    expect(logLinks(settings, { service: 'a' }, WINDOW).map(({ name }) => name)).toEqual(['Loki', 'ClickHouse']);
    expect(traceLinks({}, 'id', WINDOW)).toEqual([]);
  });
  it('have data source, window and filter right', () => {
    const [loki, clickhouse] = logLinks(settings, { service: 'pay"ment', text: "it's \\ \"new\"" }, WINDOW);
    const range = { from: String(Date.parse(WINDOW.from)), to: String(Date.parse(WINDOW.to)) };
    expect(panes(loki?.href ?? '')).toMatchObject({ datasource: 'l', range, queries: [{ expr: '{service_name="pay\\"ment"} |= "it\'s \\\\ \\"new\\""' }] });
    const sql = panes(clickhouse?.href ?? '').queries[0]?.rawSql;
    expect(sql).toContain('FROM `shop`.`otel_logs`');
    expect(sql).toContain("position(Body, 'it\\'s \\\\ \"new\"') > 0");
    expect(panes(traceLinks(settings, 'abc', WINDOW)[0]?.href ?? '')).toMatchObject({ datasource: 't', queries: [{ query: 'abc' }] });
  });
  it('between pages keep the window and drop what is empty', () => {
    const search = new URLSearchParams('from=now-2h&to=now&q=old&status=new');
    expect(pageHref('changes', search, { services: 'a b', limit: undefined })).toBe('/a/kulprit-reliability-app/changes?from=now-2h&to=now&services=a+b');
    expect(pageHref('services', new URLSearchParams())).toBe('/a/kulprit-reliability-app/services?from=now-1h&to=now');
  });
});
