import { describe, expect, it, vi } from 'vitest';

import { changeOf, count, decimal, milliseconds, percent, perSecond, times } from './format';

// Grafana's value formats ask the browser for its language; older versions of Node have none.
vi.stubGlobal('navigator', { language: 'en-US', languages: ['en-US'] });

describe('numbers', () => {
  it.each([
    [0, '0 %'],
    [0.00001, '< 0.01 %'],
    [0.00053, '0.05 %'],
    [0.0938, '9.38 %'],
    [0.5141, '51.4 %'],
    [1, '100 %'],
    [5.2927, '529 %'],
    [-0.17, '−17 %'],
    [null, '–'],
    [undefined, '–'],
    [NaN, '–'],
    [Infinity, '–'],
  ])('percent of %s is %s', (share, text) => expect(percent(share)).toBe(text));
  it.each([
    [0.44, '0.44 ms'],
    [68.23, '68.2 ms'],
    [520.4, '520 ms'],
    [2131, '2.13 s'],
    [null, '–'],
  ])('%s milliseconds are %s', (value, text) => expect(milliseconds(value)).toBe(text));
  it('have their units', () => {
    expect([perSecond(0.94667), times(132.6), count(15264), decimal(0.00123)]).toEqual(['0.947/s', '133×', '15,264', '0.00123']);
  });
  it.each([
    [0, 5, 'new'],
    [5, 0, 'gone'],
    [0, 0, ''],
    [32, 57, '+78 %'],
    [31.3, 26, '−17 %'],
    [10, 10.01, '±0 %'],
    [10, 93, '9.3×'],
    [null, 3, ''],
  ])('from %s to %s is %s', (before, now, text) => expect(changeOf(before, now)).toBe(text));
});
