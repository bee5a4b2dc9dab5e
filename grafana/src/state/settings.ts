import { config } from '@grafana/runtime';
import { createContext, useContext } from 'react';

/** The plugin's settings that a browser may see; the password is not among them. */
export interface Settings {
  /** Where ClickHouse is; without it the embedded engine serves. */
  url?: string;
  user?: string;
  database?: string;
  /** Sections of Kulprit's own configuration, by their names there. */
  config?: {
    /** Data sources that links lead to. */
    grafana?: { url?: string; tempo_uid?: string; loki_uid?: string; clickhouse_uid?: string };
    slo?: { objectives?: Objective[] };
    [section: string]: unknown;
  };
  /** Of the Prometheus that links lead to. */
  prometheusUid?: string;
  /** The table of log lines that links to ClickHouse read. */
  logTable?: string;
  /** A `kulprit serve` elsewhere, for those who may not run binaries. */
  serveUrl?: string;
}

export interface Objective {
  name: string;
  service: string;
  target: number;
  latency_ms?: number;
}

export const SettingsContext = createContext<Settings>({});

export function useSettings(): Settings {
  return useContext(SettingsContext);
}

type Role = 'Viewer' | 'Editor' | 'Admin';

/** What the signed-in user may; the backend decides, this only hides what it would refuse. */
export function mayAtLeast(role: Role): boolean {
  const { orgRole, isGrafanaAdmin } = config.bootData.user;
  const ladder = ['Viewer', 'Editor', 'Admin'];
  return isGrafanaAdmin || ladder.indexOf(orgRole) >= ladder.indexOf(role);
}

/** Whose dashboards they are, as questions about panels name it. */
export function org(): string {
  return String(config.bootData.user.orgId);
}
