import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';
import React, { type ReactNode } from 'react';

import { type By, sorted } from '../state/order';
import { useWord } from '../state/url';

export interface Column<T> extends By<T> {
  header: string;
  cell: (row: T) => ReactNode;
  isNumber?: boolean;
  width?: number;
}

interface Props<T> {
  rows: T[];
  columns: Array<Column<T>>;
  keyOf: (row: T) => string;
  caption: string;
  /** The word of the address that holds the order, such as "-rate". */
  word?: string;
  /** The order in which rows come is kept until a header is used. */
  'data-testid'?: string;
}

/** A table whose order lives in the address. */
export function Table<T>({ rows, columns, keyOf, caption, word = 'sort', ...rest }: Props<T>) {
  const styles = useStyles2(getStyles);
  const [order, setOrder] = useWord(word);
  const [id, isDown] = [order.replace(/^-/, ''), order.startsWith('-')];
  return (
    // Scrolled sideways by keyboard where it is wider than the page.
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={caption} {...rest}>
      <table className={styles.table}>
        <caption className={styles.caption}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => {
              const isSorted = column.id === id;
              return (
                <th
                  key={column.id}
                  scope="col"
                  className={cx(column.isNumber && styles.number)}
                  style={{ minWidth: column.width }}
                  aria-sort={isSorted ? (isDown ? 'descending' : 'ascending') : undefined}
                >
                  {column.by ? (
                    <button
                      type="button"
                      className={styles.sort}
                      onClick={() => setOrder(isSorted && isDown ? column.id : isSorted ? undefined : `-${column.id}`)}
                    >
                      {!column.isNumber && column.header}
                      <span className={styles.mark}>{isSorted && <Icon name={isDown ? 'arrow-down' : 'arrow-up'} size="sm" />}</span>
                      {column.isNumber && column.header}
                    </button>
                  ) : (
                    column.header
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, columns, order).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.id} className={cx(column.isNumber && styles.number)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({
    overflowX: 'auto',
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  caption: css({ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clip: 'rect(0 0 0 0)' }),
  table: css({
    width: '100%',
    'th, td': { padding: theme.spacing(0.75, 1.5), textAlign: 'left', verticalAlign: 'middle' },
    th: {
      fontWeight: theme.typography.fontWeightMedium,
      color: theme.colors.text.secondary,
      whiteSpace: 'nowrap',
      borderBottom: `1px solid ${theme.colors.border.medium}`,
    },
    'tbody tr + tr td': { borderTop: `1px solid ${theme.colors.border.weak}` },
    'tbody tr:hover': { background: theme.colors.action.hover },
  }),
  number: css({ '&&': { textAlign: 'right', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } }),
  sort: css({ background: 'none', border: 0, padding: 0, font: 'inherit', color: 'inherit', '&:hover': { color: theme.colors.text.primary } }),
  mark: css({ display: 'inline-block', width: 16 }),
});
