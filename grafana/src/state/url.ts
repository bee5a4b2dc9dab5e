import { locationService } from '@grafana/runtime';
import { useCallback, useSyncExternalStore } from 'react';

// The state of a page lives in its address, so that a link shows what its sender saw.

function subscribe(changed: () => void): () => void {
  return locationService.getHistory().listen(changed);
}

const address = () => {
  const { pathname, search } = locationService.getLocation();
  return `${pathname}${search}`;
};

export function useAddress(): { path: string; search: URLSearchParams } {
  const [path = '', search = ''] = useSyncExternalStore(subscribe, address).split('?');
  return { path, search: new URLSearchParams(search) };
}

/** One word of the address, and how to change it. */
export function useWord(name: string, fallback = ''): [string, (value: string | undefined) => void] {
  const { search } = useAddress();
  const set = useCallback(
    (value: string | undefined) => locationService.partial({ [name]: value === undefined || value === '' || value === fallback ? null : value }, true),
    [name, fallback],
  );
  return [search.get(name) ?? fallback, set];
}
