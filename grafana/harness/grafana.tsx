// A stand-in for Grafana's page: it shares Grafana's real packages, loads the built plugins through SystemJS, and fills the seams that
// @grafana/runtime leaves open for the application.
import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaSchema from '@grafana/schema';
import * as grafanaUi from '@grafana/ui';
import lodash from 'lodash';
import moment from 'moment';
import * as React from 'react';
import * as ReactDom from 'react-dom';
import { createRoot } from 'react-dom/client';
import { Router as AnyRouter } from 'react-router-dom';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

// The one seam that the package does not export.
// @ts-expect-error it has no types
import { setPluginPage } from '../node_modules/@grafana/runtime/dist/esm/components/PluginPage.mjs';
import { fetchBackend } from './backend';
import { Shell } from './shell';
import { PageFrame } from './page';

interface SystemJs {
  set(name: string, module: object): void;
  addImportMap(map: object): void;
  import(name: string): Promise<Record<string, unknown>>;
}
declare const System: SystemJs;

const SHARED: Record<string, object> = {
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/schema': grafanaSchema,
  '@grafana/ui': grafanaUi,
  lodash,
  moment,
  react: React,
  'react-dom': ReactDom,
  rxjs,
  'rxjs/operators': rxjsOperators,
};

// Its types are of another React.
const Router = AnyRouter as unknown as React.ComponentType<{ history: unknown; children: React.ReactNode }>;

async function main() {
  await initPluginTranslations('grafana');
  grafanaRuntime.setBackendSrv(fetchBackend as never);
  // Editors of panel options are Grafana's own; only that they exist matters here.
  grafanaData.standardEditorsRegistry.setInit(() => ['text', 'number', 'radio', 'select', 'boolean'].map((id) => ({ id, name: id, editor: () => null })) as never);
  grafanaRuntime.setDataSourceSrv({
    getList: ({ filter = () => true }: { filter?: (source: object) => boolean } = {}) =>
      [
        { uid: 'ch-1', name: 'ClickHouse', type: 'grafana-clickhouse-datasource' },
        { uid: 'loki-1', name: 'Loki', type: 'loki' },
        { uid: 'tempo-1', name: 'Tempo', type: 'tempo' },
        { uid: 'prom-1', name: 'Prometheus', type: 'prometheus' },
      ].filter(filter),
  } as never);
  grafanaRuntime.setTemplateSrv({ replace: (text: string) => text, getVariables: () => [], containsTemplate: () => false, updateTimeRange: () => undefined } as never);
  setPluginPage(PageFrame as never);
  // After the seams are filled: the module's values are copied here.
  SHARED['@grafana/runtime'] = { ...grafanaRuntime, PluginPage: PageFrame };
  const imports: Record<string, string> = {};
  for (const [name, module] of Object.entries(SHARED)) {
    System.set(`app:${name}`, { default: module, __useDefault: true });
    imports[name] = `app:${name}`;
  }
  System.addImportMap({ imports });

  const theme = grafanaRuntime.config.theme2;
  document.body.style.background = theme.colors.background.canvas;
  document.body.style.color = theme.colors.text.primary;
  const history = grafanaRuntime.locationService.getHistory();
  createRoot(document.getElementById('reactRoot') as HTMLElement).render(
    <grafanaData.ThemeContext.Provider value={theme}>
      <grafanaUi.GlobalStyles />
      <grafanaUi.PortalContainer />
      <Router history={history}>
        <Shell load={(url) => System.import(url)} />
      </Router>
    </grafanaData.ThemeContext.Provider>,
  );
}

void main();
