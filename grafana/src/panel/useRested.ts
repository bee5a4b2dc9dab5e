import { useEffect, useState } from 'react';

import { REST_MS } from './around';

/** The key of where the pointer has rested for a while; moving within what has one key does not begin anew. */
export function useRested(key: string | undefined): string | undefined {
  const [rested, setRested] = useState<string>();
  useEffect(() => {
    if (key === undefined) {
      setRested(undefined);
      return undefined;
    }
    const timer = setTimeout(() => setRested(key), REST_MS);
    return () => clearTimeout(timer);
  }, [key]);
  // What rested elsewhere is past.
  return rested === key ? rested : undefined;
}
