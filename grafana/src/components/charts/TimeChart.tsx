import { css, cx } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import React, { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';

import { testIds } from '../../testIds';
import { type Dot, greatestOf, linear, linePath, nearest, timeTicks, valueTicks } from './scale';
import { useWidth } from './useWidth';

export interface Series {
  name: string;
  color: string;
  dots: Dot[];
  /** Behind the others: what was usual. */
  isBaseline?: boolean;
}

export interface Stretch {
  from: number;
  to: number;
}

interface Props {
  title: string;
  series: Series[];
  from: number;
  to: number;
  height?: number;
  format: (value: number | null | undefined) => string;
  /** A stretch that is marked, and what to do when another one is. */
  mark?: Stretch;
  onMark?: (mark: Stretch | undefined) => void;
  /** A moment that is pointed at elsewhere. */
  cursor?: number;
  onHover?: (time: number | undefined) => void;
  onPick?: (time: number) => void;
  hint?: string;
  /** Where there is room for no more than one line above the graph. */
  isOneLine?: boolean;
  children?: ReactNode;
}

const LEFT = 56;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;
const DRAG_PX = 6;

/** Lines over time. The pointer reads values and marks a stretch; so do the arrow keys, with Shift. */
export function TimeChart(props: Props) {
  const { title, series, from, to, height = 150, format, mark, onMark, cursor, onHover, onPick, hint, isOneLine, children } = props;
  const styles = useStyles2(getStyles);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [pointed, setPointed] = useState<number>();
  const [drag, setDrag] = useState<Stretch>();

  const ticks = valueTicks(greatestOf(series.map(({ dots }) => dots)), 3);
  const x = linear([from, to], [LEFT, Math.max(LEFT + 1, width - RIGHT)]);
  const y = linear([0, ticks.at(-1) as number], [height - BOTTOM, TOP]);
  const at = pointed ?? cursor;
  const shown = drag ?? mark;
  const front = series.filter(({ isBaseline }) => !isBaseline);
  const clampedTime = (place: number) => Math.min(to, Math.max(from, x.invert(place)));
  const timeOf = (event: PointerEvent) => clampedTime(event.clientX - (frame.current?.getBoundingClientRect().left ?? 0));

  const point = (time: number | undefined) => {
    setPointed(time);
    onHover?.(time);
  };
  const drop = (event: PointerEvent) => {
    if (!drag) {
      return;
    }
    const [start, end] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    setDrag(undefined);
    if (onMark && x(end) - x(start) >= DRAG_PX) {
      onMark({ from: start, to: end });
    } else {
      onPick?.(timeOf(event));
    }
  };
  const press = (event: KeyboardEvent) => {
    const moments = front[0]?.dots.map(({ time }) => time) ?? [];
    const here = at === undefined ? -1 : moments.indexOf(nearest(front[0]?.dots ?? [], at)?.time ?? NaN);
    const next = { ArrowLeft: Math.max(0, here - 1), ArrowRight: Math.min(moments.length - 1, here + 1), Home: 0, End: moments.length - 1 }[event.key];
    const moment = next === undefined ? undefined : moments[next];
    if (moment !== undefined) {
      event.preventDefault();
      if (event.shiftKey && onMark) {
        const origin = mark ? (Math.abs((at ?? moment) - mark.from) < Math.abs((at ?? moment) - mark.to) ? mark.to : mark.from) : (at ?? moment);
        onMark({ from: Math.min(origin, moment), to: Math.max(origin, moment) });
      }
      point(moment);
    } else if (event.key === 'Escape') {
      onMark?.(undefined);
      point(undefined);
    } else if (event.key === 'Enter' && at !== undefined) {
      onPick?.(at);
    }
  };

  const values = at === undefined ? [] : series.map((one) => ({ one, dot: nearest(one.dots, at) }));
  return (
    <figure className={styles.figure}>
        <figcaption className={cx(styles.caption, isOneLine && styles.oneLine)}>
          <span className={styles.title}>{title}</span>
          {series.map(({ name, color, isBaseline }) => (
            <span key={name} className={styles.key}>
              <span className={styles.swatch} style={{ borderTop: `2px ${isBaseline ? 'dashed' : 'solid'} ${color}` }} />
              {name}
            </span>
          ))}
        </figcaption>
      <div
        ref={frame}
        className={cx(styles.frame, onMark && styles.markable)}
        style={{ height }}
        data-testid={testIds.chart}
        role="application"
        aria-label={`${title}. Arrow keys read values${onMark ? '; with Shift they mark a stretch of time' : ''}.`}
        tabIndex={0}
        title={hint}
        onKeyDown={press}
        onBlur={() => point(undefined)}
        onPointerDown={(event) => {
          if (event.button === 0) {
            frame.current?.setPointerCapture?.(event.pointerId);
            setDrag({ from: timeOf(event), to: timeOf(event) });
          }
        }}
        onPointerMove={(event) => {
          const time = timeOf(event);
          point(time);
          setDrag((before) => before && { ...before, to: time });
        }}
        onPointerUp={drop}
        onPointerCancel={() => setDrag(undefined)}
        onPointerLeave={() => point(undefined)}
      >
        {width > 0 && (
          <svg width={width} height={height} aria-hidden>
            {ticks.map((tick) => (
              <g key={tick}>
                <line className={styles.grid} x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
                <text className={styles.label} x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
                  {format(tick)}
                </text>
              </g>
            ))}
            {timeTicks(from, to, Math.max(2, Math.floor((width - LEFT) / 80)), offsetOf(from)).map((tick) => (
              <text key={tick} className={styles.label} x={x(tick)} y={height - 6} textAnchor="middle">
                {dateTimeFormat(tick, { format: to - from > 2 * 86_400_000 ? 'MM-DD HH:mm' : 'HH:mm' })}
              </text>
            ))}
            {shown && <rect className={styles.mark} x={Math.min(x(shown.from), x(shown.to))} width={Math.abs(x(shown.to) - x(shown.from))} y={TOP} height={height - TOP - BOTTOM} />}
            {series.map(({ name, color, dots, isBaseline }) => (
              <path key={name} d={linePath(dots, x, y)} fill="none" stroke={color} strokeWidth={isBaseline ? 1.25 : 1.75} strokeDasharray={isBaseline ? '4 3' : undefined} />
            ))}
            {at !== undefined && at >= from && at <= to && (
              <g>
                <line className={styles.cursor} x1={x(at)} x2={x(at)} y1={TOP} y2={height - BOTTOM} />
                {values.map(({ one, dot }) =>
                  !one.isBaseline && dot && typeof dot.value === 'number' ? <circle key={one.name} cx={x(dot.time)} cy={y(dot.value)} r={3} fill={one.color} /> : null,
                )}
              </g>
            )}
          </svg>
        )}
        {pointed !== undefined && width > 0 && !onPick && (
          <div className={styles.tip} style={x(pointed) > width / 2 ? { right: width - x(pointed) + 12 } : { left: x(pointed) + 12 }} aria-live="polite">
            <div>{dateTimeFormat(values[0]?.dot?.time ?? pointed, { format: 'HH:mm' })}</div>
            {values.map(({ one, dot }) => (
              <div key={one.name} className={styles.key}>
                <span className={styles.swatch} style={{ borderTop: `2px ${one.isBaseline ? 'dashed' : 'solid'} ${one.color}` }} />
                {one.name}
                <strong>{format(dot?.value)}</strong>
              </div>
            ))}
          </div>
        )}
        {children}
      </div>
    </figure>
  );
}

/** Between UTC and the viewer's clock. */
function offsetOf(time: number): number {
  const shown = dateTimeFormat(time, { format: 'Z' });
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)/.exec(shown) ?? [];
  return hours && minutes ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0;
}

const getStyles = (theme: GrafanaTheme2) => ({
  figure: css({ margin: 0, minWidth: 0 }),
  caption: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5, 2), alignItems: 'baseline', marginBottom: theme.spacing(0.5) }),
  oneLine: css({ flexWrap: 'nowrap', overflow: 'hidden', whiteSpace: 'nowrap', height: 22 }),
  title: css({ fontWeight: theme.typography.fontWeightMedium }),
  key: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.75), color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, '& strong': { color: theme.colors.text.primary, marginLeft: 'auto', paddingLeft: theme.spacing(1) } }),
  swatch: css({ display: 'inline-block', width: 14, height: 0 }),
  frame: css({ position: 'relative', width: '100%', touchAction: 'pan-y', userSelect: 'none', '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` } }),
  markable: css({ cursor: 'crosshair' }),
  grid: css({ stroke: theme.colors.border.weak }),
  label: css({ fill: theme.colors.text.secondary, fontSize: 11, fontFamily: theme.typography.fontFamily, fontVariantNumeric: 'tabular-nums' }),
  mark: css({ fill: theme.colors.primary.main, opacity: 0.18 }),
  cursor: css({ stroke: theme.colors.text.secondary, strokeDasharray: '2 3' }),
  tip: css({
    position: 'absolute',
    top: 8,
    zIndex: 1,
    pointerEvents: 'none',
    padding: theme.spacing(0.75, 1),
    background: theme.colors.background.elevated ?? theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
    fontSize: theme.typography.bodySmall.fontSize,
    boxShadow: theme.shadows.z2,
    whiteSpace: 'nowrap',
  }),
});
