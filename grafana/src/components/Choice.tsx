import { css } from '@emotion/css';
import { RadioButtonGroup, useStyles2 } from '@grafana/ui';
import React from 'react';

interface Props<T extends string> {
  label: string;
  value: T;
  options: Array<{ value: T; label: string }>;
  onChange: (value: T) => void;
}

/** One of a few, side by side; where there is no room it is scrolled, so that no word is cut. */
export function Choice<T extends string>({ label, value, options, onChange }: Props<T>) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.scroll}>
      <RadioButtonGroup aria-label={label} className={styles.whole} value={value} options={options} onChange={onChange} />
    </div>
  );
}

const getStyles = () => ({
  scroll: css({ maxWidth: '100%', overflowX: 'auto' }),
  whole: css({ width: 'max-content' }),
});
