import React from 'react';

import type { ErrorGroups } from '../api/types';
import { clock, count, percent } from '../format';
import { pageHref, tracePage } from '../state/links';
import { useAddress } from '../state/url';
import { Anchor } from './Anchor';
import { Pattern } from './Pattern';
import { type Column, Table } from './Table';

type Group = ErrorGroups['patterns'][number];

/** What fails, by route, status and signature; the counts add up to the total. */
export function ErrorGroupsTable({ answer, word = 'errors' }: { answer: ErrorGroups; word?: string }) {
  const { search } = useAddress();
  const columns: Array<Column<Group>> = [
    { id: 'service', header: 'Service', by: ({ service }) => service, cell: ({ service }) => service || '–' },
    { id: 'route', header: 'Route', width: 120, by: ({ route }) => route, cell: ({ route }) => <span style={{ overflowWrap: 'anywhere' }}>{route || '–'}</span> },
    { id: 'status', header: 'Status', by: ({ status }) => status, cell: ({ status }) => status || '–' },
    { id: 'pattern', header: 'Signature', width: 280, by: ({ pattern }) => pattern, cell: ({ pattern, sample }) => <span title={sample}>{<Pattern text={pattern} isCut />}</span> },
    { id: 'count', header: 'Lines', isNumber: true, by: (row) => row.count, cell: (row) => count(row.count) },
    { id: 'share', header: 'Share', isNumber: true, by: (row) => row.share, cell: (row) => percent(row.share) },
    {
      id: 'seen',
      header: 'First – last',
      isNumber: true,
      by: (row) => row.first_seen,
      cell: (row) => (row.first_seen && row.last_seen ? `${clock(row.first_seen)} – ${clock(row.last_seen)}` : '–'),
    },
    {
      id: 'trace',
      header: 'A trace',
      cell: ({ trace_ids: [first] }) => (first ? <Anchor href={pageHref(tracePage(first), search)}>{first.slice(0, 8)}…</Anchor> : '–'),
    },
  ];
  return (
    <>
      <div>
        {count(answer.total)} lines at ERROR or worse, {answer.without_trace > 0 ? `${count(answer.without_trace)} of them without a trace, ` : ''}
        {answer.groups} groups
        {answer.groups > 0 && `; the largest has ${percent(answer.dominance)}`}.
      </div>
      {answer.patterns.length > 0 && (
        <Table rows={answer.patterns} columns={columns} keyOf={(row) => `${row.service} ${row.route} ${row.status} ${row.pattern_id} ${row.pattern}`} caption="Error patterns" word={word} />
      )}
    </>
  );
}
