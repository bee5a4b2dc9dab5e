import { describe, expect, it } from 'vitest';

import { linear, linePath, nearest, timeTicks, valueTicks } from './scale';

describe('scales', () => {
  it.each([
    [0, [0, 1]],
    [NaN, [0, 1]],
    [0.9, [0, 0.5, 1]],
    [75, [0, 25, 50, 75]],
    [101, [0, 50, 100, 150]],
  ])('ticks up to %s are %j', (greatest, ticks) => expect(valueTicks(greatest, 3)).toEqual(ticks));
  it('ticks time at round minutes of the clock on the wall', () => {
    const from = Date.parse('2026-02-03T12:07:30Z');
    expect(timeTicks(from, from + 3_600_000, 6).map((time) => new Date(time).toISOString().slice(11, 16))).toEqual(['12:10', '12:20', '12:30', '12:40', '12:50', '13:00']);
    // Kathmandu is 5:45 ahead: an hour begins at a quarter past.
    expect(timeTicks(from, from + 6 * 3_600_000, 6, 20_700_000).map((time) => new Date(time).toISOString().slice(14, 16))).toEqual(Array(6).fill('15'));
  });
  it('breaks a line where nothing is known', () => {
    const x = linear([0, 3], [0, 30]);
    const y = linear([0, 10], [10, 0]);
    expect(linePath([{ time: 0, value: 0 }, { time: 1, value: null }, { time: 2, value: 10 }, { time: 3, value: 5 }], x, y)).toBe('M0.0,10.0M20.0,0.0L30.0,5.0');
  });
  it('goes back from places to values, and divides by no zero', () => {
    expect(linear([10, 20], [0, 100]).invert(50)).toBe(15);
    expect(linear([5, 5], [0, 100])(5)).toBe(0);
  });
  it('finds the nearest dot', () => expect(nearest([{ time: 0, value: 1 }, { time: 10, value: 2 }], 6)?.value).toBe(2));
});
