import type { BackendSrvRequest, FetchResponse } from '@grafana/runtime';
import { Observable } from 'rxjs';

/** As Grafana's own: unsubscribing aborts, and what is not 2xx is thrown with its status and body. */
export const fetchBackend = {
  fetch<T>(options: BackendSrvRequest): Observable<FetchResponse<T>> {
    return new Observable((listener) => {
      const abort = new AbortController();
      void (async () => {
        try {
          const query = options.params ? `?${new URLSearchParams(options.params as Record<string, string>)}` : '';
          const answer = await fetch(`/${options.url.replace(/^\//, '')}${query}`, {
            method: options.method ?? 'GET',
            headers: { ...(options.data !== undefined && { 'Content-Type': 'application/json' }), ...window.harness.headers, ...options.headers },
            body: options.data === undefined ? undefined : JSON.stringify(options.data),
            signal: abort.signal,
          });
          const words = await answer.text();
          let data: unknown = words;
          if (options.responseType !== 'text') {
            try {
              data = words === '' ? {} : JSON.parse(words);
            } catch {
              data = { message: words };
            }
          }
          const { status, statusText, ok, headers, redirected, type, url } = answer;
          if (!ok) {
            listener.error({ status, statusText, data: options.responseType === 'text' ? { message: words } : data, config: options });
            return;
          }
          listener.next({ data: data as T, status, statusText, ok, headers, redirected, type, url, config: options, traceId: undefined } as FetchResponse<T>);
          listener.complete();
        } catch (error) {
          if (!abort.signal.aborted) {
            listener.error({ status: 0, statusText: 'network', data: { message: String(error) }, config: options });
          }
        }
      })();
      return () => abort.abort();
    });
  },
  async get<T>(url: string, params?: Record<string, unknown>): Promise<T> {
    const { lastValueFrom } = await import('rxjs');
    return (await lastValueFrom(fetchBackend.fetch<T>({ url, params: params as never }))).data;
  },
  async post<T>(url: string, data?: unknown): Promise<T> {
    const { lastValueFrom } = await import('rxjs');
    return (await lastValueFrom(fetchBackend.fetch<T>({ url, method: 'POST', data }))).data;
  },
};

declare global {
  interface Window {
    harness: { theme: string; role: string; org: number; login: string; headers?: Record<string, string>; settings?: object; frames?: unknown };
  }
}
