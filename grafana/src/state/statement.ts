import type { Statement } from '../api/types';
import { sqlString } from './links';

export type Value = string | number | boolean | string[];

/** What a page knows of the values of its statements' parameters. */
export type Values = Record<string, Value | undefined>;

function literal(value: Value, type: string): string {
  if (Array.isArray(value)) {
    return `[${value.map(sqlString).join(', ')}]`;
  }
  if (typeof value !== 'string') {
    return String(value);
  }
  // ClickHouse reads a parameter's time in UTC, without the T and the Z.
  return type.startsWith('DateTime') ? `toDateTime64(${sqlString(value.replace('T', ' ').replace('Z', ''))}, 9, 'UTC')` : sqlString(value);
}

/** The statement with values in the places of its parameters, for whoever runs it by hand; undefined while one is not known. */
export function withValues({ sql, params }: Pick<Statement, 'sql' | 'params'>, values: Values): string | undefined {
  if (params.some(({ name }) => values[name] === undefined)) {
    return undefined;
  }
  return params.reduce(
    (text, { name, type }) => text.replace(new RegExp(`\\{${name}\\s*:[^{}]*\\}`, 'g'), () => literal(values[name] as Value, type)),
    sql,
  );
}
