import { Alert, Button, EmptyState, LoadingPlaceholder, Stack } from '@grafana/ui';
import React, { type ReactNode } from 'react';

import type { Asked } from '../api/useAnswer';
import { testIds } from '../testIds';

interface Props<T> {
  asked: Asked<T>;
  /** What is being computed, such as "what changed". */
  what: string;
  /** When an answer has nothing in it: why that may be, and what to do. */
  empty?: (data: T) => { title: string; advice: string } | undefined;
  children: (data: T) => ReactNode;
}

function warningsOf(data: unknown): string[] {
  const warnings = (data as { warnings?: unknown } | undefined)?.warnings;
  return Array.isArray(warnings) ? warnings.map(String) : [];
}

/** The four ways in which a question can stand: asked, failed, answered with nothing, answered (perhaps in part). */
export function Answered<T>({ asked, what, empty, children }: Props<T>) {
  const { data, problem, loading, reload } = asked;
  if (problem) {
    return (
      <Alert title={problem.title} severity="error" data-testid={testIds.problem}>
        <Stack direction="column" gap={1} alignItems="flex-start">
          <div>{problem.message}</div>
          <div>{problem.advice}</div>
          <Button size="sm" variant="secondary" onClick={reload}>
            Try again
          </Button>
        </Stack>
      </Alert>
    );
  }
  if (data === undefined) {
    return loading ? <LoadingPlaceholder text={`Computing ${what} …`} data-testid={testIds.loading} /> : null;
  }
  const warnings = warningsOf(data);
  const nothing = empty?.(data);
  return (
    <Stack direction="column" gap={2}>
      {warnings.length > 0 && (
        <Alert title="What to know about this answer" severity="warning" data-testid={testIds.partial}>
          <ul style={{ paddingLeft: 16 }}>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Alert>
      )}
      {nothing ? (
        <div data-testid={testIds.empty}>
          <EmptyState variant="not-found" message={nothing.title} hideImage>
            {nothing.advice}
          </EmptyState>
        </div>
      ) : (
        children(data)
      )}
    </Stack>
  );
}
