import { describe, expect, it } from 'vitest';

import { servicesOf } from './services';

const fill = (text: string) => text.replace('$service', 'cart,checkout').replace('$one', '$__all');

describe('servicesOf', () => {
  it.each([
    [['payment'], ['payment']],
    [['$service'], ['cart', 'checkout']],
    [['cart', '$service'], ['cart', 'checkout']],
    [[' a , b ', ''], ['a', 'b']],
    [['payment', '$one'], []],
    [['*'], []],
    [[], []],
  ])('%j are %j', (named, services) => expect(servicesOf(named, fill)).toEqual(services));
});
