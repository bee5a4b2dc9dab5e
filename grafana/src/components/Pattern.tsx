import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import React from 'react';

/** A pattern as text, what varies in it set back. */
export function Pattern({ text, isCut = false }: { text: string; isCut?: boolean }) {
  const styles = useStyles2(getStyles);
  return (
    <code className={cx(styles.pattern, isCut && styles.cut)}>
      {text.split(/(<[^<>\s]{1,12}>)/).map((piece, i) =>
        i % 2 === 1 ? (
          <span key={i} className={styles.varies}>
            {piece}
          </span>
        ) : (
          piece
        ),
      )}
    </code>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  pattern: css({
    display: 'block',
    background: 'none',
    border: 0,
    padding: 0,
    margin: 0,
    color: theme.colors.text.primary,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  }),
  cut: css({ display: '-webkit-box', WebkitLineClamp: 2, WebkitBoxOrient: 'vertical', overflow: 'hidden' }),
  varies: css({ color: theme.colors.text.secondary }),
});
