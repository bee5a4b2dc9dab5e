import { describe, expect, it } from 'vitest';

import { problemOf } from './problem';

describe('problemOf', () => {
  it('says what Kulprit said', () => {
    expect(problemOf({ status: 400, data: { error: 'bad request', message: 'from: not a time', code: 400 } })).toMatchObject({ message: 'from: not a time', code: 400 });
  });
  it('takes what Grafana itself says', () => {
    expect(problemOf({ status: 502, statusText: 'Bad Gateway', data: {} })).toMatchObject({ title: 'The backend is away', message: 'Bad Gateway' });
  });
  it.each([undefined, null, 'text', 7, {}, { data: { message: { nested: true } } }])('survives %j', (thrown) => {
    const { title, message, advice } = problemOf(thrown);
    expect([title, message, advice].every((text) => text.length > 0)).toBe(true);
  });
});
