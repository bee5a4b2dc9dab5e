import type { Span } from '../api/types';

/** The places of all spans below those that are closed. */
export function below(spans: Array<Pick<Span, 'span_id' | 'parent'>>, closed: ReadonlySet<string>): Set<number> {
  const hidden = new Set<number>();
  spans.forEach(({ parent }, place) => {
    const above = typeof parent === 'number' ? spans[parent] : undefined;
    if (above && (closed.has(above.span_id) || hidden.has(parent as number))) {
      hidden.add(place);
    }
  });
  return hidden;
}
