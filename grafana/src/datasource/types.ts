import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';

import type { ConnectionValues } from '../components/Connection';

export type DataSourceSettings = ConnectionValues & DataSourceJsonData;

export const KINDS = [
  { value: 'changes', label: 'Changed log patterns', description: 'What is new, gone, up or down against a baseline' },
  { value: 'services', label: 'Services', description: 'Requests, failures and latency of each service' },
  { value: 'objectives', label: 'Objectives', description: 'Budgets and burn rates' },
  { value: 'error_patterns', label: 'Error patterns', description: 'What fails, by route, status and message' },
  { value: 'suspects', label: 'Suspects', description: 'Which service an incident comes from' },
  { value: 'incidents', label: 'Incidents', description: 'Opened in the range; for annotations, too' },
  { value: 'onsets', label: 'Onsets', description: 'When patterns began to change; for annotations, too' },
] as const;

export type Kind = (typeof KINDS)[number]['value'];

/** What the backend reads of a query. */
export interface KulpritQuery extends DataQuery {
  kind: Kind;
  services?: string[];
  baseline?: 'previous' | 'day' | 'week';
  limit?: number;
  format?: 'table' | 'time_series';
}

export const DEFAULT_QUERY: Partial<KulpritQuery> = { kind: 'changes', format: 'table' };

/** The kinds that are held against a baseline. */
export const HAS_BASELINE: readonly Kind[] = ['changes', 'services', 'onsets'];
/** The kinds of which there is a course over time. */
export const HAS_SERIES: readonly Kind[] = ['changes', 'services', 'objectives', 'error_patterns', 'suspects', 'incidents'];
