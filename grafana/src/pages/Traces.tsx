import { Combobox, RadioButtonGroup } from '@grafana/ui';
import React from 'react';

import { request } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import { Answered } from '../components/Answered';
import { ServicesPicker, useServices } from '../components/Filters';
import { Page } from '../components/Page';
import { TracesTable } from '../components/TracesTable';
import { useRange } from '../state/range';
import { useWord } from '../state/url';

const DURATIONS = [
  { value: '', label: 'of any duration' },
  ...[
    ['100', '100 ms'],
    ['500', '500 ms'],
    ['1000', '1 s'],
    ['5000', '5 s'],
  ].map(([value = '', label]) => ({ value, label: `at least ${label}` })),
];

export default function Traces() {
  const range = useRange();
  const [services] = useServices();
  const [failed, setFailed] = useWord('failed');
  const [sort, setSort] = useWord('by', 'slowest');
  const [least, setLeast] = useWord('least');
  const asked = useAnswer(
    request('get', '/api/v1/traces', {
      query: { ...range.window, services: services.join(','), failed, sort, min_duration_ms: least, limit: '100' },
    }),
  );
  return (
    <Page
      title="Traces"
      range={range}
      behind={{
        folders: ['traces'], main: 'traces/traces',
        values: { from: range.window.from, to: range.window.to, limit: 100, only_failed: failed === 'true', slowest_first: sort === 'slowest', min_duration: Number(least || 0) * 1_000_000 },
      }}
      controls={
        <>
          <RadioButtonGroup
            aria-label="Outcome"
            value={failed}
            onChange={setFailed}
            options={[
              { value: '', label: 'all' },
              { value: 'true', label: 'failed' },
            ]}
          />
          <RadioButtonGroup
            aria-label="Order"
            value={sort}
            onChange={setSort}
            options={[
              { value: 'slowest', label: 'slowest' },
              { value: 'latest', label: 'latest' },
            ]}
          />
          <ServicesPicker window={range.window} />
          <Combobox aria-label="Duration" width={22} options={DURATIONS} value={least} onChange={({ value }) => setLeast(value)} />
        </>
      }
    >
      <Answered
        asked={asked}
        what="traces"
        empty={({ traces }) => (traces.length === 0 ? { title: 'No request passes the filters', advice: 'Choose a longer window or fewer filters; see under Configuration whether a table of spans was found.' } : undefined)}
      >
        {({ traces }) => <TracesTable traces={traces} />}
      </Answered>
    </Page>
  );
}
