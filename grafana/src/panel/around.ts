import type { Window } from '../state/window';

export const REST_MS = 300;

const MINUTE = 60_000;
const LENGTHS = [5, 10, 15, 30, 60, 120, 240, 720, 1440].map((minutes) => minutes * MINUTE);

/** How long the windows are into which a range is cut: few, so that going over a graph asks few questions. */
export function lengthFor(from: number, to: number): number {
  return LENGTHS.find((length) => (to - from) / length <= 8) ?? (LENGTHS.at(-1) as number);
}

/** The window around a moment. Moments near each other have the same one, and so the same answer. */
export function around(time: number, from: number, to: number): Window {
  const length = lengthFor(from, to);
  const start = Math.floor(time / length) * length;
  const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
  return { from: iso(start), to: iso(start + length) };
}
