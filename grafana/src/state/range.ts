import type { RawTimeRange, TimeRange } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { useCallback, useMemo, useState } from 'react';

import { useAddress } from './url';
import { DEFAULT_RANGE, resolveRange, type Window, windowOf } from './window';

export interface PageRange {
  range: TimeRange;
  window: Window;
  setRange: (range: RawTimeRange) => void;
  refresh: () => void;
}

export function useRange(): PageRange {
  const { search } = useAddress();
  const from = search.get('from') || DEFAULT_RANGE.from;
  const to = search.get('to') || DEFAULT_RANGE.to;
  const [turn, setTurn] = useState(0);
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const range = useMemo(() => resolveRange(from, to), [from, to, turn]);
  const window = useMemo(() => windowOf(range), [range]);
  const setRange = useCallback((raw: RawTimeRange) => {
    const word = (value: RawTimeRange['from']) => (typeof value === 'string' ? value : String(value.valueOf()));
    locationService.partial({ from: word(raw.from), to: word(raw.to), mark: null });
  }, []);
  const refresh = useCallback(() => {
    resolveRange(from, to, Date.now(), true);
    setTurn((n) => n + 1);
  }, [from, to]);
  return { range, window, setRange, refresh };
}
