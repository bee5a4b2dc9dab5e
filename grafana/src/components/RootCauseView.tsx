import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';
import React, { useMemo } from 'react';

import type { Correlation, Health } from '../api/types';
import { clock, count, decimal, milliseconds, minute, percent } from '../format';
import { fixedText, logLinks, metricLinks, pageHref, servicePage, traceLinks, tracePage } from '../state/links';
import { useSettings } from '../state/settings';
import { useAddress } from '../state/url';
import { testIds } from '../testIds';
import { Anchor } from './Anchor';
import { Section } from './Section';
import { Status } from './Status';
import { type Column, Table } from './Table';
import type { Edge, Node } from './topology/layout';
import { TopologyGraph } from './topology/TopologyGraph';

type Affected = Correlation['blast_radius']['affected'][number];
type Suspect = Correlation['suspects'][number];
type HurtTrace = Correlation['traces'][number];

// What the parts of a confidence are, in the order in which they are shown.
const PARTS: Array<[keyof NonNullable<Correlation['root_cause']>['parts'], string]> = [
  ['pattern_dominance', 'How much of its requests the evidence covers'],
  ['signal_consistency', 'How well its signals agree'],
  ['temporal_alignment', 'How early it began'],
  ['margin', 'How far it is ahead of the next'],
  ['coverage', 'How much of the telemetry is there'],
  ['support', 'How many observations stand behind it'],
];

interface Props {
  answer: Correlation;
  /** How the services did in the same window, for the colours of the graph. */
  health?: Health;
}

/** Everything that is known of where an incident comes from. */
export function RootCauseView({ answer, health }: Props) {
  const styles = useStyles2(getStyles);
  const graph = useMemo(() => graphOf(answer, health), [answer, health]);
  return (
    <div className={styles.columns}>
      <div className={styles.main}>
        <Verdict answer={answer} />
        <Section title="Suspects">
          <ol className={styles.list}>
            {answer.suspects.map((suspect, place) => (
              <SuspectRow key={suspect.service} suspect={suspect} place={place + 1} />
            ))}
          </ol>
        </Section>
        {graph.nodes.length > 0 && (
          <Section title="Who calls whom">
            <TopologyGraph nodes={graph.nodes} edges={graph.edges} />
          </Section>
        )}
        <BlastRadius answer={answer} />
        <HurtTraces traces={answer.traces} />
      </div>
      <div className={styles.side}>
        <LookNext answer={answer} />
        <Timeline answer={answer} />
      </div>
    </div>
  );
}

function graphOf({ blast_radius, root_cause }: Correlation, health: Health | undefined): { nodes: Node[]; edges: Edge[] } {
  const statuses = new Map(health?.services.map(({ service, status }) => [service, status]));
  const affected = new Set(blast_radius.affected.map(({ service }) => service));
  const edges = blast_radius.edges.map((call) => ({
    caller: call.caller,
    callee: call.callee,
    calls: call.calls,
    errors: call.errors,
    p95Ms: call.p95_ms,
    // Towards the root cause, from a service that it hurts or by calls that fail.
    isOnWay: typeof call.hops === 'number' && (affected.has(call.caller) || call.errors > 0.01 * call.calls),
  }));
  const names = new Set([...edges.flatMap(({ caller, callee }) => [caller, callee]), ...affected, ...(root_cause ? [root_cause.service] : [])]);
  return {
    edges,
    nodes: [...names].map((name) => ({
      name,
      status: statuses.get(name) ?? 'unknown',
      isRootCause: name === root_cause?.service,
      isAffected: affected.has(name),
    })),
  };
}

function Verdict({ answer: { root_cause, suspects } }: { answer: Correlation }) {
  const styles = useStyles2(getStyles);
  const { search } = useAddress();
  if (!root_cause) {
    return (
      <div className={styles.verdict} data-testid={testIds.rootCause}>
        <div className={styles.sentence}>{suspects.length === 0 ? 'No service shows a change worth a suspicion.' : 'No suspect stands out enough to be called the root cause.'}</div>
      </div>
    );
  }
  return (
    <div className={styles.verdict} data-testid={testIds.rootCause}>
      <div className={styles.head}>
        <div>
          <div className={styles.weak}>Likeliest root cause</div>
          <Anchor href={pageHref(servicePage(root_cause.service), search)} className={styles.culprit}>
            {root_cause.service}
          </Anchor>
        </div>
        <div className={styles.confidence} title="Confidence, 0 to 100">
          {Math.round(root_cause.confidence)} %<div className={styles.weak}>confidence</div>
        </div>
      </div>
      <div className={styles.sentence}>{root_cause.sentence}</div>
      <details>
        <summary className={styles.summary}>What the confidence is made of</summary>
        <dl className={styles.parts}>
          {PARTS.map(([part, meaning]) => (
            <React.Fragment key={part}>
              <dt>{meaning}</dt>
              <dd>
                <div className={styles.bar}>
                  <div style={{ width: `${root_cause.parts[part] * 100}%` }} />
                </div>
                {root_cause.parts[part].toFixed(2)}
              </dd>
            </React.Fragment>
          ))}
        </dl>
      </details>
    </div>
  );
}

function SuspectRow({ suspect, place }: { suspect: Suspect; place: number }) {
  const styles = useStyles2(getStyles);
  const { search } = useAddress();
  return (
    <li className={styles.suspect} data-testid={testIds.suspect}>
      <div className={styles.head}>
        <span>
          <span className={styles.weak}>{place}. </span>
          <Anchor href={pageHref(servicePage(suspect.service), search)}>{suspect.service}</Anchor>
          {suspect.note && <span className={styles.weak}> {suspect.note}</span>}
        </span>
        <span className={styles.weak} title="Surprise of its strongest evidence: 1 is the edge of the usual, each further 1 is a factor of 6.3">
          score {decimal(suspect.score)}
        </span>
      </div>
      <ul className={styles.evidence}>
        {suspect.evidence.map((piece, i) => (
          <li key={i}>
            <span className={styles.kind}>{piece.kind}</span>
            <span className={styles.what}>
              {piece.text}
              {piece.endpoint && <span className={styles.weak}> · {piece.endpoint}</span>}
            </span>
            {piece.since && <span className={styles.weak}>since {clock(piece.since)}</span>}
          </li>
        ))}
      </ul>
    </li>
  );
}

function Timeline({ answer: { timeline } }: { answer: Correlation }) {
  const styles = useStyles2(getStyles);
  return (
    <Section title="Timeline">
      <ol className={styles.timeline} data-testid={testIds.timeline}>
        {timeline.map(({ time, kind, service, text }, i) => (
          <li key={i} className={kind === 'window' ? styles.windowMoment : undefined}>
            <time dateTime={time}>{clock(time)}</time>
            <div>
              {service && <strong>{service} </strong>}
              {text}
            </div>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function BlastRadius({ answer: { blast_radius } }: { answer: Correlation }) {
  const { search } = useAddress();
  const columns: Array<Column<Affected>> = [
    { id: 'service', header: 'Service', by: ({ service }) => service, cell: ({ service }) => <Anchor href={pageHref(servicePage(service), search)}>{service}</Anchor> },
    { id: 'by', header: 'Hurt by', cell: ({ by }) => (by === 'both' ? 'errors and latency' : by) },
    { id: 'failures', header: 'Failures', isNumber: true, by: (row) => row.error_share, cell: (row) => `${percent(row.error_share_before)} → ${percent(row.error_share)}` },
    { id: 'slow', header: 'Slow', isNumber: true, by: (row) => row.slow_share, cell: (row) => `${percent(row.slow_share_before)} → ${percent(row.slow_share)}` },
    { id: 'requests', header: 'Requests', isNumber: true, by: ({ requests }) => requests, cell: ({ requests }) => count(requests) },
    { id: 'hops', header: 'Calls away', isNumber: true, by: ({ hops }) => hops, cell: ({ hops }) => (typeof hops === 'number' ? hops : '–') },
  ];
  return (
    <Section title="Blast radius" actions={<Status status={blast_radius.class} />}>
      <div>
        {percent(blast_radius.requests_share)} of all requests and {percent(blast_radius.traces_share)} of all traces are hurt beyond what was usual
        {blast_radius.unjudged.length > 0 && `; too few requests to judge ${blast_radius.unjudged.join(', ')}`}.
      </div>
      {blast_radius.affected.length > 0 && <Table rows={blast_radius.affected} columns={columns} keyOf={({ service }) => service} caption="Services that are hurt" word="hurt" />}
    </Section>
  );
}

function HurtTraces({ traces }: { traces: HurtTrace[] }) {
  const { search } = useAddress();
  const columns: Array<Column<HurtTrace>> = [
    { id: 'trace', header: 'Trace', cell: (row) => <Anchor href={pageHref(tracePage(row.trace_id), search)}>{row.trace_id.slice(0, 12)}…</Anchor> },
    { id: 'endpoint', header: 'Endpoint', width: 180, cell: (row) => `${row.service} ${row.endpoint}` },
    { id: 'outcome', header: 'Outcome', cell: (row) => <Status status={row.error ? 'failed' : 'degraded'} label={row.error ? 'failed' : 'slow'} /> },
    { id: 'duration', header: 'Took', isNumber: true, by: (row) => row.duration_ms, cell: (row) => milliseconds(row.duration_ms) },
    { id: 'started', header: 'Began', isNumber: true, by: (row) => row.started, cell: (row) => clock(row.started) },
  ];
  return traces.length === 0 ? null : (
    <Section title="Traces that were hurt">
      <Table rows={traces} columns={columns} keyOf={({ trace_id, endpoint }) => `${trace_id} ${endpoint}`} caption="Traces that were hurt" word="traces" />
    </Section>
  );
}

/** Links made from the evidence; each says what it opens. */
function LookNext({ answer: { root_cause, suspects, traces, window } }: { answer: Correlation }) {
  const styles = useStyles2(getStyles);
  const settings = useSettings();
  const { search } = useAddress();
  const suspect = suspects.find(({ service }) => service === root_cause?.service) ?? suspects[0];
  if (!suspect) {
    return null;
  }
  const { service } = suspect;
  const example = suspect.evidence.find((piece) => piece.kind === 'pattern')?.example ?? undefined;
  // The first line of a message, without what surely varies in it.
  const text = example && fixedText(example.replace(/\S*\d\S*/g, '<*>'));
  const trace = traces.find((one) => one.service === service) ?? traces[0];
  const own = [
    { name: `What changed in the logs of ${service}`, href: pageHref('changes', search, { services: service }) },
    { name: `How ${service} does, its callers and callees`, href: pageHref(servicePage(service), search) },
    ...(trace ? [{ name: `The worst trace: ${trace.service} ${trace.endpoint}, ${milliseconds(trace.duration_ms)}`, href: pageHref(tracePage(trace.trace_id), search) }] : []),
    { name: `Failed requests of ${service}`, href: pageHref('traces', search, { services: service, failed: 'true' }) },
  ];
  const explore = [
    ...logLinks(settings, { service, text }, window).map(({ name, href }) => ({ name: `Lines of ${service}${text ? ` with “${text.slice(0, 40)}”` : ''} in ${name}`, href })),
    ...(trace ? traceLinks(settings, trace.trace_id, window).map(({ name, href }) => ({ name: `Trace ${trace.trace_id.slice(0, 8)}… in ${name}`, href })) : []),
    ...metricLinks(settings, service, window).map(({ name, href }) => ({ name: `Requests of ${service} in ${name}`, href })),
  ];
  return (
    <Section title="Where to look next">
      <ul className={styles.links} data-testid={testIds.lookNext}>
        {own.map(({ name, href }) => (
          <li key={name}>
            <Anchor href={href}>{name}</Anchor>
          </li>
        ))}
        {explore.map(({ name, href }) => (
          <li key={name}>
            <Icon name="compass" size="sm" /> <Anchor href={href}>{name}</Anchor>
          </li>
        ))}
      </ul>
      <div className={styles.weak}>
        Window {minute(window.from)} to {minute(window.to)}
      </div>
    </Section>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const card = { background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default };
  return {
    columns: css({ display: 'grid', gap: theme.spacing(3), gridTemplateColumns: 'minmax(0, 1fr) 320px', [theme.breakpoints.down('lg')]: { gridTemplateColumns: 'minmax(0, 1fr)' } }),
    main: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), minWidth: 0 }),
    side: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), minWidth: 0 }),
    verdict: css({ ...card, padding: theme.spacing(2), display: 'flex', flexDirection: 'column', gap: theme.spacing(1), borderLeft: `4px solid ${theme.colors.error.text}` }),
    head: css({ display: 'flex', justifyContent: 'space-between', gap: theme.spacing(1), alignItems: 'baseline' }),
    culprit: css({ ...theme.typography.h2, color: theme.colors.text.link, overflowWrap: 'anywhere' }),
    confidence: css({ ...theme.typography.h2, textAlign: 'right', whiteSpace: 'nowrap' }),
    sentence: css({ overflowWrap: 'anywhere' }),
    weak: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontWeight: theme.typography.fontWeightRegular }),
    summary: css({ color: theme.colors.text.secondary, cursor: 'pointer' }),
    parts: css({
      display: 'grid',
      gridTemplateColumns: 'minmax(140px, 1fr) minmax(120px, 1fr)',
      gap: theme.spacing(0.5, 2),
      margin: theme.spacing(1, 0, 0),
      dt: { fontWeight: 'normal' },
      dd: { margin: 0, display: 'flex', gap: theme.spacing(1), alignItems: 'center', fontVariantNumeric: 'tabular-nums' },
    }),
    bar: css({ flex: 1, height: 6, borderRadius: 3, background: theme.colors.border.medium, overflow: 'hidden', '& > div': { height: '100%', background: theme.colors.primary.main } }),
    list: css({ ...card, listStyle: 'none' }),
    suspect: css({ padding: theme.spacing(1, 1.5), '& + &': { borderTop: `1px solid ${theme.colors.border.weak}` } }),
    evidence: css({ listStyle: 'none', marginTop: theme.spacing(0.5), '& li': { display: 'flex', gap: theme.spacing(0, 1), alignItems: 'baseline', padding: theme.spacing(0.25, 0), [theme.breakpoints.down('md')]: { flexWrap: 'wrap' } } }),
    kind: css({ flex: '0 0 56px', color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
    what: css({ flex: '1 1 180px', minWidth: 0, overflowWrap: 'anywhere' }),
    timeline: css({
      listStyle: 'none',
      borderLeft: `2px solid ${theme.colors.border.medium}`,
      paddingLeft: theme.spacing(1.5),
      '& li': { paddingBottom: theme.spacing(1), overflowWrap: 'anywhere' },
      time: { color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontVariantNumeric: 'tabular-nums' },
    }),
    windowMoment: css({ color: theme.colors.text.secondary, fontStyle: 'italic' }),
    links: css({ listStyle: 'none', '& li': { padding: theme.spacing(0.25, 0), overflowWrap: 'anywhere' } }),
  };
};
