import { describe, expect, it } from 'vitest';

import { withValues } from './statement';

const param = (name: string, type: string) => ({ name, type, meaning: '' });

describe('withValues', () => {
  const sql = "SELECT {n:UInt32}, {who:String}, {at:DateTime64(9, 'UTC')}, {names:Array(String)}, {n:UInt32}";
  const params = [param('n', 'UInt32'), param('who', 'String'), param('at', "DateTime64(9, 'UTC')"), param('names', 'Array(String)')];
  it('puts values in their places, quoted', () => {
    expect(withValues({ sql, params }, { n: 3, who: "o'brien \\ $&", at: '2026-02-03T14:25:00Z', names: ['a', "b'"] })).toBe(
      "SELECT 3, 'o\\'brien \\\\ $&', toDateTime64('2026-02-03 14:25:00', 9, 'UTC'), ['a', 'b\\''], 3",
    );
  });
  it('gives nothing while a value is not known', () => expect(withValues({ sql, params }, { n: 3 })).toBeUndefined());
});
