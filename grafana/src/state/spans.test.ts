import { describe, expect, it } from 'vitest';

import { below } from './spans';

describe('below', () => {
  const spans = [
    { span_id: 'root', parent: null },
    { span_id: 'a', parent: 0 },
    { span_id: 'b', parent: 1 },
    { span_id: 'c', parent: 0 },
  ];
  it('hides all descendants of what is closed', () => expect([...below(spans, new Set(['a']))]).toEqual([2]));
  it('hides nothing while all is open', () => expect(below(spans, new Set()).size).toBe(0));
  it('hides everything below the root', () => expect([...below(spans, new Set(['root']))]).toEqual([1, 2, 3]));
});
