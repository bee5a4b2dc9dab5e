import { css, cx } from '@emotion/css';
import type { GrafanaTheme2, IconName } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';
import React from 'react';

export type Tone = 'bad' | 'warn' | 'good' | 'info' | 'none';

// One meaning a colour: red is broken, orange is worse than usual, green is known to be well, grey is not known, blue is neutral news.
const TONES: Record<string, [Tone, IconName]> = {
  critical: ['bad', 'exclamation-circle'],
  degraded: ['warn', 'exclamation-triangle'],
  healthy: ['good', 'check-circle'],
  sparse: ['none', 'question-circle'],
  unknown: ['none', 'question-circle'],
  new: ['bad', 'plus-circle'],
  up: ['warn', 'arrow-up'],
  down: ['info', 'arrow-down'],
  gone: ['info', 'minus-circle'],
  same: ['none', 'minus'],
  page: ['bad', 'bell'],
  ticket: ['warn', 'bell'],
  burning: ['warn', 'fire'],
  exhausted: ['bad', 'fire'],
  ok: ['good', 'check-circle'],
  open: ['bad', 'exclamation-circle'],
  reopened: ['bad', 'exclamation-circle'],
  acknowledged: ['warn', 'eye'],
  mitigated: ['info', 'shield'],
  resolved: ['good', 'check-circle'],
  closed: ['none', 'lock'],
  high: ['bad', 'exclamation-circle'],
  medium: ['warn', 'exclamation-triangle'],
  low: ['info', 'info-circle'],
  major: ['bad', 'exclamation-circle'],
  minor: ['warn', 'exclamation-triangle'],
  failed: ['bad', 'exclamation-circle'],
};

export function toneOf(status: string): Tone {
  return TONES[status]?.[0] ?? 'none';
}

export function toneColor(theme: GrafanaTheme2, tone: Tone): string {
  return {
    bad: theme.colors.error.text,
    warn: theme.colors.warning.text,
    good: theme.colors.success.text,
    info: theme.colors.info.text,
    none: theme.colors.text.secondary,
  }[tone];
}

interface Props {
  status: string;
  title?: string;
  label?: string;
  'data-testid'?: string;
}

export function Status({ status, title, label, ...rest }: Props) {
  const styles = useStyles2(getStyles);
  const [tone, icon] = TONES[status] ?? ['none', 'circle'];
  return (
    <span className={cx(styles.status, styles[tone])} title={title} {...rest}>
      <Icon name={icon} size="sm" />
      {label ?? status}
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const tone = (of: Tone) => css({ color: toneColor(theme, of) });
  return {
    status: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(0.5), whiteSpace: 'nowrap', fontWeight: theme.typography.fontWeightMedium }),
    bad: tone('bad'),
    warn: tone('warn'),
    good: tone('good'),
    info: tone('info'),
    none: tone('none'),
  };
};
