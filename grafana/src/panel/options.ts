export interface PanelOptions {
  /** Names between commas; variables work. */
  services: string;
  baseline: 'previous' | 'day' | 'week';
  limit: number;
  /** Which mapping says whose lines stand behind the panel's metric. */
  dashboard: string;
  panel: string;
  metric: string;
}

export const DEFAULTS: PanelOptions = { services: '', baseline: 'previous', limit: 5, dashboard: '', panel: '', metric: '' };
