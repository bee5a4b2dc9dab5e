import { describe, expect, it } from 'vitest';

import { nextSteps, partsOf } from './incident';

describe('an incident', () => {
  it('goes forward, and only what is resolved can be closed', () => {
    for (const state of ['open', 'acknowledged', 'mitigated', 'reopened', 'closed'] as const) {
      expect(nextSteps(state), state).not.toContain('closed');
    }
    expect(nextSteps('resolved')).toEqual(['closed', 'reopened']);
  });
  it.each([null, undefined, 'text', {}, { parts: 7 }, { parts: [null, 7, {}, { name: 3 }] }])('survives the snapshot %j', (snapshot) => {
    expect(partsOf({ snapshot })).toEqual({});
  });
});
