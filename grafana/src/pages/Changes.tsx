import { Button, Combobox, FilterInput, Stack } from '@grafana/ui';
import React, { useState } from 'react';

import { request } from '../api/client';
import type { Changes as Answer } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { Answered } from '../components/Answered';
import { ChangesList, TotalsLine } from '../components/ChangesList';
import { Choice } from '../components/Choice';
import { ChoicesTable } from '../components/ChoicesTable';
import { DifferencesList } from '../components/DifferencesList';
import { BaselinePicker, ServicesPicker, useBaseline, useServices } from '../components/Filters';
import { OpenIncident } from '../components/OpenIncident';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { Status } from '../components/Status';
import { useRange } from '../state/range';
import type { Window } from '../state/window';
import { changesOf } from '../state/questions';
import { useWord } from '../state/url';

const STATUSES = ['new', 'up', 'down', 'gone', 'same'];
const LIMITS = [10, 20, 50, 100].map((value) => ({ value: String(value), label: `${value} patterns` }));

export default function Changes() {
  const range = useRange();
  const [baseline] = useBaseline();
  const [services] = useServices();
  const [limit, setLimit] = useWord('limit', '20');
  const [status, setStatus] = useWord('status', 'all');
  const [words, setWords] = useWord('q');
  const changes = useAnswer(request('post', '/query_logs', { body: changesOf(range.window, { services, baseline, limit: Number(limit) }) }));
  const groups = changes.data?.log_groups ?? [];
  const shown = groups.filter(
    (group) => (status === 'all' || group.status === status) && `${group.service} ${group.name ?? ''} ${group.pattern} ${group.representative_logs.join(' ')}`.toLowerCase().includes(words.toLowerCase()),
  );
  return (
    <Page
      title="What changed"
      range={range}
      behind={{ folders: ['log_changes', 'differences'], main: 'log_changes/pattern_changes', values: valuesOf(changes.data, Number(limit)) }}
      actions={<OpenIncident window={range.window} services={services} />}
      controls={
        <>
          <Choice
            label="Kind of change"
            value={status}
            onChange={setStatus}
            options={[{ value: 'all', label: `all ${groups.length}` }, ...STATUSES.map((value) => ({ value, label: `${value} ${groups.filter((group) => group.status === value).length}` }))]}
          />
          <ServicesPicker window={range.window} />
          <BaselinePicker />
          <Combobox aria-label="How many" width={16} options={LIMITS} value={limit} onChange={({ value }) => setLimit(value)} />
          <FilterInput aria-label="Filter by text" placeholder="Filter by text" value={words} onChange={setWords} width={24} />
        </>
      }
    >
      <Answered
        asked={changes}
        what="what changed"
        empty={({ totals }) =>
          totals.current_count === 0 && totals.baseline_count === 0
            ? { title: 'No log line in this window or the one before', advice: 'Choose another window, or see under Configuration which table of log lines was found.' }
            : undefined
        }
      >
        {(data) => (
          <Stack direction="column" gap={2}>
            <TotalsLine changes={data} />
            {data.services.length > 0 && (
              <Stack direction="column" gap={0.5}>
                {data.services.map(({ service, status: change, sentence }) => (
                  <Stack key={service} gap={1} alignItems="center">
                    <Status status={change} />
                    <span>{sentence}</span>
                  </Stack>
                ))}
              </Stack>
            )}
            {shown.length > 0 ? <ChangesList groups={shown} window={data.window} stepSeconds={data.step_seconds} baseline={baseline} onDecided={changes.reload} /> : <div role="status">No pattern passes the filters.</div>}
            <Apart window={range.window} services={services} baseline={baseline} />
            <Decided onDecided={changes.reload} />
          </Stack>
        )}
      </Answered>
    </Page>
  );
}

function Apart({ window, services, baseline }: { window: Window; services: string[]; baseline: string }) {
  const [isAsked, setAsked] = useState(false);
  const differences = useAnswer(
    isAsked ? request('get', '/api/v1/differences', { query: { ...window, baseline, services: services.join(',') } }) : null,
  );
  return (
    <Section title="What sets the lines as a whole apart">
      {isAsked ? (
        <Answered
          asked={differences}
          what="what sets the lines apart"
          empty={(data) => (data.differences.length === 0 ? { title: 'No attribute sets these lines apart', advice: 'They are spread as usual over hosts, versions and the rest.' } : undefined)}
        >
          {(data) => <DifferencesList differences={data.differences} />}
        </Answered>
      ) : (
        <div>
          <Button variant="secondary" icon="search" onClick={() => setAsked(true)}>
            Compare attributes
          </Button>
        </div>
      )}
    </Section>
  );
}

function Decided({ onDecided }: { onDecided: () => void }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <Section title="Names and ignored patterns">
      {isAsked ? (
        <ChoicesTable onDecided={onDecided} />
      ) : (
        <div>
          <Button variant="secondary" icon="list-ul" onClick={() => setAsked(true)}>
            Show them
          </Button>
        </div>
      )}
    </Section>
  );
}

function valuesOf(data: Answer | undefined, limit: number) {
  if (!data) {
    return {};
  }
  const { window, baseline } = data;
  return { current_from: window.from, current_to: window.to, baseline_from: baseline.from, baseline_to: baseline.to, limit, services: data.scope.services };
}
