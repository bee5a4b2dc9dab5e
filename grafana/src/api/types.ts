// The answers' types, from the server's contract (openapi.json). Nothing here is written twice.
import type { paths } from './openapi';

export type Path = keyof paths;
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type Operation<P extends Path, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Json<R> = R extends { content: { 'application/json': infer T } } ? T : never;

export type AnswerOf<P extends Path, M extends Method = 'get'> =
  Operation<P, M> extends { responses: infer R } ? Json<R[keyof R & (200 | 201)]> : never;
export type QueryOf<P extends Path, M extends Method = 'get'> =
  Operation<P, M> extends { parameters: { query?: infer Q } } ? Q : never;
export type BodyOf<P extends Path, M extends Method> =
  Operation<P, M> extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;

export type Changes = AnswerOf<'/query_logs', 'post'>;
export type LogGroup = Changes['log_groups'][number];
export type Choice = AnswerOf<'/api/v1/choices'>['choices'][number];
export type Health = AnswerOf<'/api/v1/services'>;
export type ServiceHealth = Health['services'][number];
export type Point = Health['series'][number];
export type Status = ServiceHealth['status'];
export type Objectives = AnswerOf<'/api/v1/slo'>;
export type ErrorGroups = AnswerOf<'/api/v1/patterns'>;
export type Topology = AnswerOf<'/api/v1/topology'>;
export type Differences = AnswerOf<'/api/v1/differences'>;
export type Correlation = AnswerOf<'/api/v1/correlate', 'post'>;
export type TraceList = AnswerOf<'/api/v1/traces'>;
export type Trace = AnswerOf<'/api/v1/traces/{id}'>;
export type Span = Trace['spans'][number];
export type IncidentPage = AnswerOf<'/api/v1/incidents'>;
export type Incident = IncidentPage['incidents'][number];
export type IncidentDetail = AnswerOf<'/api/v1/incidents/{id}'>;
export type History = AnswerOf<'/api/v1/incidents/{id}/history'>;
export type Statement = AnswerOf<'/api/v1/sql/{name}'>;
export type IncidentState = Incident['state'];
export type IncidentSeverity = Incident['severity'];
