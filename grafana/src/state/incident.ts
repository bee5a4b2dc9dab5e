import type { Changes, Correlation, ErrorGroups, Health, IncidentDetail, IncidentState, Objectives } from '../api/types';

/** What an incident froze (docs/INCIDENTS.md): the answers of the pages, as they were. */
export interface Part<T> {
  name: string;
  status: 'ok' | 'failed' | 'absent' | 'pending';
  reason: string;
  answer?: T;
  sql: Array<{ name: string; text: string; params: Array<{ name: string; value: unknown }> }>;
}

export interface Parts {
  pattern_changes?: Part<Changes>;
  correlate?: Part<Correlation>;
  health?: Part<Health>;
  slo?: Part<Objectives>;
  error_patterns?: Part<ErrorGroups>;
}

/** The parts by name. A snapshot comes from whatever version froze it: what is not in the known form is left out. */
export function partsOf({ snapshot }: Pick<IncidentDetail, 'snapshot'>): Parts {
  const parts = (snapshot as { parts?: unknown } | null)?.parts;
  const known = Array.isArray(parts) ? parts.filter((part) => typeof (part as Part<unknown> | null)?.name === 'string') : [];
  return Object.fromEntries(known.map((part: Part<unknown>) => [part.name, part]));
}

const STEPS: Record<IncidentState, IncidentState[]> = {
  open: ['acknowledged', 'mitigated', 'resolved'],
  reopened: ['acknowledged', 'mitigated', 'resolved'],
  acknowledged: ['mitigated', 'resolved'],
  mitigated: ['resolved', 'reopened'],
  resolved: ['closed', 'reopened'],
  closed: ['reopened'],
};

/** Where an incident may go from here; the backend refuses any other step. */
export function nextSteps(state: IncidentState): IncidentState[] {
  return STEPS[state] ?? [];
}

export const VERBS: Partial<Record<IncidentState, string>> = {
  acknowledged: 'Acknowledge',
  mitigated: 'Mitigate',
  resolved: 'Resolve',
  closed: 'Close',
  reopened: 'Reopen',
};
