import { css } from '@emotion/css';
import type { GrafanaTheme2, NavModelItem } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { Button, TimeRangePicker, useStyles2 } from '@grafana/ui';
import React, { type ReactNode, useState } from 'react';

import type { PageRange } from '../state/range';
import { testIds } from '../testIds';
import { type Behind, SqlDrawer } from './SqlDrawer';

interface Props {
  title: string;
  /** Below which page it is. */
  parent?: { text: string; url: string };
  range?: PageRange;
  /** The statements behind what is shown. */
  behind: Omit<Behind, 'window'> & { window?: Behind['window'] };
  /** Beside the time range. */
  actions?: ReactNode;
  /** Filters. */
  controls?: ReactNode;
  children: ReactNode;
}

/** What all pages share: title, time range, filters, the SQL. */
export function Page({ title, parent, range, behind, actions, controls, children }: Props) {
  const styles = useStyles2(getStyles);
  const [isSqlOpen, openSql] = useState(false);
  const pageNav: NavModelItem = { text: title, ...(parent && { parentItem: { text: parent.text, url: parent.url } }) };
  const window = behind.window ?? range?.window;
  return (
    <PluginPage
      pageNav={pageNav}
      actions={
        <div className={styles.actions}>
          {actions}
          {range && (
            <>
              <TimeRangePicker
                value={range.range}
                onChange={({ raw }) => range.setRange(raw)}
                onChangeTimeZone={() => undefined}
                onMoveBackward={() => range.setRange(moved(range, -1))}
                onMoveForward={() => range.setRange(moved(range, 1))}
                onZoom={() => range.setRange(zoomed(range))}
              />
              <Button icon="sync" variant="secondary" tooltip="Ask again" aria-label="Ask again" onClick={range.refresh} />
            </>
          )}
          {window && (
            <Button icon="brackets-curly" variant="secondary" onClick={() => openSql(true)} data-testid={testIds.sqlButton}>
              SQL
            </Button>
          )}
        </div>
      }
    >
      <div className={styles.page} data-testid={testIds.page}>
        {controls && <div className={styles.controls}>{controls}</div>}
        {children}
      </div>
      {isSqlOpen && window && <SqlDrawer {...behind} window={window} onClose={() => openSql(false)} />}
    </PluginPage>
  );
}

function moved({ range }: PageRange, direction: number) {
  const half = ((range.to.valueOf() - range.from.valueOf()) / 2) * direction;
  return { from: String(range.from.valueOf() + half), to: String(range.to.valueOf() + half) };
}

function zoomed({ range }: PageRange) {
  const half = (range.to.valueOf() - range.from.valueOf()) / 2;
  return { from: String(range.from.valueOf() - half), to: String(Math.min(Date.now(), range.to.valueOf() + half)) };
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), minWidth: 0 }),
  actions: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'center' }),
  controls: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'center' }),
});
