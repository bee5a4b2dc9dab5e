import { Combobox, MultiCombobox } from '@grafana/ui';
import React from 'react';

import { request } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import { BASELINES } from '../baselines';
import type { Window } from '../state/window';
import { useWord } from '../state/url';
import { listOf } from '../state/words';

export function useBaseline(): [string, (value: string | undefined) => void] {
  return useWord('baseline', 'previous');
}

export function BaselinePicker() {
  const [baseline, setBaseline] = useBaseline();
  return <Combobox aria-label="Held against" prefixIcon="history" width={22} options={BASELINES as Array<{ value: string; label: string }>} value={baseline} onChange={({ value }) => setBaseline(value)} />;
}

export function useServices(): [string[], (value: string[]) => void] {
  const [word, setWord] = useWord('services');
  return [listOf(word), (value) => setWord(value.join(','))];
}

/** The services that answered in the window, to choose from. */
export function ServicesPicker({ window }: { window: Window }) {
  const [services, setServices] = useServices();
  const known = useAnswer(request('get', '/api/v1/services', { query: window }));
  const names = [...new Set([...services, ...(known.data?.services.map(({ service }) => service) ?? [])])].sort();
  return (
    <MultiCombobox
      aria-label="Services"
      placeholder="All services"
      prefixIcon="sitemap"
      width="auto"
      minWidth={22}
      maxWidth={60}
      options={names.map((name) => ({ value: name, label: name }))}
      value={services}
      onChange={(chosen) => setServices(chosen.map(({ value }) => value))}
    />
  );
}
