import { PanelPlugin } from '@grafana/data';

import { BASELINES } from '../baselines';
import { ChangesPanel } from './ChangesPanel';
import { DEFAULTS, type PanelOptions } from './options';

export const plugin = new PanelPlugin<PanelOptions>(ChangesPanel).setPanelOptions((builder) =>
  builder
    .addTextInput({
      path: 'services',
      name: 'Services',
      description: 'Names between commas, or a variable such as $service; none: all of them',
      defaultValue: DEFAULTS.services,
    })
    .addRadio({ path: 'baseline', name: 'Held against', defaultValue: DEFAULTS.baseline, settings: { options: BASELINES } })
    .addNumberInput({ path: 'limit', name: 'Patterns', description: 'On the card, at most', defaultValue: DEFAULTS.limit, settings: { min: 1, max: 20, integer: true } })
    .addTextInput({
      path: 'dashboard',
      name: 'Dashboard',
      category: ['Metric'],
      description: 'With panel and metric: the mapping that says whose lines stand behind the metric',
      defaultValue: DEFAULTS.dashboard,
    })
    .addTextInput({ path: 'panel', name: 'Panel', category: ['Metric'], defaultValue: DEFAULTS.panel })
    .addTextInput({
      path: 'metric',
      name: 'Metric',
      category: ['Metric'],
      description: 'Such as http_requests_total{service="checkout"}: without a mapping its service label says whose lines are meant',
      defaultValue: DEFAULTS.metric,
    }),
);
