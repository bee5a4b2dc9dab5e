import type { AppRootProps } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { EmptyState, LoadingPlaceholder } from '@grafana/ui';
import React, { type ComponentType, lazy, Suspense, useEffect, useMemo, useState } from 'react';

import { answerFrom, ask } from './api/client';
import { Anchor } from './components/Anchor';
import { ROOT } from './ids';
import { healthOf } from './state/questions';
import { type Settings, SettingsContext } from './state/settings';
import { useAddress } from './state/url';
import { windowOfAddress } from './state/window';

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

/** Asks what the first page will ask while its scripts are on the way, and keeps asking until the page has had the time to do so itself. */
function useAhead(search: URLSearchParams | undefined): void {
  const [first] = useState(search);
  const [asking] = useState(() => first && ask(healthOf(windowOfAddress(first), first.get('baseline') ?? undefined)).subscribe({ error: () => undefined }));
  useEffect(() => {
    const end = setTimeout(() => asking?.unsubscribe(), AHEAD_MS);
    return () => {
      clearTimeout(end);
      asking?.unsubscribe();
    };
  }, [asking]);
}

const AHEAD_MS = 5_000;

export default function App({ meta }: AppRootProps<Settings>) {
  const settings = meta.jsonData ?? {};
  useMemo(() => answerFrom(settings.serveUrl), [settings.serveUrl]);
  const { path, search } = useAddress();
  const below = path.slice(path.indexOf(ROOT) + ROOT.length).replace(/^\/|\/$/g, '');
  useAhead(PAGES[0]?.[0].test(below) ? search : undefined);
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
