import { css } from '@emotion/css';
import type { AppPluginMeta, GrafanaTheme2, PluginConfigPageProps } from '@grafana/data';
import { config as grafana, getDataSourceSrv } from '@grafana/runtime';
import { Alert, Button, Combobox, Field, FieldSet, IconButton, Input, SecretInput, Stack, useStyles2 } from '@grafana/ui';
import React, { type FormEvent, useState } from 'react';

import { type Problem, problemOf } from '../api/problem';
import { type Health, save, test } from '../api/settings';
import { Connection } from '../components/Connection';
import { Status } from '../components/Status';
import { type Column, Table } from '../components/Table';
import type { Check } from '../api/settings';
import type { Objective, Settings } from '../state/settings';
import { testIds } from '../testIds';

const LINKS = [
  { key: 'clickhouse_uid', label: 'ClickHouse', type: 'grafana-clickhouse-datasource' },
  { key: 'loki_uid', label: 'Loki', type: 'loki' },
  { key: 'tempo_uid', label: 'Tempo', type: 'tempo' },
] as const;

const VERDICTS = { ok: 'ok', warning: 'degraded', problem: 'critical' };

const CHECKS: Array<Column<Check>> = [
  { id: 'verdict', header: '', cell: ({ verdict }) => <Status status={VERDICTS[verdict]} label={verdict} /> },
  { id: 'check', header: 'What was looked at', by: ({ check }) => check, cell: ({ check }) => check },
  { id: 'found', header: 'What was found', width: 220, cell: ({ found }) => <span style={{ overflowWrap: 'anywhere' }}>{found}</span> },
  { id: 'advice', header: 'What to do', width: 220, cell: ({ advice }) => <span style={{ overflowWrap: 'anywhere' }}>{advice ?? '–'}</span> },
];

export default function Configuration({ plugin }: PluginConfigPageProps<AppPluginMeta<Settings>>) {
  const styles = useStyles2(getStyles);
  const { meta } = plugin;
  const [settings, setSettings] = useState<Settings>(meta.jsonData ?? {});
  const [kept, setKept] = useState<Record<string, boolean>>({ ...(meta as { secureJsonFields?: Record<string, boolean> }).secureJsonFields });
  const [secrets, setSecrets] = useState<{ password?: string; serveToken?: string }>({});
  const [health, setHealth] = useState<Health>();
  const [problem, setProblem] = useState<Problem>();
  // Tests go by what is stored, as everything else does.
  const [storedServeUrl, setStoredServeUrl] = useState(meta.jsonData?.serveUrl);
  const [busy, setBusy] = useState<'save' | 'test'>();
  const links = settings.config?.grafana ?? {};

  const run = async (what: 'save' | 'test', work: () => Promise<void>) => {
    setBusy(what);
    setProblem(undefined);
    setHealth(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(undefined);
  };
  const store = async () => {
    const filled = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== undefined)) as Record<string, string>;
    await save({ enabled: true, pinned: true, jsonData: settings, ...(Object.keys(filled).length > 0 && { secureJsonData: filled }) });
    setKept({ ...kept, ...Object.fromEntries(Object.keys(filled).map((key) => [key, filled[key] !== ''])) });
    setSecrets({});
    setStoredServeUrl(settings.serveUrl);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run('save', async () => {
      await store();
      setHealth(await test(settings.serveUrl));
    });
  };
  const setLinks = (changed: typeof links) =>
    setSettings({ ...settings, config: { ...settings.config, grafana: { ...links, ...changed, url: grafana.appUrl } } });
  return (
    <form onSubmit={submit} data-testid={testIds.config} className={styles.form}>
      <FieldSet label="ClickHouse">
        <Connection
          values={settings}
          onChange={(values) => setSettings({ ...settings, ...values })}
          hasPassword={kept.password === true && secrets.password === undefined}
          password={secrets.password ?? ''}
          onPassword={(password) => setSecrets({ ...secrets, password })}
          onResetPassword={() => setSecrets({ ...secrets, password: '' })}
        />
      </FieldSet>
      <FieldSet label="Links">
        {LINKS.map(({ key, label, type }) => (
          <DataSourceField key={key} label={label} type={type} value={links[key]} onChange={(uid) => setLinks({ [key]: uid })} />
        ))}
        <DataSourceField label="Prometheus" type="prometheus" value={settings.prometheusUid} onChange={(prometheusUid) => setSettings({ ...settings, prometheusUid })} />
        <Field label="Table of log lines" description="That links to ClickHouse read." htmlFor="kulprit-log-table">
          <Input id="kulprit-log-table" width={60} placeholder={`${settings.database ?? 'default'}.otel_logs`} value={settings.logTable ?? ''} onChange={({ currentTarget }) => setSettings({ ...settings, logTable: currentTarget.value || undefined })} />
        </Field>
      </FieldSet>
      <FieldSet label="Objectives">
        <Objectives
          objectives={settings.config?.slo?.objectives ?? []}
          onChange={(objectives) => {
            const { slo, ...others } = settings.config ?? {};
            const next: typeof slo = { ...slo, objectives };
            if (objectives.length === 0) {
              // None of its own: the default.
              delete next.objectives;
            }
            setSettings({ ...settings, config: { ...others, ...(Object.keys(next).length > 0 && { slo: next }) } });
          }}
        />
      </FieldSet>
      <FieldSet label="A kulprit serve elsewhere">
        <Field label="URL" description="For those who may not run binaries beside Grafana: pages then ask there, through Grafana's proxy. Left empty, the plugin's own backend answers." htmlFor="kulprit-serve">
          <Input id="kulprit-serve" width={60} type="url" placeholder="https://kulprit.example.com" value={settings.serveUrl ?? ''} onChange={({ currentTarget }) => setSettings({ ...settings, serveUrl: currentTarget.value.trim().replace(/\/+$/, '') || undefined })} />
        </Field>
        <Field label="Token" description="Of kulprit token create, for an org of the number that this one has here (the first is 1). Everybody here asks with its role." htmlFor="kulprit-token">
          <SecretInput
            id="kulprit-token"
            width={60}
            autoComplete="new-password"
            isConfigured={kept.serveToken === true && secrets.serveToken === undefined}
            value={secrets.serveToken ?? ''}
            onReset={() => setSecrets({ ...secrets, serveToken: '' })}
            onChange={({ currentTarget }) => setSecrets({ ...secrets, serveToken: currentTarget.value })}
          />
        </Field>
      </FieldSet>
      <Stack gap={1}>
        <Button type="submit" disabled={busy !== undefined} icon={busy === 'save' ? 'spinner' : undefined}>
          Save and test
        </Button>
        <Button variant="secondary" disabled={busy !== undefined} icon={busy === 'test' ? 'spinner' : undefined} onClick={() => void run('test', async () => setHealth(await test(storedServeUrl)))} type="button">
          Test
        </Button>
      </Stack>
      <div aria-live="polite" className={styles.outcome} data-testid={testIds.configTest}>
        {problem && (
          <Alert title={problem.title} severity="error">
            {problem.message} {problem.advice}
          </Alert>
        )}
        {health && (
          <>
            <Alert title={health.status === 'OK' ? 'All is in place' : 'Something is missing'} severity={health.status === 'OK' ? 'success' : 'error'}>
              {health.message}
            </Alert>
            {(health.details?.checks?.length ?? 0) > 0 && <Table rows={health.details?.checks ?? []} columns={CHECKS} keyOf={({ check, found }) => `${check} ${found}`} caption="What was looked at" word="checks" />}
          </>
        )}
      </div>
    </form>
  );
}

/** One of Grafana's data sources, by its uid. */
function DataSourceField({ label, type, value, onChange }: { label: string; type: string; value?: string; onChange: (uid: string | undefined) => void }) {
  const known = getDataSourceSrv()?.getList({ filter: (source) => source.type === type }) ?? [];
  const options = known.map(({ uid, name }) => ({ value: uid, label: name }));
  return (
    <Field label={label} description={options.length === 0 ? `No ${label} data source is set up in this Grafana.` : undefined}>
      <Combobox aria-label={label} width={60} isClearable placeholder="No links" disabled={options.length === 0} options={options} value={value ?? null} onChange={(option) => onChange(option?.value)} />
    </Field>
  );
}

function Objectives({ objectives, onChange }: { objectives: Objective[]; onChange: (objectives: Objective[]) => void }) {
  const styles = useStyles2(getStyles);
  const set = (at: number, change: Partial<Objective>) => onChange(objectives.map((objective, i) => (i === at ? { ...objective, ...change } : objective)));
  return (
    <Stack direction="column" gap={1} alignItems="flex-start">
      <div className={styles.weak}>Of objectives with one name, a service has the first whose pattern matches it. With none here: 99.9 % of requests of every service.</div>
      {objectives.map((objective, i) => (
        <div key={i} className={styles.objective}>
          <Input aria-label="Name" width={20} placeholder="availability" value={objective.name} onChange={({ currentTarget }) => set(i, { name: currentTarget.value })} />
          <Input aria-label="Services" width={20} placeholder="*" value={objective.service} onChange={({ currentTarget }) => set(i, { service: currentTarget.value })} />
          <Input aria-label="Target" width={14} type="number" min={0} max={100} step="any" suffix="%" value={objective.target} onChange={({ currentTarget }) => set(i, { target: Number(currentTarget.value) })} />
          <Input
            aria-label="Latency"
            width={18}
            type="number"
            min={0}
            step="any"
            placeholder="any latency"
            suffix="ms"
            value={objective.latency_ms ?? ''}
            onChange={({ currentTarget }) => set(i, { latency_ms: currentTarget.value === '' ? undefined : Number(currentTarget.value) })}
          />
          <IconButton name="trash-alt" aria-label={`Remove ${objective.name}`} onClick={() => onChange(objectives.filter((_, at) => at !== i))} />
        </div>
      ))}
      <Button type="button" size="sm" variant="secondary" icon="plus" onClick={() => onChange([...objectives, { name: 'availability', service: '*', target: 99.9 }])}>
        Add an objective
      </Button>
    </Stack>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ maxWidth: 900 }),
  outcome: css({ marginTop: theme.spacing(2) }),
  objective: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'center' }),
  weak: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
