import React from 'react';

import type { TraceList } from '../api/types';
import { clock, milliseconds } from '../format';
import { pageHref, tracePage } from '../state/links';
import { useAddress } from '../state/url';
import { testIds } from '../testIds';
import { Anchor } from './Anchor';
import { Status } from './Status';
import { type Column, Table } from './Table';

type Listed = TraceList['traces'][number];

export function TracesTable({ traces }: { traces: Listed[] }) {
  const { search } = useAddress();
  const columns: Array<Column<Listed>> = [
    { id: 'trace', header: 'Trace', cell: ({ trace_id, span_id }) => <Anchor href={pageHref(tracePage(trace_id), search, { span: span_id })}>{trace_id.slice(0, 12)}…</Anchor> },
    { id: 'service', header: 'Service', by: ({ service }) => service, cell: ({ service }) => service },
    { id: 'name', header: 'Request', width: 200, by: ({ name }) => name, cell: ({ name }) => <span style={{ overflowWrap: 'anywhere' }}>{name}</span> },
    {
      id: 'outcome',
      header: 'Outcome',
      by: ({ is_failed }) => (is_failed ? 1 : 0),
      cell: ({ is_failed, http_status, status_message }) => (
        <Status status={is_failed ? 'failed' : 'ok'} label={is_failed ? status_message || `failed${http_status ? ` ${http_status}` : ''}` : http_status ? `ok ${http_status}` : 'ok'} />
      ),
    },
    { id: 'duration', header: 'Took', isNumber: true, by: (row) => row.duration_ms, cell: (row) => milliseconds(row.duration_ms) },
    { id: 'start', header: 'Began', isNumber: true, by: (row) => row.start, cell: (row) => clock(row.start) },
  ];
  return <Table rows={traces} columns={columns} keyOf={({ trace_id, span_id }) => `${trace_id} ${span_id}`} caption="Traces" word="order" data-testid={testIds.traces} />;
}
