import { getBackendSrv } from '@grafana/runtime';
import { lastValueFrom, map, type Observable } from 'rxjs';

import { APP } from '../ids';
import type { Settings } from '../state/settings';
import { answerFrom } from './client';
import { Shared } from './shared';

const once = new Shared<Settings>(5 * 60_000, 1);

/** The app's settings, for a panel, which Grafana gives none of them; it also says where answers come from. */
export function appSettings(): Observable<Settings> {
  return once.ask(APP, () =>
    getBackendSrv()
      .fetch<{ jsonData?: Settings }>({ url: `/api/plugins/${APP}/settings`, showErrorAlert: false })
      .pipe(
        map(({ data }) => {
          const settings = data.jsonData ?? {};
          answerFrom(settings.serveUrl);
          return settings;
        }),
      ),
  );
}

export interface Saved {
  enabled: boolean;
  pinned: boolean;
  jsonData: Settings;
  secureJsonData?: Record<string, string>;
}

export async function save(settings: Saved): Promise<void> {
  await lastValueFrom(getBackendSrv().fetch({ url: `/api/plugins/${APP}/settings`, method: 'POST', data: settings, showErrorAlert: false, showSuccessAlert: false }));
  once.clear();
}

export interface Check {
  check: string;
  verdict: 'ok' | 'warning' | 'problem';
  found: string;
  advice?: string | null;
}

export interface Health {
  status: string;
  message: string;
  details?: { checks?: Check[] };
}

/** What the doctor finds. Grafana answers with an error's status when something is wrong; its findings are in the body all the same. */
export async function test(): Promise<Health> {
  try {
    const { data } = await lastValueFrom(getBackendSrv().fetch<Health>({ url: `/api/plugins/${APP}/health`, showErrorAlert: false }));
    return data;
  } catch (error) {
    const data = (error as { data?: Health } | null)?.data;
    if (data?.status && data.message) {
      return data;
    }
    throw error;
  }
}
