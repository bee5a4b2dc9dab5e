import './public-path';

import { AppPlugin } from '@grafana/data';
import { LoadingPlaceholder } from '@grafana/ui';
import React, { lazy, Suspense } from 'react';

// Not fetched by itself: it is small, and its pages would wait for it.
import App from './App';
import type { Settings } from './state/settings';

const LazyConfig = lazy(() => import('./pages/Configuration'));

type ConfigProps = React.ComponentProps<typeof LazyConfig>;

const Config = (props: ConfigProps) => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyConfig {...props} />
  </Suspense>
);

export const plugin = new AppPlugin<Settings>().setRootPage(App).addConfigPage({
  title: 'Configuration',
  icon: 'cog',
  body: Config,
  id: 'configuration',
});
