import type { PluginPageProps } from '@grafana/runtime';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import React from 'react';
import { Link } from 'react-router-dom';

/** Where Grafana draws a plugin's page: title, actions, content. */
export function PageFrame({ pageNav, actions, children }: PluginPageProps) {
  const styles = useStyles2(getStyles);
  return (
    <main className={styles.page}>
      <div className={styles.head}>
        <h1 className={styles.title}>
          {pageNav?.parentItem && (
            <>
              <Link to={pageNav.parentItem.url ?? ''} className={styles.parent}>
                {pageNav.parentItem.text}
              </Link>
              {' › '}
            </>
          )}
          {pageNav?.text}
        </h1>
        {actions}
      </div>
      {children}
    </main>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ padding: theme.spacing(2), [theme.breakpoints.up('md')]: { padding: theme.spacing(3, 4) } }),
  head: css({ display: 'flex', flexWrap: 'wrap', justifyContent: 'space-between', alignItems: 'center', gap: theme.spacing(1), marginBottom: theme.spacing(2) }),
  title: css({ ...theme.typography.h2, margin: 0, overflowWrap: 'anywhere' }),
  parent: css({ color: theme.colors.text.link, textDecoration: 'underline' }),
});
