import { request } from '../api/client';
import type { BodyOf } from '../api/types';
import type { Window } from './window';
import { org } from './settings';

/** How the services do. */
export function healthOf(window: Window, baseline = 'previous') {
  return request('get', '/api/v1/services', { query: { ...window, baseline } });
}

export interface ChangesAsked {
  services?: string[];
  baseline?: string;
  limit?: number;
  /** The metric of a panel, for mappings and labels that say whose lines are meant. */
  metric?: { dashboard: string; panel: string; name: string };
}

export function changesOf(window: Window, { services = [], baseline, limit, metric }: ChangesAsked): BodyOf<'/query_logs', 'post'> {
  return {
    org: org(),
    dashboard: metric?.dashboard || 'kulprit',
    panel_title: metric?.panel || 'What changed',
    metric_name: metric?.name || 'logs',
    start_time: window.from,
    end_time: window.to,
    ...(services.length > 0 && { services }),
    ...(baseline && { baseline }),
    ...(limit && { limit }),
  };
}
