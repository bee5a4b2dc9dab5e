import { describe, expect, it } from 'vitest';

import { resolveRange, windowOf, wordsOf } from './window';

describe('a range', () => {
  const NOW = Date.parse('2026-02-03T14:25:07.500Z');
  it('reads milliseconds, and words', () => {
    expect(windowOf(resolveRange('1770128700000', '1770129300000', NOW))).toEqual({ from: '2026-02-03T14:25:00Z', to: '2026-02-03T14:35:00Z' });
    const range = resolveRange('now-1h', 'now');
    expect(range.to.valueOf() - range.from.valueOf()).toBeCloseTo(3_600_000, -2);
  });
  it.each([
    ['nonsense', 'now'],
    ['now', 'now-1h'],
    ['', ''],
  ])('that cannot be read (%s to %s) is the last hour', (from, to) => {
    expect(windowOf(resolveRange(from, to, NOW))).toEqual({ from: '2026-02-03T13:25:07Z', to: '2026-02-03T14:25:07Z' });
  });
  it('means the same for a minute, unless asked anew', () => {
    const first = resolveRange('now-3h', 'now', NOW);
    expect(resolveRange('now-3h', 'now', NOW + 59_000)).toBe(first);
    expect(resolveRange('now-3h', 'now', NOW + 59_000, true)).not.toBe(first);
  });
  it('goes to words and back', () => expect(wordsOf({ from: '2026-02-03T14:25:00Z', to: '2026-02-03T14:35:00Z' })).toEqual({ from: '1770128700000', to: '1770129300000' }));
});
