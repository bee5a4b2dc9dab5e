import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { ClipboardButton, Drawer, LinkButton, Select, Stack, useStyles2 } from '@grafana/ui';
import React, { useState } from 'react';

import { request } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import { sqlHref } from '../state/links';
import type { Window } from '../state/window';
import { useSettings } from '../state/settings';
import { type Values, withValues } from '../state/statement';
import { testIds } from '../testIds';
import { Answered } from './Answered';

export interface Behind {
  /** Folders of statements, such as "log_changes". */
  folders: string[];
  /** The one that matters most. */
  main?: string;
  values: Values;
  window: Window;
  /** The very statements that were sent, where an answer was kept with them. */
  sent?: Sent[];
}

export interface Sent {
  name: string;
  text: string;
  params: Array<{ name: string; value: unknown }>;
}

interface Props extends Behind {
  onClose: () => void;
}

/** The statements behind a page, as the backend has them, with the values that the page asked with. */
export function SqlDrawer({ sent, ...rest }: Props) {
  return (
    <Drawer title="The SQL behind this page" subtitle="Read it, copy it, run it: nothing else computes what is shown." onClose={rest.onClose} size="lg">
      <div data-testid={testIds.sql}>{sent ? <SentStatements sent={sent} /> : <Statements {...rest} />}</div>
    </Drawer>
  );
}

function Statements({ folders, main, values, window }: Omit<Behind, 'sent'>) {
  const list = useAnswer(request('get', '/api/v1/sql'));
  const [chosen, choose] = useState<string>();
  return (
        <Answered asked={list} what="the list of statements">
          {({ queries }) => {
            const own = folders.flatMap((folder) => queries.filter(({ name }) => name.startsWith(`${folder}/`)));
            const name = chosen ?? own.find((one) => one.name === main)?.name ?? own[0]?.name;
            return (
              <Stack direction="column" gap={2}>
                <Select
                  aria-label="Statement"
                  options={own.map((one) => ({ value: one.name, label: one.name, description: one.purpose }))}
                  value={name}
                  onChange={(option) => choose(option.value)}
                />
                {name && <OneStatement key={name} name={name} values={values} window={window} />}
              </Stack>
            );
          }}
        </Answered>
  );
}

/** What was sent when an answer was frozen, in order. */
function SentStatements({ sent }: { sent: Sent[] }) {
  const styles = useStyles2(getStyles);
  const [chosen, choose] = useState(0);
  const statement = sent[chosen];
  return (
    <Stack direction="column" gap={2}>
      <Select aria-label="Statement" options={sent.map(({ name }, value) => ({ value, label: `${value + 1}. ${name}` }))} value={chosen} onChange={({ value }) => choose(value ?? 0)} />
      {statement && (
        <>
          <Parameters heads={['Value']} rows={statement.params.map(({ name, value }) => [name, typeof value === 'string' ? value : JSON.stringify(value)])} />
          <div>
            <ClipboardButton icon="copy" variant="secondary" size="sm" getText={() => statement.text}>
              Copy with parameters
            </ClipboardButton>
          </div>
          <pre className={styles.sql} tabIndex={0}>
            {statement.text}
          </pre>
        </>
      )}
    </Stack>
  );
}

/** A statement's parameters: each row the name, then a cell for each of `heads`. */
function Parameters({ heads, rows }: { heads: string[]; rows: string[][] }) {
  const styles = useStyles2(getStyles);
  return (
    <table className={styles.params}>
      <caption>Parameters</caption>
      <thead>
        <tr>
          {['Name', ...heads].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ...cells]) => (
          <tr key={name}>
            <td>
              <code>{name}</code>
            </td>
            {cells.map((cell, index) => (
              <td key={heads[index]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function OneStatement({ name, values, window }: { name: string; values: Values; window: Window }) {
  const styles = useStyles2(getStyles);
  const uid = useSettings().config?.grafana?.clickhouse_uid;
  const statement = useAnswer(request('get', '/api/v1/sql/{name}', { at: { name } }));
  return (
    <Answered asked={statement} what="the statement">
      {(query) => {
        const ready = withValues(query, values);
        return (
          <Stack direction="column" gap={2}>
            <div>{query.purpose}</div>
            <Parameters
              heads={['Type', 'Value here', 'Meaning']}
              rows={query.params.map(({ name: param, type, meaning }) => [param, type, values[param] === undefined ? 'set by the backend' : JSON.stringify(values[param]), meaning])}
            />
            <Stack gap={1} wrap="wrap">
              <ClipboardButton icon="copy" variant="secondary" size="sm" getText={() => query.sql}>
                Copy with parameters
              </ClipboardButton>
              {ready && (
                <ClipboardButton icon="copy" variant="secondary" size="sm" getText={() => ready}>
                  Copy with values
                </ClipboardButton>
              )}
              {ready && uid && (
                <LinkButton icon="compass" variant="secondary" size="sm" href={sqlHref(uid, ready, window)}>
                  Open in Explore
                </LinkButton>
              )}
            </Stack>
            <pre className={styles.sql} tabIndex={0}>
              {query.sql}
            </pre>
          </Stack>
        );
      }}
    </Answered>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  sql: css({ fontSize: theme.typography.bodySmall.fontSize, whiteSpace: 'pre', overflow: 'auto', maxHeight: '60vh', margin: 0 }),
  params: css({
    width: '100%',
    fontSize: theme.typography.bodySmall.fontSize,
    caption: { captionSide: 'top', color: theme.colors.text.secondary, paddingTop: 0 },
    'th, td': { padding: theme.spacing(0.5, 1), textAlign: 'left', verticalAlign: 'top', overflowWrap: 'anywhere' },
    'tbody tr': { borderTop: `1px solid ${theme.colors.border.weak}` },
  }),
});
