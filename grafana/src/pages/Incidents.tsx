import { css } from '@emotion/css';
import { Button, FilterInput, MultiCombobox, Stack, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import React, { useEffect, useState } from 'react';

import { request } from '../api/client';
import type { Incident, IncidentPage } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { Anchor } from '../components/Anchor';
import { Answered } from '../components/Answered';
import { OpenIncident, SEVERITIES } from '../components/OpenIncident';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { Status } from '../components/Status';
import { type Column, Table } from '../components/Table';
import { count, moment, seconds, span } from '../format';
import { incidentPage, pageHref } from '../state/links';
import { useRange } from '../state/range';
import { useAddress, useWord } from '../state/url';
import { listOf } from '../state/words';
import { testIds } from '../testIds';

const STATES = ['open', 'acknowledged', 'mitigated', 'resolved', 'closed', 'reopened'].map((value) => ({ value, label: value }));
const SEVERITY_RANK = ['low', 'medium', 'high', 'critical'];

export default function Incidents() {
  const range = useRange();
  const { search } = useAddress();
  const [state, setState] = useWord('state');
  const [severity, setSeverity] = useWord('severity');
  const [service, setService] = useWord('service');
  const [words, setWords] = useWord('q');
  // What is typed is asked when the typing rests.
  const [typed, setTyped] = useState(words);
  useEffect(() => {
    const resting = setTimeout(() => setWords(typed), 300);
    return () => clearTimeout(resting);
  }, [typed, setWords]);
  const [cursor, setCursor] = useState<string>();
  const filters = { state, severity, service, q: words };
  const asked = JSON.stringify(filters);
  useEffect(() => setCursor(undefined), [asked]);
  const incidents = useAnswer(request('get', '/api/v1/incidents', { query: { ...filters, cursor, limit: '50' } }));
  const stats = useAnswer(request('get', '/api/v1/incidents/stats'));

  const columns: Array<Column<Incident>> = [
    {
      id: 'title',
      header: 'Incident',
      width: 220,
      by: ({ title }) => title,
      cell: ({ id, title, label }) => (
        <>
          <Anchor href={pageHref(incidentPage(id), search)}>{title}</Anchor>
          {label && <div>{label}</div>}
        </>
      ),
    },
    { id: 'severity', header: 'Severity', by: (row) => SEVERITY_RANK.indexOf(row.severity), cell: (row) => <Status status={row.severity} /> },
    { id: 'state', header: 'State', by: (row) => row.state, cell: (row) => <Status status={row.state} /> },
    { id: 'service', header: 'Services', by: (row) => row.service, cell: (row) => row.service || 'all' },
    { id: 'assignee', header: 'Assignee', by: (row) => row.assignee, cell: (row) => row.assignee || '–' },
    { id: 'window', header: 'Window', by: (row) => row.from, cell: (row) => <span style={{ whiteSpace: 'nowrap' }}>{span(row.from, row.to)}</span> },
    { id: 'opened', header: 'Opened', isNumber: true, by: (row) => row.opened_at, cell: (row) => moment(row.opened_at) },
    { id: 'resolved', header: 'To resolve', isNumber: true, by: (row) => row.time_to_resolve_s, cell: (row) => seconds(row.time_to_resolve_s) },
  ];
  const isFiltered = state !== '' || severity !== '' || service !== '' || words !== '';
  return (
    <Page
      title="Incidents"
      range={range}
      behind={{ folders: ['log_changes', 'root_cause', 'health', 'slo', 'error_groups'], values: {} }}
      actions={<OpenIncident window={range.window} services={[]} />}
      controls={
        <>
          <MultiCombobox aria-label="States" placeholder="Any state" width="auto" minWidth={18} maxWidth={50} options={STATES} value={listOf(state)} onChange={(chosen) => setState(chosen.map(({ value }) => value).join(','))} />
          <MultiCombobox aria-label="Severities" placeholder="Any severity" width="auto" minWidth={18} maxWidth={50} options={SEVERITIES} value={listOf(severity)} onChange={(chosen) => setSeverity(chosen.map(({ value }) => value).join(','))} />
          <FilterInput aria-label="Service" placeholder="Service" value={service} onChange={setService} width={20} />
          <FilterInput aria-label="Search" placeholder="Search titles, notes, patterns" value={typed} onChange={setTyped} width={32} />
        </>
      }
    >
      <Answered
        asked={incidents}
        what="the incidents"
        empty={(page) =>
          page.incidents.length === 0
            ? isFiltered
              ? { title: 'No incident passes the filters', advice: 'Take a filter away.' }
              : { title: 'No incident yet', advice: 'Open one from a window: what Kulprit answers about it is frozen with it, and stays when the logs are gone.' }
            : undefined
        }
      >
        {(page) => (
          <Stack direction="column" gap={2}>
            <Table rows={page.incidents} columns={columns} keyOf={({ id }) => id} caption="Incidents" data-testid={testIds.incidents} />
            <Pages page={page} cursor={cursor} onTurn={setCursor} />
          </Stack>
        )}
      </Answered>
      {stats.data && stats.data.stats.length > 0 && <Statistics stats={stats.data.stats} />}
    </Page>
  );
}

function Pages({ page, cursor, onTurn }: { page: IncidentPage; cursor?: string; onTurn: (cursor: string | undefined) => void }) {
  if (!page.next_cursor && !cursor) {
    return null;
  }
  return (
    <Stack gap={1}>
      <Button variant="secondary" size="sm" disabled={!cursor} onClick={() => onTurn(undefined)}>
        First page
      </Button>
      <Button variant="secondary" size="sm" disabled={!page.next_cursor} onClick={() => onTurn(page.next_cursor ?? undefined)}>
        Next page
      </Button>
    </Stack>
  );
}

interface Stat {
  service: string;
  severity: string;
  incidents: number;
  active: number;
  time_to_acknowledge_p50_s?: number | null;
  time_to_mitigate_p50_s?: number | null;
  time_to_resolve_p50_s?: number | null;
  time_to_resolve_p90_s?: number | null;
}

function Statistics({ stats }: { stats: Stat[] }) {
  const styles = useStyles2(getStyles);
  const columns: Array<Column<Stat>> = [
    { id: 'service', header: 'Service', by: ({ service }) => service, cell: ({ service }) => service },
    { id: 'severity', header: 'Severity', by: ({ severity }) => SEVERITY_RANK.indexOf(severity), cell: ({ severity }) => <Status status={severity} /> },
    { id: 'incidents', header: 'Incidents', isNumber: true, by: (row) => row.incidents, cell: (row) => count(row.incidents) },
    { id: 'active', header: 'Active', isNumber: true, by: (row) => row.active, cell: (row) => count(row.active) },
    { id: 'acknowledge', header: 'To acknowledge', isNumber: true, by: (row) => row.time_to_acknowledge_p50_s, cell: (row) => seconds(row.time_to_acknowledge_p50_s) },
    { id: 'mitigate', header: 'To mitigate', isNumber: true, by: (row) => row.time_to_mitigate_p50_s, cell: (row) => seconds(row.time_to_mitigate_p50_s) },
    {
      id: 'resolve',
      header: 'To resolve (90 %)',
      isNumber: true,
      by: (row) => row.time_to_resolve_p50_s,
      cell: (row) => `${seconds(row.time_to_resolve_p50_s)} (${seconds(row.time_to_resolve_p90_s)})`,
    },
  ];
  return (
    <Section title="How long they take">
      <div className={styles.weak}>Medians from the opening on; an incident of two services counts for both.</div>
      <Table rows={stats} columns={columns} keyOf={({ service, severity }) => `${service} ${severity}`} caption="How long incidents take" word="stats" />
    </Section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({ weak: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }) });
