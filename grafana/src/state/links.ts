import { ROOT } from '../ids';
import { DEFAULT_RANGE, type Window, wordsOf } from './window';
import { withWords } from './words';
import type { Settings } from './settings';

type Words = Record<string, string | number | undefined | null>;

/** The address of a page, in the window of the page that one is on. */
export function pageHref(page: string, search: URLSearchParams, words: Words = {}): string {
  const kept = new URLSearchParams({ from: search.get('from') ?? DEFAULT_RANGE.from, to: search.get('to') ?? DEFAULT_RANGE.to });
  const next = withWords(kept, words).toString();
  return `${ROOT}/${page}${next ? `?${next}` : ''}`;
}

export const servicePage = (service: string) => `services/${encodeURIComponent(service)}`;
export const tracePage = (id: string) => `traces/${encodeURIComponent(id)}`;
export const incidentPage = (id: string) => `incidents/${encodeURIComponent(id)}`;

function explore(uid: string, type: string, query: Record<string, unknown>, window: Window): string {
  const { from, to } = wordsOf(window);
  const panes = { a: { datasource: uid, queries: [{ refId: 'A', datasource: { type, uid }, ...query }], range: { from, to } } };
  return `/explore?${new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify(panes) })}`;
}

/** What of a pattern stands in every line of it: its longest piece without a placeholder. */
export function fixedText(pattern: string): string {
  const message = pattern.replace(/^(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\d? /, '');
  // A placeholder ends a piece; so does what surrounds masked digits, such as 5xx, and a line break.
  const pieces = message.split(/<[^<>\s]{1,12}>|\b\dxx\b|[\r\n]+|…/).map((piece) => piece.trim());
  return pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), '').slice(0, 120);
}

const logql = (value: string) => `"${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
export const sqlString = (value: string) => `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n')}'`;
const identifier = (name: string) => name.split('.').map((part) => `\`${part.replace(/[\\`]/g, '\\$&')}\``).join('.');

export interface Lines {
  service?: string;
  /** Text that the lines have. */
  text?: string;
  traceId?: string;
}

export interface NamedLink {
  name: string;
  href: string;
}

/** Explore on log lines, in every data source that settings name for it. */
export function logLinks({ config, database, logTable }: Settings, { service, text, traceId }: Lines, window: Window): NamedLink[] {
  const { loki_uid, clickhouse_uid } = config?.grafana ?? {};
  const found: NamedLink[] = [];
  if (loki_uid) {
    const stream = service ? `{service_name=${logql(service)}}` : '{service_name=~".+"}';
    const expr = [stream, text && `|= ${logql(text)}`, traceId && `|= ${logql(traceId)}`].filter(Boolean).join(' ');
    found.push({ name: 'Loki', href: explore(loki_uid, 'loki', { expr, queryType: 'range' }, window) });
  }
  if (clickhouse_uid) {
    const table = identifier(logTable || (database ? `${database}.otel_logs` : 'otel_logs'));
    const conditions = [
      '$__timeFilter(Timestamp)',
      service && `ServiceName = ${sqlString(service)}`,
      text && `position(Body, ${sqlString(text)}) > 0`,
      traceId && `TraceId = ${sqlString(traceId)}`,
    ].filter(Boolean);
    const rawSql = `SELECT Timestamp, ServiceName, SeverityText, Body FROM ${table}\nWHERE ${conditions.join('\n  AND ')}\nORDER BY Timestamp DESC\nLIMIT 500`;
    found.push({ name: 'ClickHouse', href: sqlHref(clickhouse_uid, rawSql, window) });
  }
  return found;
}

export function sqlHref(uid: string, rawSql: string, window: Window): string {
  return explore(uid, 'grafana-clickhouse-datasource', { rawSql, editorType: 'sql', queryType: 'table', format: 1 }, window);
}

export function traceLinks({ config }: Settings, traceId: string, window: Window): NamedLink[] {
  const uid = config?.grafana?.tempo_uid;
  return uid ? [{ name: 'Tempo', href: explore(uid, 'tempo', { query: traceId, queryType: 'traceql' }, window) }] : [];
}

export function metricLinks({ prometheusUid }: Settings, service: string, window: Window): NamedLink[] {
  const expr = `sum by (http_response_status_code) (rate(http_server_request_duration_seconds_count{service_name=${logql(service)}}[5m]))`;
  return prometheusUid ? [{ name: 'Prometheus', href: explore(prometheusUid, 'prometheus', { expr, range: true }, window) }] : [];
}
