import { locationUtil } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import React, { type MouseEvent, type ReactNode } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';

interface Props {
  href: string;
  children: ReactNode;
  title?: string;
  className?: string;
  'aria-label'?: string;
  'data-testid'?: string;
}

/** Goes to an address within Grafana without loading it anew; with a modifier key, as browsers do. */
export function follow(event: MouseEvent, href: string): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return;
  }
  event.preventDefault();
  locationService.push(locationUtil.stripBaseFromUrl(href));
}

export function Anchor({ href, children, className, ...rest }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <a {...rest} className={className ?? styles.link} href={locationUtil.assureBaseUrl(href)} onClick={(event) => follow(event, href)}>
      {children}
    </a>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  link: css({ color: theme.colors.text.link, '&:hover': { textDecoration: 'underline' } }),
});
