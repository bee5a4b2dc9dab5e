import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2, useTheme2 } from '@grafana/ui';
import React, { useMemo, useState } from 'react';

import type { Span, Trace } from '../api/types';
import { clock, milliseconds, percent } from '../format';
import { below } from '../state/spans';
import { testIds } from '../testIds';
import { Status } from './Status';

// Told apart by colour and always by name: colours repeat after ten.
const COLORS = ['blue', 'purple', 'green', 'yellow', 'orange', 'super-light-blue', 'super-light-purple', 'super-light-green', 'dark-yellow', 'dark-blue'];

/** A trace over time: what each span took, what of that was its own, what would have made the whole faster. */
export function Waterfall({ trace, first }: { trace: Trace; first?: string }) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const [opened, open] = useState(first ?? '');
  const [closed, close] = useState<ReadonlySet<string>>(new Set());
  const colors = useMemo(() => new Map(trace.services.map((service, i) => [service, theme.visualization.getColorByName(COLORS[i % COLORS.length] as string)])), [trace.services, theme]);
  const critical = useMemo(() => new Set(trace.critical_path.map(({ span_id }) => span_id)), [trace.critical_path]);
  const hidden = useMemo(() => below(trace.spans, closed), [trace.spans, closed]);
  const parents = useMemo(() => new Set(trace.spans.map(({ parent }) => parent)), [trace.spans]);
  const total = trace.duration_ms || 1;
  const toggle = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) {
      next.add(id);
    }
    close(next);
  };
  return (
    <div className={styles.frame} data-testid={testIds.waterfall} role="region" aria-label="Spans" tabIndex={0}>
      <div className={cx(styles.row, styles.head)}>
        <div className={styles.name}>Span</div>
        <div className={styles.track}>
          {[0, 0.25, 0.5, 0.75].map((share) => (
            <span key={share} className={styles.tick} style={{ left: `${share * 100}%` }}>
              {milliseconds(share * total)}
            </span>
          ))}
        </div>
        <div className={styles.own}>Self time</div>
      </div>
      {trace.spans.map((span, place) =>
        hidden.has(place) ? null : (
          <React.Fragment key={span.span_id}>
            <div className={styles.row}>
              <div className={styles.name} style={{ paddingLeft: 4 + Math.min(span.depth, 12) * 12 }}>
                {parents.has(place) ? (
                  <button type="button" className={styles.fold} aria-expanded={!closed.has(span.span_id)} aria-label={`Spans below ${span.name}`} onClick={() => toggle(span.span_id)}>
                    <Icon name={closed.has(span.span_id) ? 'angle-right' : 'angle-down'} size="sm" />
                  </button>
                ) : (
                  <span className={styles.fold} />
                )}
                <button type="button" className={styles.open} aria-expanded={opened === span.span_id} onClick={() => open(opened === span.span_id ? '' : span.span_id)} title={`${span.service} ${span.name}`}>
                  {span.is_failed && <Icon name="exclamation-circle" size="sm" className={styles.failed} title="failed" />}
                  <span style={{ borderLeft: `3px solid ${colors.get(span.service)}`, paddingLeft: 4 }}>{span.service}</span> <span className={styles.weak}>{span.name}</span>
                </button>
              </div>
              <div className={styles.track}>
                <div
                  className={cx(styles.bar, critical.has(span.span_id) && styles.critical)}
                  title={`${milliseconds(span.duration_ms)}, of that ${milliseconds(span.self_ms)} its own${critical.has(span.span_id) ? `, ${milliseconds(span.critical_ms)} on the critical path` : ''}`}
                  style={{ left: `${(span.offset_ms / total) * 100}%`, width: `max(2px, ${(span.duration_ms / total) * 100}%)`, background: colors.get(span.service) }}
                />
                <span className={styles.took} style={labelPlace(span, total)}>
                  {milliseconds(span.duration_ms)}
                </span>
              </div>
              <div className={styles.own}>{milliseconds(span.self_ms)}</div>
            </div>
            {opened === span.span_id && <Opened span={span} />}
          </React.Fragment>
        ),
      )}
    </div>
  );
}

/** Beside the bar, where there is room. */
function labelPlace({ offset_ms, duration_ms }: Span, total: number): { left?: string; right?: string } {
  const end = (offset_ms + duration_ms) / total;
  return end < 0.85 ? { left: `calc(${end * 100}% + 4px)` } : offset_ms / total > 0.15 ? { right: `calc(${(1 - offset_ms / total) * 100}% + 4px)` } : { right: '4px' };
}

function Opened({ span }: { span: Span }) {
  const styles = useStyles2(getStyles);
  const oddities = [
    span.is_orphan && 'its parent is not in the trace',
    span.is_repeat && 'it is there more than once',
    span.is_skewed && 'its clock is off',
    span.was_in_cycle && 'it was its own ancestor',
  ].filter((oddity) => typeof oddity === 'string');
  return (
    <div className={styles.opened}>
      <div>
        {span.kind} span {span.span_id}, began {clock(span.start)}, {milliseconds(span.offset_ms)} after the trace
        {span.critical_ms > 0 && `; ${milliseconds(span.critical_ms)} of it on the critical path`}
      </div>
      {span.is_failed && <Status status="failed" label={span.status_message || 'failed'} />}
      {oddities.length > 0 && <div>Odd: {oddities.join('; ')}.</div>}
      {span.exceptions.map((exception, i) => (
        <pre key={i}>{exception}</pre>
      ))}
      <table className={styles.attributes}>
        <tbody>
          {Object.entries(span.attributes).map(([key, value]) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Where the time of the root went. */
export function CriticalPath({ trace }: { trace: Trace }) {
  const styles = useStyles2(getStyles);
  return (
    <ol className={styles.path}>
      {[...trace.critical_path]
        .sort((a, b) => b.critical_ms - a.critical_ms)
        .slice(0, 8)
        .map((step) => (
          <li key={step.span_id}>
            <span className={styles.pathBar} style={{ width: `${Math.max(1, step.share * 100)}%` }} />
            <strong>{percent(step.share)}</strong> {step.service} <span className={styles.weak}>{step.name}</span>
            <span className={styles.pathTime}>{milliseconds(step.critical_ms)}</span>
          </li>
        ))}
    </ol>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  frame: css({ border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, background: theme.colors.background.primary, overflowX: 'auto' }),
  row: css({ display: 'grid', gridTemplateColumns: 'minmax(180px, 34%) minmax(160px, 1fr) 76px', alignItems: 'center', minHeight: 28, borderTop: `1px solid ${theme.colors.border.weak}`, '&:hover': { background: theme.colors.action.hover } }),
  head: css({ color: theme.colors.text.secondary, borderTop: 0, fontSize: theme.typography.bodySmall.fontSize }),
  name: css({ display: 'flex', alignItems: 'center', minWidth: 0, paddingLeft: 4, borderRight: `1px solid ${theme.colors.border.weak}` }),
  fold: css({ flex: '0 0 18px', background: 'none', border: 0, padding: 0, color: 'inherit', lineHeight: 1 }),
  open: css({ flex: 1, minWidth: 0, background: 'none', border: 0, padding: theme.spacing(0.5, 0), color: 'inherit', textAlign: 'left', whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' }),
  failed: css({ color: theme.colors.error.text, marginRight: 4 }),
  weak: css({ color: theme.colors.text.secondary }),
  track: css({ position: 'relative', height: 22, margin: theme.spacing(0, 1) }),
  tick: css({ position: 'absolute', top: 3, borderLeft: `1px solid ${theme.colors.border.medium}`, paddingLeft: 4, whiteSpace: 'nowrap' }),
  bar: css({ position: 'absolute', top: 6, height: 10, borderRadius: 2, opacity: 0.85 }),
  critical: css({ boxShadow: `0 3px 0 -1px ${theme.colors.text.primary}` }),
  took: css({ position: 'absolute', top: 3, fontSize: 11, color: theme.colors.text.primary, whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums', padding: theme.spacing(0, 0.5), borderRadius: 2, background: theme.colors.background.primary }),
  own: css({ textAlign: 'right', paddingRight: theme.spacing(1), fontVariantNumeric: 'tabular-nums', fontSize: theme.typography.bodySmall.fontSize }),
  opened: css({ padding: theme.spacing(1, 2), display: 'flex', flexDirection: 'column', gap: theme.spacing(1), background: theme.colors.background.secondary, pre: { margin: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', maxHeight: 240, overflow: 'auto' } }),
  attributes: css({ fontSize: theme.typography.bodySmall.fontSize, 'th, td': { textAlign: 'left', verticalAlign: 'top', padding: theme.spacing(0.25, 2, 0.25, 0), overflowWrap: 'anywhere' }, th: { color: theme.colors.text.secondary, fontWeight: 'normal' } }),
  path: css({ listStyle: 'none', '& li': { position: 'relative', padding: theme.spacing(0.25, 1), overflow: 'hidden' } }),
  pathBar: css({ position: 'absolute', left: 0, top: 2, bottom: 2, background: theme.colors.action.selected, borderRadius: 2, zIndex: 0, pointerEvents: 'none' }),
  pathTime: css({ float: 'right', fontVariantNumeric: 'tabular-nums' }),
});
