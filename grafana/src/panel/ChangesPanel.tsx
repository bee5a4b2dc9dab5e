import { css, cx } from '@emotion/css';
import { DataHoverClearEvent, DataHoverEvent, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { IconButton, LoadingPlaceholder, useStyles2, useTheme2 } from '@grafana/ui';
import React, { useEffect, useMemo, useRef, useState } from 'react';

import { request } from '../api/client';
import { appSettings } from '../api/settings';
import type { LogGroup } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { Anchor } from '../components/Anchor';
import { TimeChart } from '../components/charts/TimeChart';
import { Pattern } from '../components/Pattern';
import { Status } from '../components/Status';
import { changeOf, decimal, minute, percent, perMinute } from '../format';
import { fixedText, logLinks, pageHref } from '../state/links';
import { changesOf } from '../state/questions';
import { servicesOf } from '../state/services';
import { type Window, windowOf, wordsOf } from '../state/window';
import type { Settings } from '../state/settings';
import { testIds } from '../testIds';
import { around } from './around';
import type { PanelOptions } from './options';
import { failuresOf, seriesOf } from './series';
import { useRested } from './useRested';

/** A graph; and wherever the pointer rests on it, or on another panel, what changed in the logs around that time. */
export function ChangesPanel({ options, data, timeRange, width, height, eventBus, replaceVariables }: PanelProps<PanelOptions>) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const settings = useSettings();
  const [pointed, point] = useState<number>();
  const [pinned, pin] = useState<Window>();
  const [from, to] = [timeRange.from.valueOf(), timeRange.to.valueOf()];
  // The pointer may go from the graph onto the card.
  const [isOnCard, enterCard] = useState(false);
  const lastShown = useRef<Window>(undefined);

  useEffect(() => {
    const listening = eventBus.getStream(DataHoverEvent).subscribe(({ payload }) => {
      const time: unknown = payload.point?.time;
      point(typeof time === 'number' && time >= from && time <= to ? time : undefined);
    });
    listening.add(eventBus.getStream(DataHoverClearEvent).subscribe(() => point(undefined)));
    return () => listening.unsubscribe();
  }, [eventBus, from, to]);

  const services = useMemo(() => servicesOf([options.services], (text) => replaceVariables(text, undefined, 'csv')), [options.services, replaceVariables]);
  const pointedWindow = pointed === undefined ? undefined : around(pointed, from, to);
  const rested = useRested(pointedWindow && `${pointedWindow.from} ${pointedWindow.to}`);
  const shown = pinned ?? (rested ? pointedWindow : undefined) ?? (isOnCard ? lastShown.current : undefined);
  lastShown.current = shown;

  const own = useMemo(() => seriesOf(data.series, theme), [data.series, theme]);
  const health = useAnswer(settings && own.length === 0 ? request('get', '/api/v1/services', { query: { ...windowOf(timeRange), services: services.join(',') } }) : null);
  const series = own.length > 0 ? own : health.data ? failuresOf(health.data, theme) : [];

  const hover = (time: number | undefined) => {
    point(time);
    eventBus.publish(time === undefined ? new DataHoverClearEvent() : new DataHoverEvent({ point: { time } }));
  };
  const close = () => {
    pin(undefined);
    // The pointer is still where the card was.
    enterCard(false);
    point(undefined);
  };
  const isRight = shown !== undefined && Date.parse(shown.from) < (from + to) / 2;
  return (
    <div className={styles.panel} style={{ width, height }} data-testid={testIds.panel} onKeyDown={({ key }) => key === 'Escape' && close()}>
      <TimeChart
        title={own.length > 0 ? 'What changed' : 'Failures by service'}
        series={series}
        from={from}
        to={to}
        height={Math.max(60, height - 28)}
        isOneLine
        format={own.length > 0 ? decimal : percent}
        mark={shown && { from: Math.max(from, Date.parse(shown.from)), to: Math.min(to, Date.parse(shown.to)) }}
        cursor={pointed}
        onHover={hover}
        onPick={(time) => {
          const window = around(time, from, to);
          pin(pinned?.from === window.from ? undefined : window);
        }}
      />
      {series.length === 0 && !health.loading && <div className={styles.nothing}>{health.problem ? `${health.problem.title}: ${health.problem.message}` : 'No data in this range'}</div>}
      {shown && settings && (
        <div
          className={cx(styles.card, width < 520 ? styles.whole : isRight ? styles.right : styles.left)}
          data-testid={testIds.card}
          role="status"
          onPointerEnter={() => enterCard(true)}
          onPointerLeave={() => enterCard(false)}
        >
          <Card window={shown} services={services} options={options} replace={replaceVariables} settings={settings} isPinned={pinned !== undefined} onClose={close} onPin={() => pin(shown)} />
        </div>
      )}
    </div>
  );
}

function useSettings(): Settings | undefined {
  const [settings, setSettings] = useState<Settings>();
  useEffect(() => {
    // Without them the panel works all the same, but for its links to other data sources.
    const listening = appSettings().subscribe({ next: setSettings, error: () => setSettings({}) });
    return () => listening.unsubscribe();
  }, []);
  return settings;
}

interface CardProps {
  window: Window;
  services: string[];
  options: PanelOptions;
  replace: (text: string) => string;
  settings: Settings;
  isPinned: boolean;
  onClose: () => void;
  onPin: () => void;
}

function Card({ window, services, options, replace, settings, isPinned, onClose, onPin }: CardProps) {
  const styles = useStyles2(getStyles);
  const { baseline, limit, dashboard, panel, metric } = options;
  const asked = useAnswer(
    request('post', '/query_logs', {
      body: changesOf(window, { services, baseline, limit, metric: { dashboard: replace(dashboard), panel: replace(panel), name: replace(metric) } }),
    }),
  );
  const words = new URLSearchParams(wordsOf(window));
  const changed = asked.data?.log_groups.filter(({ status }) => status !== 'same') ?? [];
  return (
    <>
      <div className={styles.head}>
        <strong>
          What changed, {minute(window.from)} – {minute(window.to)}
        </strong>
        {isPinned ? <IconButton name="times" size="sm" aria-label="Close" onClick={onClose} /> : <IconButton name="gf-pin" size="sm" aria-label="Pin" onClick={onPin} />}
      </div>
      {asked.problem ? (
        <div role="alert">
          {asked.problem.title}: {asked.problem.message} {asked.problem.advice}
        </div>
      ) : asked.loading || !asked.data ? (
        <LoadingPlaceholder text="Computing what changed …" />
      ) : (
        <>
          {changed.length === 0 && <div className={styles.weak}>Nothing changed beyond the usual, {perMinute(asked.data.totals.current_rate)} lines.</div>}
          <ol className={styles.groups} tabIndex={0} aria-label="What changed">
            {changed.map((group) => (
              <Group key={`${group.service} ${group.pattern_id}`} group={group} links={isPinned ? logLinks(settings, { service: group.service, text: fixedText(group.pattern) }, window) : []} />
            ))}
          </ol>
          {asked.data.warnings.map((warning) => (
            <div key={warning} className={styles.weak}>
              {warning}
            </div>
          ))}
        </>
      )}
      <div className={styles.links}>
        <Anchor href={pageHref('changes', words, { services: services.join(','), baseline: baseline === 'previous' ? undefined : baseline })}>All changes</Anchor>
        <Anchor href={pageHref('root-cause', words)}>Root cause</Anchor>
      </div>
    </>
  );
}

function Group({ group, links }: { group: LogGroup; links: Array<{ name: string; href: string }> }) {
  const styles = useStyles2(getStyles);
  const change = changeOf(group.baseline_rate, group.current_rate);
  return (
    <li>
      <div className={styles.meta}>
        <Status status={group.status} />
        <strong>{group.service}</strong>
        {group.name && <span>{group.name}</span>}
        <span className={styles.weak}>
          {perMinute(group.baseline_rate)} → {perMinute(group.current_rate)} {/\d/.test(change) && change}
        </span>
        {links.map(({ name, href }) => (
          <Anchor key={name} href={href}>
            {name}
          </Anchor>
        ))}
      </div>
      <Pattern text={group.pattern} isCut />
    </li>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  panel: css({ position: 'relative', overflow: 'hidden' }),
  nothing: css({ position: 'absolute', inset: '28px 0 0', display: 'flex', alignItems: 'center', justifyContent: 'center', color: theme.colors.text.secondary, pointerEvents: 'none', padding: theme.spacing(2), textAlign: 'center' }),
  card: css({
    position: 'absolute',
    top: 0,
    bottom: 0,
    overflow: 'hidden',
    padding: theme.spacing(1, 1.5),
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1),
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
    boxShadow: theme.shadows.z3,
    zIndex: 2,
  }),
  right: css({ right: 0, width: 'min(440px, 50%)' }),
  left: css({ left: 0, width: 'min(440px, 50%)' }),
  whole: css({ left: 0, right: 0, top: '35%' }),
  head: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'center' }),
  groups: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: theme.spacing(1), overflow: 'auto', flex: '0 1 auto', minHeight: 0 }),
  meta: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0, 1), alignItems: 'center' }),
  weak: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  links: css({ display: 'flex', gap: theme.spacing(2), marginTop: 'auto' }),
});
