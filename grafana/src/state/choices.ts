import { change, request } from '../api/client';
import { org } from './settings';

export interface Decided {
  pattern_id: string;
  pattern: string;
  name: string;
  ignored: boolean;
}

/** The longest text that the API takes. */
const LONGEST = 1000;

/** Says for the whole org what a pattern is called and whether rankings leave it out; with neither it is as before anybody said so. */
export function decide({ pattern, ...decided }: Decided) {
  return change(request('put', '/api/v1/choices', { body: { org: org(), ...decided, pattern: [...pattern].slice(0, LONGEST).join('') } }));
}
