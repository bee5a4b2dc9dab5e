import './public-path';

import { AppPlugin, type AppRootProps } from '@grafana/data';
import { LoadingPlaceholder } from '@grafana/ui';
import React, { lazy, Suspense } from 'react';

import type { Settings } from './state/settings';

const LazyApp = lazy(() => import('./App'));
const LazyConfig = lazy(() => import('./pages/Configuration'));

const App = (props: AppRootProps<Settings>) => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyApp {...props} />
  </Suspense>
);

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
