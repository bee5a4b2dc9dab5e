import { type DataFrame, FieldType, getFieldDisplayName, type GrafanaTheme2 } from '@grafana/data';

import type { Health } from '../api/types';
import type { Series } from '../components/charts/TimeChart';

const PALETTE = ['blue', 'orange', 'green', 'purple', 'yellow', 'red', 'super-light-blue', 'super-light-green'];
const MOST = 8;

const color = (theme: GrafanaTheme2, place: number) => theme.visualization.getColorByName(PALETTE[place % PALETTE.length] as string);

/** The panel's own data: every field of numbers over time. */
export function seriesOf(frames: DataFrame[], theme: GrafanaTheme2): Series[] {
  const found: Series[] = [];
  for (const frame of frames) {
    const times = frame.fields.find(({ type }) => type === FieldType.time);
    for (const field of times ? frame.fields : []) {
      if (field.type === FieldType.number && found.length < MOST) {
        found.push({
          name: getFieldDisplayName(field, frame, frames),
          color: color(theme, found.length),
          dots: Array.from({ length: frame.length }, (_, i) => ({ time: Number(times?.values[i]), value: field.values[i] as number | null })),
        });
      }
    }
  }
  return found;
}

/** Without data of its own the panel shows which services fail. */
export function failuresOf(health: Health, theme: GrafanaTheme2): Series[] {
  const names = health.services
    .filter(({ error_ratio }) => typeof error_ratio === 'number')
    .slice(0, MOST)
    .map(({ service }) => service);
  return names.map((name, place) => ({
    name,
    color: color(theme, place),
    dots: health.series.filter(({ service }) => service === name).map(({ time, error_ratio }) => ({ time: Date.parse(time), value: error_ratio })),
  }));
}
