import { dateMath, dateTime, type TimeRange } from '@grafana/data';

export const DEFAULT_RANGE = { from: 'now-1h', to: 'now' };

/** A window in the form in which questions take it. */
export interface Window {
  from: string;
  to: string;
}

const SAME_NOW_MS = 60_000;
const resolved = new Map<string, { at: number; range: TimeRange }>();

function edge(raw: string, roundUp: boolean): ReturnType<typeof dateTime> | undefined {
  if (/^\d{9,}$/.test(raw)) {
    return dateTime(Number(raw));
  }
  const moment = dateMath.parse(raw, roundUp);
  return moment?.isValid() ? moment : undefined;
}

/**
 * What the address means by its time range. The same words mean the same moments for a minute, so that pages and sections of pages share
 * their answers.
 */
export function resolveRange(from: string, to: string, now: number = Date.now(), anew = false): TimeRange {
  const key = `${from} ${to}`;
  const before = resolved.get(key);
  if (before && !anew && now - before.at < SAME_NOW_MS) {
    return before.range;
  }
  const [start, end] = [edge(from, false), edge(to, true)];
  const isUsable = start !== undefined && end !== undefined && start.valueOf() < end.valueOf();
  const range: TimeRange = isUsable
    ? { from: start, to: end, raw: { from: /^\d+$/.test(from) ? start : from, to: /^\d+$/.test(to) ? end : to } }
    : { from: dateTime(now - 3_600_000), to: dateTime(now), raw: DEFAULT_RANGE };
  resolved.set(key, { at: now, range });
  return range;
}

export function windowOf(range: { from: { valueOf(): number }; to: { valueOf(): number } }): Window {
  const second = (ms: number) => new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  return { from: second(range.from.valueOf()), to: second(range.to.valueOf()) };
}

/** What the address says, or the last hour. */
export function windowOfAddress(search: URLSearchParams): Window {
  return windowOf(resolveRange(search.get('from') || DEFAULT_RANGE.from, search.get('to') || DEFAULT_RANGE.to));
}

/** A window as words of an address. */
export function wordsOf(window: Window): { from: string; to: string } {
  return { from: String(Date.parse(window.from)), to: String(Date.parse(window.to)) };
}
