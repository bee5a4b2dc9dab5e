export interface By<T> {
  id: string;
  /** What rows are sorted by; null stands last in either direction. Without it the column cannot be sorted. */
  by?: (row: T) => number | string | null | undefined;
}

/** Rows in an order such as "-rate"; as they came when it names no column. */
export function sorted<T>(rows: T[], columns: Array<By<T>>, order: string): T[] {
  const isDown = order.startsWith('-');
  const by = columns.find(({ id }) => id === order.replace(/^-/, ''))?.by;
  if (!by) {
    return rows;
  }
  const direction = isDown ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a) ?? null, by(b) ?? null];
    if (x === null || y === null) {
      return x === y ? 0 : x === null ? 1 : -1;
    }
    return direction * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)));
  });
}
