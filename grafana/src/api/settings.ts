import { getBackendSrv } from '@grafana/runtime';
import { lastValueFrom, map, type Observable } from 'rxjs';

import { APP } from '../ids';
import type { Settings } from '../state/settings';
import { answerFrom, proxied } from './client';
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

/** Whether what answers the pages is there and lets them in: a `kulprit serve` elsewhere where the stored settings name one, else the backend here. */
export async function test(serveUrl: string | undefined): Promise<Health> {
  return serveUrl ? testElsewhere(serveUrl) : testHere();
}

async function testElsewhere(serveUrl: string): Promise<Health> {
  // Whether its ClickHouse is there, then whether it takes the token.
  for (const path of ['/ready', '/api/v1/incidents?limit=1']) {
    await lastValueFrom(getBackendSrv().fetch({ url: `${proxied()}${path}`, showErrorAlert: false }));
  }
  return { status: 'OK', message: `${serveUrl} is ready and takes the token. \`kulprit doctor\` there says more.` };
}

/** What the doctor finds. Grafana answers with an error's status when something is wrong; its findings are in the body all the same. */
async function testHere(): Promise<Health> {
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
