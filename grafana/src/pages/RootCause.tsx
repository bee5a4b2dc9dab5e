import { Combobox } from '@grafana/ui';
import React from 'react';

import { request } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import { Answered } from '../components/Answered';
import { OpenIncident } from '../components/OpenIncident';
import { Page } from '../components/Page';
import { RootCauseView } from '../components/RootCauseView';
import { useRange } from '../state/range';
import { useWord } from '../state/url';

const HISTORIES = ['1h', '3h', '12h', '1d', '7d'].map((value) => ({ value, label: `history of ${value}` }));

export default function RootCause() {
  const range = useRange();
  const [service, setService] = useWord('service');
  const [history, setHistory] = useWord('history', '3h');
  const health = useAnswer(request('get', '/api/v1/services', { query: range.window }));
  const answer = useAnswer(request('post', '/api/v1/correlate', { body: { ...range.window, ...(service && { service }), history } }));
  const names = [...new Set([...(service ? [service] : []), ...(health.data?.services.map((row) => row.service) ?? [])])].sort();
  const { data } = answer;
  return (
    <Page
      title="Root cause"
      range={range}
      behind={{
        folders: ['root_cause', 'sources'], main: 'root_cause/edges',
        values: data ? { from: data.window.from, to: data.window.to, history_from: data.history_from, current_from: data.window.from, current_to: data.window.to } : {},
      }}
      actions={
        <OpenIncident
          window={range.window}
          services={data?.root_cause ? [...new Set([data.root_cause.service, ...data.blast_radius.affected.map((row) => row.service)])] : []}
        />
      }
      controls={
        <>
          <Combobox
            aria-label="Among"
            prefixIcon="sitemap"
            width={34}
            isClearable
            placeholder="Among all services"
            options={names.map((value) => ({ value, label: `${value} and what it calls` }))}
            value={service || null}
            onChange={(option) => setService(option?.value)}
          />
          <Combobox aria-label="History" prefixIcon="history" width={22} options={HISTORIES} value={history} onChange={({ value }) => setHistory(value)} />
        </>
      }
    >
      <Answered
        asked={answer}
        what="the root cause"
        empty={({ suspects, timeline }) =>
          suspects.length === 0 && timeline.length <= 2
            ? { title: 'No service shows a change worth a suspicion', advice: 'Choose a window that begins when the trouble began, or a longer history.' }
            : undefined
        }
      >
        {(found) => <RootCauseView answer={found} health={health.data} />}
      </Answered>
    </Page>
  );
}
