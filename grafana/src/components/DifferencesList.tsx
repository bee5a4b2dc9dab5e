import React from 'react';

import type { Differences } from '../api/types';
import { percent } from '../format';
import { Status } from './Status';
import { type Column, Table } from './Table';

type Difference = Differences['differences'][number];

const COLUMNS: Array<Column<Difference>> = [
  {
    id: 'attribute',
    header: 'Attribute',
    width: 180,
    by: ({ key }) => key,
    cell: ({ key, value, same }) => (
      <span title={same.length > 0 ? `nearly all of them also have ${same.join(', ')}` : undefined} style={{ overflowWrap: 'anywhere' }}>
        <code>{key}</code> {value ?? '(whatever its value)'}
      </span>
    ),
  },
  { id: 'difference', header: 'Difference', cell: ({ status }) => <Status status={status} /> },
  { id: 'share', header: 'Here', isNumber: true, by: ({ share }) => share, cell: ({ share }) => percent(share) },
  { id: 'usual', header: 'Usually', isNumber: true, by: ({ usual_share }) => usual_share, cell: ({ usual_share }) => percent(usual_share) },
  { id: 'effect', header: 'Effect', isNumber: true, by: ({ effect }) => effect, cell: ({ effect, sentence }) => <span title={sentence}>{effect.toFixed(2)} nats</span> },
];

export function DifferencesList({ differences }: { differences: Difference[] }) {
  return <Table rows={differences} columns={COLUMNS} keyOf={({ key, value, source }) => `${source} ${key} ${value ?? ''}`} caption="Attributes that set them apart" word="apart" />;
}
