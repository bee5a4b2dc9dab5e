export interface Dot {
  time: number;
  value: number | null | undefined;
}

export interface Scale {
  (value: number): number;
  invert: (place: number) => number;
}

export function linear([from, to]: [number, number], [start, end]: [number, number]): Scale {
  const span = to - from || 1;
  const scale = (value: number) => start + ((value - from) / span) * (end - start);
  return Object.assign(scale, { invert: (place: number) => from + ((place - start) / (end - start || 1)) * span });
}

/** Round steps, about as many as asked for, from 0 up to beyond the greatest value. */
export function valueTicks(greatest: number, about: number): number[] {
  if (!(greatest > 0)) {
    return [0, 1];
  }
  const raw = greatest / about;
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * magnitude >= raw) ?? 10) * magnitude;
  const ticks: number[] = [];
  for (let i = 0; ; i += 1) {
    ticks.push(Number((i * step).toPrecision(12)));
    if (i * step >= greatest) {
      return ticks;
    }
  }
}

const MINUTE = 60_000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080].map((minutes) => minutes * MINUTE);

/** Moments at round minutes of the viewer's clock, no more than asked for. */
export function timeTicks(from: number, to: number, most: number, offsetMs = 0): number[] {
  const step = STEPS.find((size) => (to - from) / size <= most) ?? (STEPS.at(-1) as number);
  const ticks: number[] = [];
  for (let at = Math.ceil((from + offsetMs) / step) * step - offsetMs; at <= to; at += step) {
    ticks.push(at);
  }
  return ticks;
}

/** A line through what is known; it breaks where nothing is. */
export function linePath(dots: Dot[], x: Scale, y: Scale): string {
  let path = '';
  let isDrawing = false;
  for (const { time, value } of dots) {
    if (typeof value === 'number' && Number.isFinite(value)) {
      path += `${isDrawing ? 'L' : 'M'}${x(time).toFixed(1)},${y(value).toFixed(1)}`;
      isDrawing = true;
    } else {
      isDrawing = false;
    }
  }
  return path;
}

export function greatestOf(lists: Dot[][]): number {
  let greatest = 0;
  for (const dots of lists) {
    for (const { value } of dots) {
      if (typeof value === 'number' && Number.isFinite(value) && value > greatest) {
        greatest = value;
      }
    }
  }
  return greatest;
}

/** The dot nearest to a moment. */
export function nearest(dots: Dot[], time: number): Dot | undefined {
  let best: Dot | undefined;
  for (const dot of dots) {
    if (!best || Math.abs(dot.time - time) < Math.abs(best.time - time)) {
      best = dot;
    }
  }
  return best;
}
