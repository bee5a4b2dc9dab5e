import { describe, expect, it } from 'vitest';

import { sorted } from './order';

const ROWS = [{ n: 'b', v: 2 }, { n: 'a', v: null }, { n: 'c', v: 10 }];
const COLUMNS = [{ id: 'n', by: (row: (typeof ROWS)[number]) => row.n }, { id: 'v', by: (row: (typeof ROWS)[number]) => row.v }, { id: 'x' }];
const names = (order: string) => sorted(ROWS, COLUMNS, order).map(({ n }) => n).join('');

describe('sorted', () => {
  it.each([
    ['', 'bac'],
    ['n', 'abc'],
    ['-n', 'cba'],
    ['v', 'bca'],
    ['-v', 'cba'],
    ['x', 'bac'],
    ['nothing', 'bac'],
  ])('by "%s" is %s: what is not known stands last', (order, expected) => expect(names(order)).toBe(expected));
});
