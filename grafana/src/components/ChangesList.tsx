import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, ClipboardButton, Icon, LinkButton, Stack, useStyles2 } from '@grafana/ui';
import React, { useState } from 'react';

import { request } from '../api/client';
import type { Changes, LogGroup } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { changeOf, minute, perMinute } from '../format';
import { fixedText, logLinks, pageHref, servicePage } from '../state/links';
import type { Window } from '../state/window';
import { useSettings } from '../state/settings';
import { useAddress } from '../state/url';
import { testIds } from '../testIds';
import { Anchor } from './Anchor';
import { Answered } from './Answered';
import { Sparkline } from './charts/Sparkline';
import { Decide } from './Decide';
import { DifferencesList } from './DifferencesList';
import { Pattern } from './Pattern';
import { Status, toneColor, toneOf } from './Status';

interface Props {
  groups: LogGroup[];
  window: Window;
  /** Of the courses; none where the answer has no courses. */
  stepSeconds?: number;
  baseline?: string;
  /** Frozen answers can't be asked further. */
  isFrozen?: boolean;
  /** Somebody named a pattern or ignored it. */
  onDecided?: () => void;
}

/** Patterns, best first: what each is, how its rate changed, since when; opened, its messages and what sets them apart. */
export function ChangesList({ groups, ...rest }: Props) {
  const styles = useStyles2(getStyles);
  // What stays the same is often the most, and would make all that changed look small.
  const changed = groups.filter(({ status }) => status !== 'same');
  const greatest = Math.max(1e-9, ...(changed.length > 0 ? changed : groups).map(({ current_rate, baseline_rate }) => Math.max(current_rate, baseline_rate)));
  return (
    <ol className={styles.list}>
      {groups.map((group) => (
        <Change key={`${group.service} ${group.pattern_id}`} group={group} greatest={greatest} {...rest} />
      ))}
    </ol>
  );
}

function Change({ group, greatest, stepSeconds, ...rest }: Omit<Props, 'groups'> & { group: LogGroup; greatest: number }) {
  const styles = useStyles2(getStyles);
  const { search } = useAddress();
  const [isOpen, open] = useState(false);
  return (
    <li className={styles.item} data-testid={testIds.change}>
      <div className={styles.row}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} aria-label={`${isOpen ? 'Close' : 'Open'}: ${group.pattern.slice(0, 80)}`} onClick={() => open(!isOpen)}>
          <Icon name={isOpen ? 'angle-down' : 'angle-right'} />
        </button>
        <div className={styles.what}>
          <div className={styles.meta}>
            <Status status={group.status} title={group.sentence} />
            <Anchor href={pageHref(servicePage(group.service), search)}>{group.service}</Anchor>
            {group.since && group.status !== 'same' && <span className={styles.weak}>since {minute(group.since)}</span>}
            {group.name && <strong>{group.name}</strong>}
          </div>
          <Pattern text={group.pattern} isCut={!isOpen} />
        </div>
        <Course group={group} window={rest.window} stepSeconds={stepSeconds} />
        <Rates group={group} greatest={greatest} />
      </div>
      {isOpen && <Opened group={group} {...rest} />}
    </li>
  );
}

/** Its lines over the window, the usual dashed, the minute of onset marked. */
function Course({ group: { course = [], baseline_rate, since, status }, window, stepSeconds = 0 }: { group: LogGroup; window: Window; stepSeconds?: number }) {
  const styles = useStyles2(getStyles);
  if (stepSeconds === 0 || course.length < 2) {
    return null;
  }
  const from = Date.parse(window.from);
  const dots = course.map((lines, step) => ({ time: from + step * stepSeconds * 1000, value: lines }));
  const onset = since && status !== 'same' ? Date.parse(since) : undefined;
  return (
    <div className={styles.course} data-testid={testIds.course} title={`${perMinute(baseline_rate)} before${onset === undefined ? '' : `; ${status} since ${minute(onset)}`}`}>
      <Sparkline dots={dots} baseline={(baseline_rate * stepSeconds) / 60} onset={onset} tone={toneOf(status)} width={120} height={32} />
    </div>
  );
}

/** The rate before and now, as lengths of one scale over the whole list. */
export function Rates({ group, greatest }: { group: Pick<LogGroup, 'current_rate' | 'baseline_rate' | 'status'>; greatest: number }) {
  const styles = useStyles2(getStyles);
  const bar = (rate: number, of: string) => <div className={of} style={{ width: `${Math.min(100, Math.max(rate > 0 ? 2 : 0, (rate / greatest) * 100))}%` }} />;
  const change = changeOf(group.baseline_rate, group.current_rate);
  // The status says better whether something is new or gone: what came and went before is neither.
  const isSaid = /\d/.test(change);
  return (
    <div className={styles.rates}>
      <div className={styles.numbers}>
        <span className={styles.weak}>{perMinute(group.baseline_rate)} →</span> <strong>{perMinute(group.current_rate)}</strong>
        <span className={styles.change}>{isSaid && change}</span>
      </div>
      <div className={styles.bars} aria-hidden>
        {bar(group.baseline_rate, styles.before)}
        {bar(group.current_rate, styles[toneOf(group.status)])}
      </div>
    </div>
  );
}

function Opened({ group, window, baseline, isFrozen, onDecided }: Omit<Props, 'groups'> & { group: LogGroup }) {
  const styles = useStyles2(getStyles);
  const settings = useSettings();
  const { search } = useAddress();
  const [isApart, showApart] = useState(false);
  const links = logLinks(settings, { service: group.service, text: fixedText(group.pattern) }, window);
  return (
    <div className={styles.opened}>
      <div className={styles.weak}>{group.representative_logs.length === 1 ? 'A message' : 'Messages'}</div>
      {group.representative_logs.map((message, i) => (
        <pre key={i} className={styles.message}>
          {message}
        </pre>
      ))}
      <Stack gap={1} wrap="wrap" alignItems="center">
        {links.map(({ name, href }) => (
          <LinkButton key={name} size="sm" variant="secondary" icon="compass" href={href}>
            Logs in {name}
          </LinkButton>
        ))}
        {!isFrozen && (
          <>
            <Button size="sm" variant="secondary" icon="search" onClick={() => showApart(!isApart)} aria-expanded={isApart}>
              What sets these lines apart
            </Button>
            <Anchor href={pageHref('root-cause', search, { service: group.service })}>Root cause among {group.service} and what it calls</Anchor>
          </>
        )}
        <ClipboardButton size="sm" variant="secondary" icon="copy" getText={() => group.pattern}>
          Copy pattern
        </ClipboardButton>
        <span className={styles.weak}>pattern {group.pattern_id}</span>
      </Stack>
      {onDecided && !isFrozen && <Decide group={group} onDecided={onDecided} />}
      {links.length === 0 && <div className={styles.weak}>Choose data sources under Configuration to open these lines in Explore.</div>}
      {isApart && <Apart group={group} window={window} baseline={baseline} />}
    </div>
  );
}

function Apart({ group, window, baseline }: { group: LogGroup; window: Window; baseline?: string }) {
  const asked = useAnswer(
    request('get', '/api/v1/differences', { query: { ...window, baseline, service: group.service, pattern_id: group.pattern_id } }),
  );
  return (
    <Answered
      asked={asked}
      what="what sets these lines apart"
      empty={({ differences }) => (differences.length === 0 ? { title: 'No attribute sets these lines apart', advice: 'They are spread as usual over hosts, versions and the rest.' } : undefined)}
    >
      {({ differences }) => <DifferencesList differences={differences} />}
    </Answered>
  );
}

/** The sum over all patterns, shown or not. */
export function TotalsLine({ changes: { totals, window, baseline, patterns } }: { changes: Changes }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.weak}>
      {perMinute(totals.current_rate)} lines from {minute(window.from)} to {minute(window.to)}, {perMinute(totals.baseline_rate)} from {minute(baseline.from)} to {minute(baseline.to)}
      {' · '}
      {totals.patterns.toLocaleString('en-US')} patterns · divergence {totals.kl_divergence.toFixed(3)} nats
      {totals.ignored_patterns > 0 && ` · ${ignoredSaid(totals.ignored_patterns, totals.ignored_count)}`}
      {patterns === 'sql' && ' · patterns by plain SQL'}
      {baseline.asked && ' · held against the last quiet stretch, since the baseline itself was unquiet'}
    </div>
  );
}

function ignoredSaid(patterns: number, lines: number): string {
  return `${patterns.toLocaleString('en-US')} ignored ${patterns === 1 ? 'pattern' : 'patterns'} with ${lines.toLocaleString('en-US')} lines left out`;
}

const getStyles = (theme: GrafanaTheme2) => {
  const bar = (color: string) => css({ height: 4, borderRadius: 2, background: color });
  return {
    list: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, background: theme.colors.background.primary }),
    item: css({ padding: theme.spacing(1, 1.5), '& + &': { borderTop: `1px solid ${theme.colors.border.weak}` } }),
    row: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'flex-start', [theme.breakpoints.down('md')]: { flexWrap: 'wrap' } }),
    toggle: css({ background: 'none', border: 0, padding: 0, lineHeight: 1, color: theme.colors.text.primary }),
    what: css({ flex: 1, minWidth: 0, [theme.breakpoints.down('md')]: { flexBasis: 'calc(100% - 32px)' } }),
    meta: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0, 1.5), alignItems: 'center' }),
    weak: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
    course: css({ flex: '0 0 120px', [theme.breakpoints.down('md')]: { marginLeft: 24 } }),
    rates: css({ flex: '0 0 240px', [theme.breakpoints.down('md')]: { flex: '1 1 180px', paddingLeft: 24 } }),
    numbers: css({ display: 'flex', gap: theme.spacing(0.5), alignItems: 'baseline', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
    change: css({ marginLeft: 'auto', color: theme.colors.text.secondary }),
    bars: css({ display: 'flex', flexDirection: 'column', gap: 2, marginTop: theme.spacing(0.5) }),
    before: bar(theme.colors.border.strong),
    info: bar(toneColor(theme, 'info')),
    bad: bar(toneColor(theme, 'bad')),
    warn: bar(toneColor(theme, 'warn')),
    good: bar(toneColor(theme, 'good')),
    none: bar(toneColor(theme, 'none')),
    opened: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), padding: theme.spacing(1, 0, 0.5, 3) }),
    message: css({ margin: 0, maxHeight: 240, overflow: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontSize: theme.typography.bodySmall.fontSize }),
  };
};
