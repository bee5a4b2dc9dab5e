import { FilterInput, Stack } from '@grafana/ui';
import React from 'react';

import type { Health } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { Answered } from '../components/Answered';
import { Choice } from '../components/Choice';
import { BaselinePicker, useBaseline } from '../components/Filters';
import { Page } from '../components/Page';
import { ServicesTable } from '../components/ServicesTable';
import { Status } from '../components/Status';
import { healthOf } from '../state/questions';
import { useRange } from '../state/range';
import { useWord } from '../state/url';

const STATUSES = ['critical', 'degraded', 'healthy', 'unknown'] as const;
type Filter = (typeof STATUSES)[number];

/** Too few requests to judge is not known, too. */
const groupOf = (status: string): string => (status === 'sparse' ? 'unknown' : status);

export default function Services() {
  const range = useRange();
  const [baseline] = useBaseline();
  const [status, setStatus] = useWord('status', 'all');
  const [words, setWords] = useWord('q');
  const health = useAnswer(healthOf(range.window, baseline));

  const rows = health.data?.services ?? [];
  const counted = (of: string) => rows.filter((row) => groupOf(row.status) === of).length;
  const shown = rows.filter((row) => (status === 'all' || groupOf(row.status) === status) && row.service.toLowerCase().includes(words.toLowerCase()));
  return (
    <Page
      title="Services"
      range={range}
      behind={{ folders: ['health', 'slo'], main: 'health/services_spans', values: valuesOf(health.data) }}
      controls={
        <>
          <Choice
            label="Status"
            value={status as Filter | 'all'}
            onChange={setStatus}
            options={[{ value: 'all' as const, label: `all ${rows.length}` }, ...STATUSES.map((value) => ({ value, label: `${value} ${counted(value)}` }))]}
          />
          <FilterInput aria-label="Filter by name" placeholder="Filter by name" value={words} onChange={setWords} width={24} />
          <BaselinePicker />
        </>
      }
    >
      <Answered
        asked={health}
        what="how the services do"
        empty={({ services }) =>
          services.length === 0
            ? { title: 'No service was seen in this window', advice: 'Choose a longer window, or see under Configuration which tables of requests were found.' }
            : undefined
        }
      >
        {(data) => (
          <Stack direction="column" gap={2}>
            <Sources health={data} />
            <ServicesTable health={data} rows={shown} />
            {shown.length === 0 && <div role="status">No service passes the filters.</div>}
          </Stack>
        )}
      </Answered>
    </Page>
  );
}

function valuesOf(health: Health | undefined) {
  return health ? { from: health.window.from, to: health.window.to, current_from: health.window.from, current_to: health.window.to, baseline_from: health.baseline.from, baseline_to: health.baseline.to } : {};
}

/** What the numbers were counted from, and for how many services nothing did. */
function Sources({ health: { services } }: { health: Health }) {
  const from = (source: string | null) => services.filter((row) => (row.source ?? null) === source).length;
  const [spans, metrics, none] = [from('spans'), from('metrics'), from(null)];
  return (
    <Stack gap={2} wrap="wrap" aria-label="Sources">
      <Status status={spans > 0 ? 'ok' : 'unknown'} label={spans > 0 ? `requests of ${spans} from spans` : 'no spans'} />
      <Status status={metrics > 0 ? 'ok' : 'unknown'} label={metrics > 0 ? `requests of ${metrics} from metrics` : 'no request metrics'} />
      {none > 0 && <Status status="unknown" label={`${none} without requests: not judged`} />}
    </Stack>
  );
}
