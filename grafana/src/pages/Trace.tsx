import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { LinkButton, Stack, useStyles2 } from '@grafana/ui';
import React from 'react';

import { request } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import { Anchor } from '../components/Anchor';
import { Answered } from '../components/Answered';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { type Column, Table } from '../components/Table';
import { CriticalPath, Waterfall } from '../components/Waterfall';
import type { Trace as Answer } from '../api/types';
import { clock, count, milliseconds, moment } from '../format';
import { ROOT } from '../ids';
import { pageHref, servicePage } from '../state/links';
import { windowOf } from '../state/window';
import { useAddress } from '../state/url';

type Line = Answer['logs'][number];
type SelfTime = Answer['self_time_by_service'][number];

export default function Trace({ name: id }: { name: string }) {
  const styles = useStyles2(getStyles);
  const { search } = useAddress();
  const asked = useAnswer(request('get', '/api/v1/traces/{id}', { at: { id } }));
  const { data } = asked;
  const window = data && windowOf({ from: Date.parse(data.start), to: Date.parse(data.start) + data.duration_ms + 1000 });
  const root = data?.spans[0];
  const lines: Array<Column<Line>> = [
    { id: 'time', header: 'Time', by: ({ timestamp }) => timestamp, cell: ({ timestamp }) => clock(timestamp) },
    { id: 'service', header: 'Service', by: ({ service }) => service, cell: ({ service }) => service },
    { id: 'level', header: 'Level', by: ({ level }) => level, cell: ({ level }) => level },
    { id: 'message', header: 'Message', width: 300, cell: ({ body }) => <div className={styles.message}>{body}</div> },
  ];
  const own: Array<Column<SelfTime>> = [
    { id: 'service', header: 'Service', by: ({ service }) => service, cell: ({ service }) => <Anchor href={pageHref(servicePage(service), search)}>{service}</Anchor> },
    { id: 'spans', header: 'Spans', isNumber: true, by: ({ spans }) => spans, cell: ({ spans }) => count(spans) },
    { id: 'self', header: 'Self time', isNumber: true, by: ({ self_ms }) => self_ms, cell: ({ self_ms }) => milliseconds(self_ms) },
  ];
  return (
    <Page
      title={root ? `${root.service} ${root.name}` : `Trace ${id.slice(0, 12)}…`}
      parent={{ text: 'Traces', url: `${ROOT}/traces` }}
      behind={{ folders: ['traces'], main: 'traces/trace_spans', values: { trace_id: id, ...window }, window }}
      actions={data?.links.map((link) => (
        <LinkButton key={link.name} href={link.url} variant="secondary" icon="compass">
          {link.name}
        </LinkButton>
      ))}
    >
      <Answered asked={asked} what="the trace">
        {(trace) => (
          <Stack direction="column" gap={3}>
            <div>
              {moment(trace.start)} · {milliseconds(trace.duration_ms)} · {count(trace.spans.length)} spans of {trace.services.length} services ·{' '}
              {trace.error_count === 0 ? 'none failed' : `${count(trace.error_count)} failed`} · <code>{trace.trace_id}</code>
            </div>
            <div className={styles.two}>
              <Section title="Where the time went">
                <CriticalPath trace={trace} />
              </Section>
              <Section title="Self time by service">
                <Table rows={trace.self_time_by_service} columns={own} keyOf={({ service }) => service} caption="Self time by service" word="own" />
              </Section>
            </div>
            <Section title="Spans">
              <div className={styles.weak}>Underlined bars are on the critical path.</div>
              <Waterfall trace={trace} first={search.get('span') ?? undefined} />
            </Section>
            <Section title="Log lines">
              {trace.logs.length === 0 ? (
                <div>No log line carries the id of this trace.</div>
              ) : (
                <Table rows={trace.logs} columns={lines} keyOf={(line) => `${line.timestamp} ${line.service} ${line.body}`} caption="Log lines of the trace" word="lines" />
              )}
            </Section>
          </Stack>
        )}
      </Answered>
    </Page>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  two: css({ display: 'grid', gap: theme.spacing(3), gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr)', [theme.breakpoints.down('md')]: { gridTemplateColumns: 'minmax(0, 1fr)' } }),
  message: css({ fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', maxHeight: 160, overflow: 'auto' }),
  weak: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
