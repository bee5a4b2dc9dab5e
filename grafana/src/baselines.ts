/** What a window is held against. */
export const BASELINES: Array<{ value: 'previous' | 'day' | 'week'; label: string }> = [
  { value: 'previous', label: 'the time before' },
  { value: 'day', label: 'the day before' },
  { value: 'week', label: 'the week before' },
];
