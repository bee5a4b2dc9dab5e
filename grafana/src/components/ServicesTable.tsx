import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import React, { useMemo } from 'react';

import type { Health, Point, ServiceHealth } from '../api/types';
import { changeOf, milliseconds, percent, perSecond, times } from '../format';
import { pageHref, servicePage } from '../state/links';
import { useAddress } from '../state/url';
import { testIds } from '../testIds';
import { Anchor } from './Anchor';
import { Sparkline } from './charts/Sparkline';
import { Status, type Tone } from './Status';
import { type Column, Table } from './Table';

const RANK = ['critical', 'degraded', 'healthy', 'sparse', 'unknown'];

interface Props {
  health: Health;
  rows?: ServiceHealth[];
}

function bySeries(series: Point[]): Map<string, Point[]> {
  const all = new Map<string, Point[]>();
  for (const point of series) {
    const own = all.get(point.service);
    if (own) {
      own.push(point);
    } else {
      all.set(point.service, [point]);
    }
  }
  return all;
}

/** Every service: how it does now, over the window and against what was usual. */
export function ServicesTable({ health, rows = health.services }: Props) {
  const styles = useStyles2(getStyles);
  const { search } = useAddress();
  const series = useMemo(() => bySeries(health.series), [health.series]);

  const course = (row: ServiceHealth, of: (point: Point) => number | null | undefined, usual: number | null | undefined, tone: Tone, value: string, change: string) => (
    <div className={styles.course}>
      <Sparkline dots={(series.get(row.service) ?? []).map((point) => ({ time: Date.parse(point.time), value: of(point) }))} baseline={usual} tone={tone} />
      <div className={styles.value}>
        {value}
        <div className={styles.change}>{change || '\u00a0'}</div>
      </div>
    </div>
  );

  const columns: Array<Column<ServiceHealth>> = [
    {
      id: 'service',
      header: 'Service',
      width: 150,
      by: ({ service }) => service,
      cell: ({ service, source }) => (
        <>
          <Anchor href={pageHref(servicePage(service), search)}>{service}</Anchor>
          <div className={styles.change}>{source ? `from ${source}` : 'no requests seen'}</div>
        </>
      ),
    },
    {
      id: 'status',
      header: 'Status',
      by: ({ status }) => RANK.length - RANK.indexOf(status),
      cell: ({ status, reasons }) => <Status status={status} title={reasons.join('\n')} />,
    },
    {
      id: 'rate',
      header: 'Requests',
      isNumber: true,
      by: (row) => row.request_rate,
      cell: (row) => course(row, (point) => point.request_rate, row.baseline_request_rate, 'info', perSecond(row.request_rate), changeOf(row.baseline_request_rate, row.request_rate)),
    },
    {
      id: 'errors',
      header: 'Failures',
      isNumber: true,
      by: (row) => row.error_ratio,
      cell: (row) => course(row, (point) => point.error_ratio, row.baseline_error_ratio, 'bad', percent(row.error_ratio), `${percent(row.baseline_error_ratio)} before`),
    },
    {
      id: 'p95',
      header: 'p95',
      isNumber: true,
      by: (row) => row.p95_ms,
      cell: (row) => course(row, (point) => point.p95_ms, row.baseline_p95_ms, 'warn', milliseconds(row.p95_ms), changeOf(row.baseline_p95_ms, row.p95_ms)),
    },
    {
      id: 'budget',
      header: 'Budget left',
      isNumber: true,
      by: (row) => row.error_budget_remaining,
      cell: ({ error_budget_remaining: left }) => <Budget left={left} />,
    },
    { id: 'burn', header: 'Burn', isNumber: true, by: (row) => row.burn_rate, cell: (row) => times(row.burn_rate) },
  ];
  return <Table rows={rows} columns={columns} keyOf={({ service }) => service} caption="Services" data-testid={testIds.services} />;
}

/** What is left of an error budget; overspent is as empty as used up, and its number says by how much. */
export function Budget({ left }: { left: number | null | undefined }) {
  const styles = useStyles2(getStyles);
  if (typeof left !== 'number') {
    return <>–</>;
  }
  return (
    <div className={styles.budget}>
      {left < 0 ? <span className={styles.overspent}>overspent</span> : percent(left)}
      <div className={styles.bar} title={left < 0 ? `${percent(-left)} more than the budget is spent` : `${percent(left)} of the error budget is left`}>
        <div className={left > 0.5 ? styles.good : left > 0 ? styles.warn : styles.bad} style={{ width: `${Math.max(0, Math.min(1, left)) * 100}%` }} />
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  course: css({ display: 'flex', alignItems: 'center', justifyContent: 'flex-end', gap: theme.spacing(1) }),
  value: css({ minWidth: 92 }),
  change: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, whiteSpace: 'nowrap' }),
  budget: css({ minWidth: 72 }),
  bar: css({ height: 4, borderRadius: 2, background: theme.colors.border.medium, overflow: 'hidden', '& > div': { height: '100%' } }),
  overspent: css({ color: theme.colors.error.text }),
  good: css({ background: theme.colors.success.main }),
  warn: css({ background: theme.colors.warning.main }),
  bad: css({ background: theme.colors.error.main }),
});
