import { css } from '@emotion/css';
import { useStyles2, useTheme2 } from '@grafana/ui';
import React from 'react';

import { type Tone, toneColor } from '../Status';
import { type Dot, greatestOf, linear, linePath } from './scale';

interface Props {
  dots: Dot[];
  /** What was usual: a dashed line. */
  baseline?: number | null;
  /** When something began: an upright line. */
  onset?: number;
  tone?: Tone;
  width?: number;
  height?: number;
}

/** The course of a number beside it; said by the number, so hidden from screen readers. */
export function Sparkline({ dots, baseline, onset, tone = 'info', width = 88, height = 24 }: Props) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const known = dots.filter(({ value }) => typeof value === 'number');
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last) {
    return <svg width={width} height={height} aria-hidden />;
  }
  const greatest = Math.max(greatestOf([known]), baseline ?? 0) || 1;
  const x = linear([first.time, last.time], [1, width - 1]);
  const y = linear([0, greatest], [height - 2, 2]);
  const line = linePath(dots, x, y);
  const color = toneColor(theme, tone);
  return (
    <svg width={width} height={height} className={styles.spark} aria-hidden>
      <path d={`${line}L${x(last.time)},${height}L${x(first.time)},${height}Z`} fill={color} opacity={0.12} />
      {typeof baseline === 'number' && (
        <line x1={0} x2={width} y1={y(baseline)} y2={y(baseline)} stroke={theme.colors.text.secondary} strokeDasharray="3 3" />
      )}
      {typeof onset === 'number' && <line x1={x(onset)} x2={x(onset)} y1={0} y2={height} stroke={theme.colors.text.primary} />}
      <path d={line} fill="none" stroke={color} strokeWidth={1.5} />
    </svg>
  );
}

const getStyles = () => ({ spark: css({ display: 'block', flex: '0 0 auto', overflow: 'visible' }) });
