import { type FetchResponse, getBackendSrv } from '@grafana/runtime';
import { lastValueFrom, map, type Observable } from 'rxjs';

import { APP } from '../ids';
import { Shared } from './shared';
import type { AnswerOf, BodyOf, Method, Path, QueryOf } from './types';

/** A question, whatever it asks. */
export interface AnyRequest {
  method: string;
  path: string;
  /** What stands in the path's places. */
  at?: Record<string, string>;
  query?: object;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One question to the backend: typed by the contract, the same for the plugin's own backend and for a `kulprit serve` elsewhere. */
export interface Request<P extends Path, M extends Method> extends AnyRequest {
  method: M;
  path: P;
  query?: QueryOf<P, M> & object;
  body?: BodyOf<P, M>;
}

export function request<P extends Path, M extends Method>(method: M, path: P, rest: Omit<Request<P, M>, 'method' | 'path'> = {}): Request<P, M> {
  return { method, path, ...rest };
}

// Where answers come from: resources of the plugin's backend or, when settings name a `kulprit serve`, Grafana's proxy to it.
let base = `/api/plugins/${APP}/resources`;

/** Grafana's proxy to the `kulprit serve` of the stored settings. */
export const proxied = () => `/api/plugin-proxy/${APP}/kulprit`;

export function answerFrom(serveUrl: string | undefined): void {
  base = serveUrl ? proxied() : `/api/plugins/${APP}/resources`;
}

/** The address below Grafana. */
export function addressOf({ path, at = {}, query }: AnyRequest): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    // A statement's name has slashes that are part of the path.
    (at[name] ?? '').split('/').map(encodeURIComponent).join('/'),
  );
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') {
      words.set(name, String(value));
    }
  }
  const tail = words.toString();
  return `${base}${filled}${tail ? `?${tail}` : ''}`;
}

export function keyOf(asked: AnyRequest): string {
  return `${asked.method} ${addressOf(asked)} ${JSON.stringify(asked.body ?? null)}`;
}

function send<T>(asked: AnyRequest, responseType?: 'text' | 'json'): Observable<FetchResponse<T>> {
  return getBackendSrv().fetch<T>({
    url: addressOf(asked),
    method: asked.method.toUpperCase(),
    data: asked.body,
    headers: asked.headers,
    responseType,
    // The pages show errors where they belong, not as a message in the corner.
    showErrorAlert: false,
    showSuccessAlert: false,
  });
}

const answers = new Shared<unknown>(5 * 60_000, 60);

/** Asks, or takes the answer that is there already; unsubscribing aborts. */
export function ask<P extends Path, M extends Method>(asked: Request<P, M>): Observable<AnswerOf<P, M>> {
  return answers.ask(keyOf(asked), () => send<AnswerOf<P, M>>(asked).pipe(map(({ data }) => data))) as Observable<AnswerOf<P, M>>;
}

export function forget(asked: AnyRequest): void {
  answers.forget(keyOf(asked));
}

/** Changes something; what was answered before may be untrue now. */
export async function change<P extends Path, M extends Method>(asked: Request<P, M>): Promise<AnswerOf<P, M>> {
  const { data } = await lastValueFrom(send<AnswerOf<P, M>>(asked));
  answers.clear();
  return data;
}

export async function text(asked: AnyRequest): Promise<string> {
  const { data } = await lastValueFrom(send<string>(asked, 'text'));
  return data;
}
