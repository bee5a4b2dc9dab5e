import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { Button, LinkButton, Stack, useStyles2, useTheme2 } from '@grafana/ui';
import React from 'react';

import { request } from '../api/client';
import type { Health, Point, Topology } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { Anchor } from '../components/Anchor';
import { Answered } from '../components/Answered';
import { ChangesList, TotalsLine } from '../components/ChangesList';
import { type Series, type Stretch, TimeChart } from '../components/charts/TimeChart';
import { ErrorGroupsTable } from '../components/ErrorGroupsTable';
import { BaselinePicker, useBaseline } from '../components/Filters';
import { ObjectivesTable } from '../components/ObjectivesTable';
import { OpenIncident } from '../components/OpenIncident';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { Status, toneColor } from '../components/Status';
import { type Column, Table } from '../components/Table';
import { TracesTable } from '../components/TracesTable';
import { count, milliseconds, minute, percent, perSecond } from '../format';
import { ROOT } from '../ids';
import { metricLinks, pageHref, servicePage } from '../state/links';
import { changesOf } from '../state/questions';
import { useRange } from '../state/range';
import { type Window, windowOf, wordsOf } from '../state/window';
import { useSettings } from '../state/settings';
import { useAddress, useWord } from '../state/url';

/** A stretch marked on a graph, as the address holds it: whole minutes, "from-to" in milliseconds. */
function useMark(): [Stretch | undefined, (mark: Stretch | undefined) => void] {
  const [word, setWord] = useWord('mark');
  const [from, to] = word.split('-').map(Number);
  const mark = from && to && from < to ? { from, to } : undefined;
  const MINUTE = 60_000;
  return [
    mark,
    (next) => setWord(next && `${Math.floor(next.from / MINUTE) * MINUTE}-${Math.max(Math.ceil(next.to / MINUTE), Math.floor(next.from / MINUTE) + 1) * MINUTE}`),
  ];
}

export default function Service({ name }: { name: string }) {
  const range = useRange();
  const { search } = useAddress();
  const settings = useSettings();
  const [baseline] = useBaseline();
  const [mark, setMark] = useMark();
  const { window } = range;
  const health = useAnswer(request('get', '/api/v1/services/{name}', { at: { name }, query: { ...window, baseline } }));
  const marked: Window = mark ? windowOf(mark) : window;
  const service = health.data?.services[0];
  const values = health.data
    ? {
        from: window.from,
        to: window.to,
        current_from: window.from,
        current_to: window.to,
        baseline_from: health.data.baseline.from,
        baseline_to: health.data.baseline.to,
      }
    : {};
  return (
    <Page
      title={name}
      parent={{ text: 'Services', url: `${ROOT}/services` }}
      range={range}
      behind={{ folders: ['health', 'slo', 'error_groups', 'log_changes', 'topology', 'traces'], main: 'health/services_spans', values }}
      controls={
        <>
          <BaselinePicker />
          <Button icon="search" onClick={() => locationService.push(pageHref('root-cause', search, { ...wordsOf(marked), service: name }))}>
            Find the root cause
          </Button>
          <OpenIncident window={marked} services={[name]} />
          {metricLinks(settings, name, marked).map((link) => (
            <LinkButton key={link.name} href={link.href} variant="secondary" icon="compass">
              {link.name}
            </LinkButton>
          ))}
          <span>
            {mark ? (
              <>
                {minute(marked.from)} – {minute(marked.to)} is marked{' '}
                <Button size="sm" fill="text" variant="secondary" onClick={() => setMark(undefined)}>
                  Clear
                </Button>
              </>
            ) : (
              'Mark a stretch on a graph to ask about it alone.'
            )}
          </span>
        </>
      }
    >
      <Answered
        asked={health}
        what={`how ${name} does`}
        empty={({ services }) =>
          services.length === 0 ? { title: `${name} was not seen in this window`, advice: 'Choose a longer window, or check its name among the services.' } : undefined
        }
      >
        {(data) => (
          <Stack direction="column" gap={1}>
            {service && (
              <Stack gap={2} wrap="wrap" alignItems="flex-start">
                <Status status={service.status} />
                <ul style={{ listStyle: 'none' }}>
                  {service.reasons.map((reason) => (
                    <li key={reason}>{reason}</li>
                  ))}
                </ul>
              </Stack>
            )}
            <Graphs name={name} health={data} mark={mark} onMark={setMark} />
          </Stack>
        )}
      </Answered>
      <ObjectivesOf name={name} at={window.to} />
      <ErrorsOf name={name} window={window} />
      <ChangesOf name={name} window={window} baseline={baseline} />
      <NeighboursOf name={name} window={window} />
      <TracesOf name={name} window={window} />
    </Page>
  );
}

function Graphs({ name, health, mark, onMark }: { name: string; health: Health; mark?: Stretch; onMark: (mark: Stretch | undefined) => void }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  // The same question about the baseline draws what was usual behind.
  const before = useAnswer(request('get', '/api/v1/services/{name}', { at: { name }, query: health.baseline }));
  const [from, to] = [Date.parse(health.window.from), Date.parse(health.window.to)];
  const shift = from - Date.parse(health.baseline.from);
  const line = (label: string, color: string, of: (point: Point) => number | null | undefined): Series[] => [
    ...(before.data ? [{ name: `${label} before`, color: theme.colors.text.secondary, isBaseline: true, dots: before.data.series.map((point) => ({ time: Date.parse(point.time) + shift, value: of(point) })) }] : []),
    { name: label, color, dots: health.series.map((point) => ({ time: Date.parse(point.time), value: of(point) })) },
  ];
  const shared = { from, to, mark, onMark, hint: 'Drag to mark a stretch of time' };
  return (
    <div className={styles.graphs}>
      <TimeChart {...shared} title="Requests" format={perSecond} series={line('requests', toneColor(theme, 'info'), (point) => point.request_rate)} />
      <TimeChart {...shared} title="Failures" format={percent} series={line('failures', toneColor(theme, 'bad'), (point) => point.error_ratio)} />
      <TimeChart
        {...shared}
        title="Latency"
        format={milliseconds}
        series={[...line('p95', toneColor(theme, 'warn'), (point) => point.p95_ms), ...line('p50', theme.visualization.getColorByName('purple'), (point) => point.p50_ms).filter(({ isBaseline }) => !isBaseline)]}
      />
    </div>
  );
}

function ObjectivesOf({ name, at }: { name: string; at: string }) {
  const asked = useAnswer(request('get', '/api/v1/slo', { query: { at, service: name } }));
  return (
    <Section title="Objectives">
      <Answered asked={asked} what="the objectives" empty={({ slos }) => (slos.length === 0 ? { title: 'No objective is set for this service', advice: 'Set one under Configuration.' } : undefined)}>
        {(answer) => <ObjectivesTable answer={answer} />}
      </Answered>
    </Section>
  );
}

function ErrorsOf({ name, window }: { name: string; window: Window }) {
  const asked = useAnswer(request('get', '/api/v1/patterns', { query: { ...window, service: name, limit: '15' } }));
  return (
    <Section title="Error patterns">
      <Answered asked={asked} what="what fails">
        {(answer) => <ErrorGroupsTable answer={answer} />}
      </Answered>
    </Section>
  );
}

function ChangesOf({ name, window, baseline }: { name: string; window: Window; baseline: string }) {
  const { search } = useAddress();
  const asked = useAnswer(request('post', '/query_logs', { body: changesOf(window, { services: [name], baseline, limit: 8 }) }));
  return (
    <Section title="What changed in its logs" actions={<Anchor href={pageHref('changes', search, { services: name, baseline: baseline === 'previous' ? null : baseline })}>All of it</Anchor>}>
      <Answered asked={asked} what="what changed" empty={({ log_groups }) => (log_groups.length === 0 ? { title: 'It logged nothing', advice: 'Neither in this window nor in the one before.' } : undefined)}>
        {(answer) => (
          <>
            <TotalsLine changes={answer} />
            <ChangesList groups={answer.log_groups} window={answer.window} stepSeconds={answer.step_seconds} baseline={baseline} onDecided={asked.reload} />
          </>
        )}
      </Answered>
    </Section>
  );
}

type Call = Topology['edges'][number];

function NeighboursOf({ name, window }: { name: string; window: Window }) {
  const { search } = useAddress();
  const asked = useAnswer(request('get', '/api/v1/topology', { query: { ...window, service: name } }));
  const columns: Array<Column<Call>> = [
    { id: 'direction', header: 'Direction', by: ({ callee }) => (callee === name ? 0 : 1), cell: ({ callee }) => (callee === name ? 'is called by' : 'calls') },
    {
      id: 'neighbour',
      header: 'Service',
      by: ({ caller, callee }) => (callee === name ? caller : callee),
      cell: ({ caller, callee }) => {
        const other = callee === name ? caller : callee;
        return <Anchor href={pageHref(servicePage(other), search)}>{other}</Anchor>;
      },
    },
    { id: 'rate', header: 'Calls', isNumber: true, by: ({ rate }) => rate, cell: ({ rate, is_sparse }) => `${perSecond(rate)}${is_sparse ? ' (few)' : ''}` },
    { id: 'errors', header: 'Failed', isNumber: true, by: ({ errors }) => errors, cell: ({ errors }) => count(errors) },
    { id: 'ratio', header: 'Failures', isNumber: true, by: (row) => row.error_ratio, cell: (row) => `${percent(row.baseline_error_ratio)} → ${percent(row.error_ratio)}` },
    { id: 'p95', header: 'p95', isNumber: true, by: (row) => row.p95_ms, cell: (row) => `${milliseconds(row.baseline_p95_ms)} → ${milliseconds(row.p95_ms)}` },
  ];
  return (
    <Section title="Callers and callees">
      <Answered
        asked={asked}
        what="who calls whom"
        empty={({ edges }) => (edges.length === 0 ? { title: 'No call to or from it was seen', advice: 'Calls are read from spans: see under Configuration whether they were found.' } : undefined)}
      >
        {({ edges }) => (
          <Table
            rows={edges.filter(({ caller, callee }) => caller === name || callee === name)}
            columns={columns}
            keyOf={({ caller, callee }) => `${caller} ${callee}`}
            caption="Callers and callees"
            word="calls"
          />
        )}
      </Answered>
    </Section>
  );
}

function TracesOf({ name, window }: { name: string; window: Window }) {
  const { search } = useAddress();
  const asked = useAnswer(request('get', '/api/v1/traces', { query: { ...window, service: name, limit: '10' } }));
  return (
    <Section title="Slowest requests" actions={<Anchor href={pageHref('traces', search, { services: name })}>More of them</Anchor>}>
      <Answered asked={asked} what="traces" empty={({ traces }) => (traces.length === 0 ? { title: 'No trace in this window', advice: 'Choose a longer window.' } : undefined)}>
        {({ traces }) => <TracesTable traces={traces} />}
      </Answered>
    </Section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  graphs: css({
    display: 'grid',
    gap: theme.spacing(2),
    gridTemplateColumns: 'repeat(3, minmax(0, 1fr))',
    [theme.breakpoints.down('lg')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
    '& > *': { background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, padding: theme.spacing(1) },
  }),
});
