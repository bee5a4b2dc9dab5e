import { describe, expect, it } from 'vitest';

import { around, lengthFor } from './around';

const MINUTE = 60_000;
const at = (clock: string) => Date.parse(`2026-02-03T${clock}Z`);

describe('around', () => {
  it.each([
    [15, 5],
    [40, 5],
    [60, 10],
    [6 * 60, 60],
    [24 * 60, 240],
    [90 * 24 * 60, 1440],
  ])('cuts %i minutes into windows of %i', (range, length) => {
    expect(lengthFor(0, range * MINUTE)).toBe(length * MINUTE);
  });
  it('gives points near each other the same window', () => {
    const [from, to] = [at('12:00:00'), at('13:00:00')];
    const windows = new Set(Array.from({ length: 60 }, (_, i) => JSON.stringify(around(from + i * MINUTE, from, to))));
    expect(windows.size).toBe(6);
    expect(around(at('12:34:56'), from, to)).toEqual({ from: '2026-02-03T12:30:00Z', to: '2026-02-03T12:40:00Z' });
  });
  it('has the moment within', () => {
    for (const time of [0, 1, 299_999, 300_000, 1_700_000_123_456]) {
      const window = around(time, time - 1000, time + 1000);
      expect(Date.parse(window.from)).toBeLessThanOrEqual(time);
      expect(Date.parse(window.to)).toBeGreaterThan(time);
    }
  });
});
