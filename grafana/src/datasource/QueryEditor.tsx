import type { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, Input, MultiCombobox, RadioButtonGroup, Stack } from '@grafana/ui';
import React, { useEffect, useState } from 'react';

import { BASELINES } from '../baselines';
import { testIds } from '../testIds';
import type { KulpritDataSource } from './datasource';
import { type DataSourceSettings, HAS_BASELINE, HAS_SERIES, KINDS, type KulpritQuery } from './types';

type Props = QueryEditorProps<KulpritDataSource, KulpritQuery, DataSourceSettings>;

const FORMATS: Array<{ value: 'table' | 'time_series'; label: string }> = [
  { value: 'table', label: 'Table' },
  { value: 'time_series', label: 'Time series' },
];

export function QueryEditor({ query, onChange, onRunQuery, datasource }: Props) {
  const [names, setNames] = useState<string[]>([]);
  useEffect(() => {
    let isShown = true;
    datasource.serviceNames().then(
      (found) => isShown && setNames(found),
      // Without the list, names can be typed.
      () => undefined,
    );
    return () => {
      isShown = false;
    };
  }, [datasource]);
  const { kind = 'changes', services = [], baseline = 'previous', format = 'table' } = query;
  const set = (changed: Partial<KulpritQuery>) => {
    onChange({ ...query, kind, ...changed });
    onRunQuery();
  };
  const options = [...new Set([...services, ...names])].map((name) => ({ value: name, label: name }));
  return (
    <Stack gap={0.5} wrap="wrap">
      <InlineField label="What">
        <div data-testid={testIds.queryKind}>
          <Combobox
            aria-label="What"
            width={30}
            options={KINDS.map((one) => ({ ...one }))}
            value={kind}
            onChange={({ value }) => set({ kind: value, ...(!HAS_SERIES.includes(value) && { format: 'table' }) })}
          />
        </div>
      </InlineField>
      <InlineField label="Services" tooltip="None: all. Variables work, such as $service">
        <MultiCombobox
          aria-label="Services"
          placeholder="All services"
          createCustomValue
          width="auto"
          minWidth={24}
          maxWidth={60}
          options={options}
          value={services}
          onChange={(chosen) => set({ services: chosen.map(({ value }) => value) })}
        />
      </InlineField>
      {HAS_BASELINE.includes(kind) && (
        <InlineField label="Held against">
          <Combobox aria-label="Held against" width={22} options={BASELINES} value={baseline} onChange={({ value }) => set({ baseline: value })} />
        </InlineField>
      )}
      <InlineField label="At most">
        <Input
          aria-label="At most"
          type="number"
          min={1}
          max={100}
          width={10}
          placeholder="10"
          value={query.limit ?? ''}
          onChange={({ currentTarget }) => onChange({ ...query, kind, limit: currentTarget.value === '' ? undefined : Number(currentTarget.value) })}
          onBlur={onRunQuery}
        />
      </InlineField>
      {HAS_SERIES.includes(kind) && (
        <InlineField label="As">
          <RadioButtonGroup aria-label="As" options={FORMATS} value={format} onChange={(value) => set({ format: value })} />
        </InlineField>
      )}
    </Stack>
  );
}
