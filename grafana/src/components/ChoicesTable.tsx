import { Alert, Button } from '@grafana/ui';
import React from 'react';

import { request } from '../api/client';
import type { Choice } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { mayAtLeast, org } from '../state/settings';
import { testIds } from '../testIds';
import { Answered } from './Answered';
import { useDecision } from './Decide';
import { Pattern } from './Pattern';
import { Status } from './Status';
import { type Column, Table } from './Table';

/** What the org calls patterns and which it ignores; whoever may decide may take it back. */
export function ChoicesTable({ onDecided }: { onDecided: () => void }) {
  const asked = useAnswer(request('get', '/api/v1/choices', { query: { org: org() } }));
  const { send, problem, isSending } = useDecision(() => {
    asked.reload();
    onDecided();
  });
  const columns: Array<Column<Choice>> = [
    { id: 'name', header: 'Name', width: 160, by: ({ name }) => name, cell: ({ name }) => name || '–' },
    { id: 'pattern', header: 'Pattern', cell: ({ pattern, pattern_id }) => <Pattern text={pattern || pattern_id} isCut /> },
    { id: 'ignored', header: 'In rankings', cell: ({ ignored }) => (ignored ? <Status status="none" label="left out" /> : 'as usual') },
    {
      id: 'back',
      header: '',
      cell: (choice) =>
        mayAtLeast('Editor') && (
          <Button size="sm" variant="secondary" disabled={isSending} onClick={() => void send(choice.ignored ? { ...choice, ignored: false } : { ...choice, name: '' })}>
            {choice.ignored ? 'Rank it again' : 'Take the name away'}
          </Button>
        ),
    },
  ];
  return (
    <Answered
      asked={asked}
      what="names and ignored patterns"
      empty={({ choices }) => (choices.length === 0 ? { title: 'No pattern has a name or is ignored', advice: 'Open a pattern above to name or to ignore it.' } : undefined)}
    >
      {({ choices }) => (
        <>
          {problem && (
            <Alert title={problem.title} severity="error">
              {problem.message} {problem.advice}
            </Alert>
          )}
          <Table rows={choices} columns={columns} keyOf={({ pattern_id }) => pattern_id} caption="Names and ignored patterns" word="decided" data-testid={testIds.choices} />
        </>
      )}
    </Answered>
  );
}
