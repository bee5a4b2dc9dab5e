import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Stack, useStyles2 } from '@grafana/ui';
import React, { useId, useMemo, useState } from 'react';

import { count, milliseconds, percent } from '../../format';
import { pageHref, servicePage } from '../../state/links';
import { useAddress } from '../../state/url';
import { testIds } from '../../testIds';
import { follow } from '../Anchor';
import { toneColor, toneOf } from '../Status';
import { drawn, type Edge, type Node, NODE } from './layout';

interface Props {
  nodes: Node[];
  edges: Edge[];
}


/** Who calls whom: nodes by health, edges by calls and failures, the way of the fault marked. */
export function TopologyGraph({ nodes, edges }: Props) {
  const styles = useStyles2(getStyles);
  const arrows = useId().replace(/:/g, '');
  const { search } = useAddress();
  const [zoom, setZoom] = useState<number>();
  const [pointed, point] = useState<string>();
  const graph = useMemo(() => drawn(nodes, edges), [nodes, edges]);
  const busiest = Math.max(1, ...edges.map(({ calls }) => calls));
  const isNear = (name: string) => pointed === undefined || name === pointed || edges.some(({ caller, callee }) => (caller === pointed && callee === name) || (callee === pointed && caller === name));
  // Fitted to the page's width, but never so small that names can't be read.
  const size = zoom === undefined ? { width: '100%', minWidth: graph.width * 0.72, maxWidth: graph.width * 1.2 } : { width: graph.width * zoom };
  const curve = (points: Array<{ x: number; y: number }>) => {
    const [first, ...rest] = points;
    return first ? `M${first.x},${first.y}${rest.map(({ x, y }, i) => (i < rest.length - 1 ? `Q${x},${y} ${(x + (rest[i + 1]?.x ?? x)) / 2},${(y + (rest[i + 1]?.y ?? y)) / 2}` : `L${x},${y}`)).join('')}` : '';
  };
  return (
    <div className={styles.frame} data-testid={testIds.topology}>
      <Stack gap={1} justifyContent="space-between" wrap="wrap" alignItems="center">
        <Legend />
        <Stack gap={0.5}>
          <Button size="sm" variant="secondary" fill="text" icon="search-minus" aria-label="Smaller" onClick={() => setZoom(Math.max(0.4, (zoom ?? 1) / 1.25))} />
          <Button size="sm" variant="secondary" fill="text" icon="search-plus" aria-label="Larger" onClick={() => setZoom(Math.min(2.5, (zoom ?? 1) * 1.25))} />
          <Button size="sm" variant="secondary" fill="text" onClick={() => setZoom(undefined)}>
            Fit
          </Button>
        </Stack>
      </Stack>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Who calls whom">
        <svg viewBox={`0 0 ${graph.width} ${graph.height}`} style={size} className={styles.svg}>
          <defs>
            {['calm', 'failing', 'way'].map((kind) => (
              <marker key={kind} id={`${arrows}-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto" markerUnits="userSpaceOnUse">
                <path d="M0,0L8,4L0,8z" className={styles[kind as 'calm']} />
              </marker>
            ))}
          </defs>
          {graph.edges.map(({ of, points }) => {
            const kind = of.isOnWay ? 'way' : of.errors > 0 && of.errors / of.calls > 0.01 ? 'failing' : 'calm';
            const isDim = pointed !== undefined && of.caller !== pointed && of.callee !== pointed;
            return (
              <path
                key={`${of.caller} ${of.callee}`}
                d={curve(points)}
                className={cx(styles.edge, styles[kind], isDim && styles.dim)}
                fill="none"
                strokeWidth={1 + 3 * Math.sqrt(of.calls / busiest)}
                markerEnd={`url(#${arrows}-${kind})`}
                data-way={of.isOnWay ? '' : undefined}
              >
                <title>
                  {`${of.caller} → ${of.callee}: ${count(of.calls)} calls, ${count(of.errors)} failed (${percent(of.calls > 0 ? of.errors / of.calls : 0)})${typeof of.p95Ms === 'number' ? `, p95 ${milliseconds(of.p95Ms)}` : ''}`}
                </title>
              </path>
            );
          })}
          {graph.nodes.map(({ of, x, y }) => {
            const href = pageHref(servicePage(of.name), search);
            return (
              <a
                key={of.name}
                href={href}
                className={cx(styles.node, !isNear(of.name) && styles.dim)}
                onClick={(event) => follow(event, href)}
                onPointerEnter={() => point(of.name)}
                onPointerLeave={() => point(undefined)}
                onFocus={() => point(of.name)}
                onBlur={() => point(undefined)}
              >
                <title>{`${of.name}: ${of.isRootCause ? 'likeliest root cause, ' : ''}${of.status}`}</title>
                <g transform={`translate(${x - NODE.width / 2},${y - NODE.height / 2})`}>
                <rect width={NODE.width} height={NODE.height} rx={4} className={cx(styles.box, styles[toneOf(of.status)], of.isRootCause && styles.rootCause)} />
                <rect width={4} height={NODE.height} rx={2} className={styles[`${toneOf(of.status)}Fill`]} />
                <text x={12} y={of.isRootCause || of.isAffected ? 16 : 22} className={styles.name}>
                  {of.name.length > 23 ? `${of.name.slice(0, 22)}…` : of.name}
                </text>
                {(of.isRootCause || of.isAffected) && (
                  <text x={12} y={29} className={styles.note}>
                    {of.isRootCause ? 'likeliest root cause' : 'hurt by it'}
                  </text>
                )}
                </g>
              </a>
            );
          })}
        </svg>
      </div>
    </div>
  );
}

function Legend() {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.legend}>
      <span className={cx(styles.swatch, styles.swatchWay)} /> way of the fault
      <span className={cx(styles.swatch, styles.swatchFailing)} /> over 1 % of calls fail
      <span className={cx(styles.swatch, styles.swatchCalm)} /> calls; the more, the thicker
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const color = (status: 'bad' | 'warn' | 'good' | 'info' | 'none') => toneColor(theme, status);
  const swatch = (stroke: string) => css({ borderTop: `3px solid ${stroke}` });
  return {
    frame: css({ border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, background: theme.colors.background.primary, padding: theme.spacing(1) }),
    scroll: css({ overflow: 'auto', maxHeight: '70vh' }),
    svg: css({ display: 'block', margin: '0 auto', height: 'auto' }),
    edge: css({ transition: 'opacity 0.1s' }),
    dim: css({ opacity: 0.2 }),
    calm: css({ stroke: theme.colors.border.strong, 'marker &': { stroke: 'none', fill: theme.colors.border.strong } }),
    failing: css({ stroke: color('warn'), 'marker &': { stroke: 'none', fill: color('warn') } }),
    way: css({ stroke: color('bad'), 'marker &': { stroke: 'none', fill: color('bad') } }),
    node: css({ cursor: 'pointer', '&:focus-visible rect': { strokeWidth: 3 }, '&:focus-visible': { outline: 'none' } }),
    box: css({ fill: theme.colors.background.secondary, strokeWidth: 1 }),
    rootCause: css({ strokeWidth: 3 }),
    bad: css({ stroke: color('bad') }),
    warn: css({ stroke: color('warn') }),
    good: css({ stroke: color('good') }),
    info: css({ stroke: color('info') }),
    none: css({ stroke: theme.colors.border.strong, strokeDasharray: '4 3' }),
    badFill: css({ fill: color('bad') }),
    warnFill: css({ fill: color('warn') }),
    goodFill: css({ fill: color('good') }),
    infoFill: css({ fill: color('info') }),
    noneFill: css({ fill: theme.colors.border.strong }),
    name: css({ fill: theme.colors.text.primary, fontSize: 12, fontWeight: 500 }),
    note: css({ fill: theme.colors.text.secondary, fontSize: 10 }),
    legend: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0, 1), alignItems: 'center', color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
    swatch: css({ display: 'inline-block', width: 18, marginLeft: theme.spacing(1) }),
    swatchWay: swatch(color('bad')),
    swatchFailing: swatch(color('warn')),
    swatchCalm: swatch(theme.colors.border.strong),
  };
};
