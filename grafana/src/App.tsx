import type { AppRootProps } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { EmptyState, LoadingPlaceholder } from '@grafana/ui';
import React, { type ComponentType, lazy, Suspense, useMemo } from 'react';

import { answerFrom } from './api/client';
import { Anchor } from './components/Anchor';
import { ROOT } from './ids';
import { type Settings, SettingsContext } from './state/settings';
import { useAddress } from './state/url';

type PageOf = ComponentType<{ name: string }>;

// Each page is fetched when it is opened first.
const PAGES: Array<[RegExp, React.LazyExoticComponent<PageOf>]> = [
  [/^(?:services)?$/, lazy(() => import('./pages/Services'))],
  [/^services\/([^/]+)$/, lazy(() => import('./pages/Service'))],
  [/^changes$/, lazy(() => import('./pages/Changes'))],
  [/^root-cause$/, lazy(() => import('./pages/RootCause'))],
  [/^incidents$/, lazy(() => import('./pages/Incidents'))],
  [/^incidents\/([^/]+)$/, lazy(() => import('./pages/Incident'))],
  [/^traces$/, lazy(() => import('./pages/Traces'))],
  [/^traces\/([^/]+)$/, lazy(() => import('./pages/Trace'))],
];

export default function App({ meta }: AppRootProps<Settings>) {
  const settings = meta.jsonData ?? {};
  useMemo(() => answerFrom(settings.serveUrl), [settings.serveUrl]);
  const { path } = useAddress();
  const below = path.slice(path.indexOf(ROOT) + ROOT.length).replace(/^\/|\/$/g, '');
  for (const [pattern, Page] of PAGES) {
    const found = pattern.exec(below);
    if (found) {
      const name = decodeURIComponent(found[1] ?? '');
      return (
        <SettingsContext.Provider value={settings}>
          <Suspense fallback={<LoadingPlaceholder text="" />}>
            <Page key={found[1] ?? ''} name={name} />
          </Suspense>
        </SettingsContext.Provider>
      );
    }
  }
  return (
    <PluginPage pageNav={{ text: 'Not found' }}>
      <EmptyState variant="not-found" message="There is no such page" hideImage>
        <Anchor href={`${ROOT}/services`}>See the services</Anchor>
      </EmptyState>
    </PluginPage>
  );
}
