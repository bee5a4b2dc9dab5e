import { AppPlugin, type DataSourcePlugin, EventBusSrv, getDefaultTimeRange, LoadingState, type PanelPlugin, type PanelProps, toDataFrame, DataHoverEvent, dateTime } from '@grafana/data';
import { locationService, config } from '@grafana/runtime';
import { Button } from '@grafana/ui';
import React, { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { Link } from 'react-router-dom';

import { fetchBackend } from './backend';
import { PageFrame } from './page';

const APP = 'kulprit-reliability-app';
type Load = (url: string) => Promise<Record<string, unknown>>;

function useLoaded<T>(load: Load, url: string): T | undefined {
  const [loaded, setLoaded] = useState<T>();
  useEffect(() => {
    load(url).then(
      ({ default: module, plugin }) => setLoaded((plugin ?? (module as { plugin: T }).plugin) as T),
      (error) => console.error(`${url} cannot be loaded`, error),
    );
  }, [load, url]);
  return loaded;
}

interface Meta {
  jsonData: object;
  secureJsonFields: Record<string, boolean>;
  enabled: boolean;
}

function useSettings(): Meta | undefined {
  const [meta, setMeta] = useState<Meta>();
  useEffect(() => {
    void fetchBackend
      .get<Meta>(`api/plugins/${APP}/settings`)
      .then((known) => setMeta({ ...known, enabled: true, jsonData: { ...known.jsonData, ...window.harness.settings } }));
  }, []);
  return meta;
}

export function Shell({ load }: { load: Load }) {
  const path = useSyncExternalStore(
    (changed) => locationService.getHistory().listen(changed),
    () => locationService.getLocation().pathname,
  );
  return (
    <>
      <nav aria-label="Kulprit" style={{ display: 'flex', flexWrap: 'wrap', gap: 16, padding: '8px 16px', borderBottom: `1px solid ${config.theme2.colors.border.weak}` }}>
        {[
          ['services', 'Services'],
          ['changes', 'What changed'],
          ['root-cause', 'Root cause'],
          ['incidents', 'Incidents'],
          ['traces', 'Traces'],
        ].map(([page, name]) => (
          <Link key={page} to={`/a/${APP}/${page}`} style={{ color: config.theme2.colors.text.link }}>
            {name}
          </Link>
        ))}
        <Link to={`/plugins/${APP}`} style={{ color: config.theme2.colors.text.link }}>
          Configuration
        </Link>
        <Link to="/d/panel" style={{ color: config.theme2.colors.text.link }}>
          Panel
        </Link>
        <Link to="/datasource" style={{ color: config.theme2.colors.text.link }}>
          Data source
        </Link>
      </nav>
      {path.startsWith('/d/') ? (
        <Dashboard load={load} />
      ) : path.startsWith('/datasource') ? (
        <DataSource load={load} />
      ) : path.startsWith('/explore') ? (
        <PageFrame pageNav={{ text: 'Explore' }}>
          <pre data-testid="explore">{decodeURIComponent(location.search)}</pre>
        </PageFrame>
      ) : (
        <App load={load} isConfig={path.startsWith('/plugins/')} />
      )}
    </>
  );
}

function App({ load, isConfig }: { load: Load; isConfig: boolean }) {
  const plugin = useLoaded<AppPlugin>(load, `/public/plugins/${APP}/module.js`);
  const settings = useSettings();
  if (!plugin || !settings) {
    return null;
  }
  const meta = { id: APP, name: 'Kulprit', type: 'app', ...settings } as never;
  plugin.meta = meta;
  const Root = plugin.root;
  const Body = plugin.configPages?.[0]?.body;
  if (isConfig) {
    return <PageFrame pageNav={{ text: 'Kulprit' }}>{Body && <Body plugin={plugin as never} query={{}} />}</PageFrame>;
  }
  return Root ? <Root meta={meta} basename={`/a/${APP}`} path={location.pathname} query={{}} onNavChanged={() => undefined} /> : null;
}

/** Two panels that share a crosshair: ours, and one of somebody else. */
function Dashboard({ load }: { load: Load }) {
  const plugin = useLoaded<PanelPlugin>(load, `/public/plugins/${APP}/panel/module.js`);
  const bus = useMemo(() => new EventBusSrv(), []);
  const words = new URLSearchParams(location.search);
  const range = useMemo(() => {
    const [from, to] = [Number(words.get('from')), Number(words.get('to'))];
    return from && to ? { from: dateTime(from), to: dateTime(to), raw: { from: String(from), to: String(to) } } : getDefaultTimeRange();
  }, []);
  const other = useRef<HTMLDivElement>(null);
  if (!plugin) {
    return null;
  }
  const Panel = plugin.panel as React.ComponentType<PanelProps>;
  const width = Math.min(900, document.documentElement.clientWidth - 32);
  const options = { ...(plugin.defaults as object), ...(window.harness.settings as { panel?: object } | undefined)?.panel };
  const series = (window.harness.frames as never[] | undefined)?.map((frame) => toDataFrame(frame)) ?? [];
  return (
    <PageFrame pageNav={{ text: 'Dashboard' }}>
      <div
        ref={other}
        data-testid="other-panel"
        style={{ width, height: 80, border: '1px solid gray', marginBottom: 16 }}
        onPointerMove={(event) => {
          const box = (other.current as HTMLElement).getBoundingClientRect();
          const time = range.from.valueOf() + ((event.clientX - box.left) / box.width) * (range.to.valueOf() - range.from.valueOf());
          bus.publish(new DataHoverEvent({ point: { time } }));
        }}
      >
        a panel of somebody else
      </div>
      <div style={{ width, height: 320, position: 'relative', border: '1px solid gray' }}>
        <Panel
          id={1}
          title="What changed"
          data={{ series, state: LoadingState.Done, timeRange: range }}
          timeRange={range}
          timeZone="utc"
          options={options}
          fieldConfig={{ defaults: {}, overrides: [] }}
          transparent={false}
          width={width}
          height={320}
          renderCounter={0}
          replaceVariables={(text) => text.replace(/\$\{?service(:csv)?\}?/g, words.get('var-service') ?? '')}
          eventBus={bus}
          onOptionsChange={() => undefined}
          onFieldConfigChange={() => undefined}
          onChangeTimeRange={() => undefined}
        />
      </div>
    </PageFrame>
  );
}

/** The data source's two editors, and what a query answers. */
function DataSource({ load }: { load: Load }) {
  const plugin = useLoaded<DataSourcePlugin<never>>(load, `/public/plugins/${APP}/datasource/module.js`);
  const [settings, setSettings] = useState<Record<string, unknown>>({
    id: 1, uid: 'kulprit', type: 'kulprit-reliability-datasource', name: 'Kulprit', url: '/api/datasources/proxy/uid/kulprit', jsonData: {}, secureJsonFields: {}, access: 'proxy',
  });
  const [query, setQuery] = useState<Record<string, unknown>>({ refId: 'A' });
  const [said, setSaid] = useState('');
  const datasource = useMemo(() => {
    const Class = plugin?.DataSourceClass as unknown as new (settings: object) => { metricFindQuery(query: unknown): Promise<unknown> };
    return Class && new Class({ ...settings, meta: { id: 'kulprit-reliability-datasource' } });
  }, [plugin, settings]);
  if (!plugin || !datasource) {
    return null;
  }
  const ConfigEditor = plugin.components.ConfigEditor as unknown as React.ComponentType<Record<string, unknown>>;
  const QueryEditor = plugin.components.QueryEditor as unknown as React.ComponentType<Record<string, unknown>>;
  const run = async () => {
    const range = getDefaultTimeRange();
    const body = { queries: [{ ...query, datasource: { uid: 'kulprit', type: 'kulprit-reliability-datasource' } }], from: String(range.from.valueOf()), to: String(range.to.valueOf()) };
    setSaid(JSON.stringify(await fetchBackend.post('api/ds/query', body).catch((error: unknown) => error)));
  };
  return (
    <PageFrame pageNav={{ text: 'Data source' }}>
      <section aria-label="Settings">
        <ConfigEditor options={settings} onOptionsChange={setSettings} />
      </section>
      <section aria-label="Query">
        <QueryEditor query={query} onChange={setQuery} onRunQuery={() => void run()} datasource={datasource} />
        <pre data-testid="query">{JSON.stringify(query)}</pre>
        <pre data-testid="answer">{said}</pre>
      </section>
      <Button
        variant="secondary"
        onClick={() => void datasource.metricFindQuery({ query: 'services' }).then((found) => setSaid(JSON.stringify(found)))}
      >
        Variable
      </Button>
    </PageFrame>
  );
}
