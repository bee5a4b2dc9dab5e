import React from 'react';

import type { Objectives } from '../api/types';
import { count, decimal, milliseconds, seconds, times } from '../format';
import { pageHref, servicePage } from '../state/links';
import { useAddress } from '../state/url';
import { Anchor } from './Anchor';
import { Budget } from './ServicesTable';
import { Status } from './Status';
import { type Column, Table } from './Table';

type Objective = Objectives['slos'][number];

export function ObjectivesTable({ answer, word = 'objectives' }: { answer: Objectives; word?: string }) {
  const { search } = useAddress();
  const columns: Array<Column<Objective>> = [
    { id: 'service', header: 'Service', by: ({ service }) => service, cell: ({ service }) => <Anchor href={pageHref(servicePage(service), search)}>{service}</Anchor> },
    {
      id: 'objective',
      header: 'Objective',
      by: ({ objective }) => objective,
      cell: ({ objective, target, latency_ms, period_seconds }) =>
        `${objective}: ${target} %${typeof latency_ms === 'number' ? ` below ${milliseconds(latency_ms)}` : ''} in ${decimal(period_seconds / 86_400)} days`,
    },
    { id: 'status', header: 'Budget is', by: ({ status }) => status, cell: ({ status, reasons }) => <Status status={status} title={reasons.join('\n')} /> },
    { id: 'alert', header: 'Urgency', by: ({ severity }) => severity, cell: ({ severity }) => (severity === 'none' ? '–' : <Status status={severity} />) },
    { id: 'achieved', header: 'Achieved', isNumber: true, by: ({ achieved }) => achieved, cell: ({ achieved }) => (typeof achieved === 'number' ? `${achieved.toFixed(2)} %` : '–') },
    { id: 'left', header: 'Budget left', isNumber: true, by: (row) => row.budget_remaining, cell: (row) => <Budget left={row.budget_remaining} /> },
    { id: 'burn', header: 'Burn, last hour', isNumber: true, by: (row) => row.burn_rate, cell: (row) => times(row.burn_rate) },
    { id: 'out', header: 'Used up in', isNumber: true, by: (row) => row.seconds_to_exhaustion, cell: (row) => (row.seconds_to_exhaustion === 0 ? 'used up' : seconds(row.seconds_to_exhaustion)) },
    { id: 'bad', header: 'Bad of all', isNumber: true, by: ({ bad }) => bad, cell: ({ bad, total }) => `${count(bad)} of ${count(total)}` },
  ];
  return <Table rows={answer.slos} columns={columns} keyOf={({ service, objective }) => `${service} ${objective}`} caption="Objectives" word={word} />;
}
