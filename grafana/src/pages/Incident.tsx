import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Combobox, Field, Input, Stack, Tab, TabsBar, TagsInput, TextArea, useStyles2 } from '@grafana/ui';
import React, { type FormEvent, type ReactNode, useState } from 'react';

import { change, request, text } from '../api/client';
import { type Problem, problemOf } from '../api/problem';
import type { IncidentDetail } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { Anchor } from '../components/Anchor';
import { Answered } from '../components/Answered';
import { ChangesList, TotalsLine } from '../components/ChangesList';
import { ErrorGroupsTable } from '../components/ErrorGroupsTable';
import { ObjectivesTable } from '../components/ObjectivesTable';
import { SEVERITIES } from '../components/OpenIncident';
import { Page } from '../components/Page';
import { RootCauseView } from '../components/RootCauseView';
import { Section } from '../components/Section';
import { ServicesTable } from '../components/ServicesTable';
import { Status } from '../components/Status';
import { moment, seconds, span } from '../format';
import { ROOT } from '../ids';
import { nextSteps, type Part, type Parts, partsOf, VERBS } from '../state/incident';
import { pageHref } from '../state/links';
import { wordsOf } from '../state/window';
import { mayAtLeast } from '../state/settings';
import { useWord } from '../state/url';
import { testIds } from '../testIds';

export default function Incident({ name: id }: { name: string }) {
  const incident = useAnswer(request('get', '/api/v1/incidents/{id}', { at: { id } }));
  const { data } = incident;
  const sent = data && Object.values(partsOf(data)).flatMap((part) => part?.sql ?? []);
  return (
    <Page
      title={data?.title ?? 'Incident'}
      parent={{ text: 'Incidents', url: `${ROOT}/incidents` }}
      behind={{ folders: [], values: {}, sent, window: data && { from: data.from, to: data.to } }}
      actions={data && <Exports incident={data} />}
    >
      <Answered asked={incident} what="the incident">
        {(found) => <Loaded incident={found} onChanged={incident.reload} />}
      </Answered>
    </Page>
  );
}

function Loaded({ incident, onChanged }: { incident: IncidentDetail; onChanged: () => void }) {
  const styles = useStyles2(getStyles);
  const words = new URLSearchParams(wordsOf(incident));
  return (
    <div data-testid={testIds.incident} className={styles.column}>
      <div className={styles.facts}>
        <Status status={incident.severity} />
        <Status status={incident.state} data-testid={testIds.incidentState} />
        <span>{incident.service || 'all services'}</span>
        <span>{span(incident.from, incident.to)}</span>
        <span>
          opened {moment(incident.opened_at)} by {incident.opened_by}
        </span>
        {typeof incident.time_to_acknowledge_s === 'number' && <span>acknowledged after {seconds(incident.time_to_acknowledge_s)}</span>}
        {typeof incident.time_to_mitigate_s === 'number' && <span>mitigated after {seconds(incident.time_to_mitigate_s)}</span>}
        {typeof incident.time_to_resolve_s === 'number' && <span>resolved after {seconds(incident.time_to_resolve_s)}</span>}
        <Anchor href={pageHref('root-cause', words)}>This window as it is answered now</Anchor>
      </div>
      {mayAtLeast('Editor') ? <Work key={`work ${incident.version}`} incident={incident} onChanged={onChanged} /> : <Standing incident={incident} />}
      <Frozen parts={partsOf(incident)} />
      <HistoryOf key={`history ${incident.version}`} id={incident.id} />
    </div>
  );
}

/** What a viewer sees of what editors set. */
function Standing({ incident: { assignee, labels } }: { incident: IncidentDetail }) {
  return (
    <div>
      {assignee ? `Assigned to ${assignee}` : 'Assigned to nobody'}
      {labels.length > 0 && ` · ${labels.join(', ')}`}
    </div>
  );
}

function Work({ incident, onChanged }: { incident: IncidentDetail; onChanged: () => void }) {
  const styles = useStyles2(getStyles);
  const { id, state, version } = incident;
  const [note, setNote] = useState('');
  const [assignee, setAssignee] = useState(incident.assignee);
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const send = async (what: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await what();
      onChanged();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  const patch = (body: { state?: string; severity?: string; assignee?: string; labels?: string[]; note?: string }) =>
    // Refused when somebody else was faster.
    send(() => change(request('patch', '/api/v1/incidents/{id}', { at: { id }, body, headers: { 'If-Match': `"${version}"` } })));
  const comment = () => send(() => change(request('post', '/api/v1/incidents/{id}/comments', { at: { id }, body: { note } })));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void comment();
  };
  return (
    <form className={styles.work} onSubmit={submit} aria-label="Work on the incident">
      {problem && (
        <Alert title={problem.title} severity="error">
          {problem.message} {problem.advice}
        </Alert>
      )}
      <div className={styles.fields}>
        <Field label="Severity" noMargin>
          <Combobox aria-label="Severity" options={SEVERITIES} value={incident.severity} onChange={({ value }) => void patch({ severity: value })} width={18} />
        </Field>
        <Field label="Assigned to" noMargin>
          <Input
            name="assignee"
            width={24}
            value={assignee}
            placeholder="nobody"
            onChange={({ currentTarget }) => setAssignee(currentTarget.value)}
            onBlur={() => assignee !== incident.assignee && void patch({ assignee })}
          />
        </Field>
        <Field label="Labels" noMargin className={styles.labels}>
          <TagsInput tags={incident.labels} onChange={(labels) => void patch({ labels })} placeholder="such as team:pay" />
        </Field>
      </div>
      <TextArea aria-label="Note" name="note" rows={2} placeholder="What happened, what was tried" value={note} onChange={({ currentTarget }) => setNote(currentTarget.value)} />
      <Stack gap={1} wrap="wrap">
        {nextSteps(state).map((step, place) => (
          <Button key={step} type="button" disabled={isBusy} variant={place === 0 ? 'primary' : 'secondary'} onClick={() => void patch({ state: step, ...(note && { note }) })}>
            {VERBS[step]}
          </Button>
        ))}
        <Button type="submit" variant="secondary" disabled={isBusy || note.trim() === ''}>
          Add the note
        </Button>
      </Stack>
    </form>
  );
}

const TABS: Array<[keyof Parts, string]> = [
  ['correlate', 'Root cause'],
  ['pattern_changes', 'What changed'],
  ['health', 'Services'],
  ['slo', 'Objectives'],
  ['error_patterns', 'Error patterns'],
];

/** What was answered when it was opened, drawn by the same parts as the pages. */
function Frozen({ parts }: { parts: Parts }) {
  const [tab, setTab] = useWord('tab', 'correlate');
  const { pattern_changes, correlate, health, slo, error_patterns } = parts;
  return (
    <Section title="As it was when it was opened">
      <TabsBar>
        {TABS.map(([part, label]) => (
          <Tab key={part} label={label} active={tab === part} onChangeTab={() => setTab(part)} />
        ))}
      </TabsBar>
      {tab === 'correlate' && <OnePart part={correlate}>{(answer) => <RootCauseView answer={answer} health={health?.answer} />}</OnePart>}
      {tab === 'pattern_changes' && (
        <OnePart part={pattern_changes}>
          {(answer) => (
            <Stack direction="column" gap={1}>
              <TotalsLine changes={answer} />
              <ChangesList groups={answer.log_groups} window={answer.window} stepSeconds={answer.step_seconds} isFrozen />
            </Stack>
          )}
        </OnePart>
      )}
      {tab === 'health' && <OnePart part={health}>{(answer) => <ServicesTable health={answer} />}</OnePart>}
      {tab === 'slo' && <OnePart part={slo}>{(answer) => <ObjectivesTable answer={answer} />}</OnePart>}
      {tab === 'error_patterns' && <OnePart part={error_patterns}>{(answer) => <ErrorGroupsTable answer={answer} />}</OnePart>}
    </Section>
  );
}

function OnePart<T>({ part, children }: { part?: Part<T>; children: (answer: T) => ReactNode }) {
  if (!part) {
    return <Alert severity="info" title="Not frozen with this incident" />;
  }
  if (part.answer === undefined || part.answer === null || part.status === 'failed' || part.status === 'absent') {
    const title = { pending: 'Not answered yet; Kulprit asks again', failed: 'It could not be answered', absent: 'There was nothing to answer it from', ok: 'It holds no answer' }[part.status];
    return (
      <Alert severity={part.status === 'failed' ? 'warning' : 'info'} title={title}>
        {part.reason}
      </Alert>
    );
  }
  return (
    <Stack direction="column" gap={2}>
      {part.status === 'pending' && (
        <Alert severity="warning" title="Answered in part; Kulprit asks again" data-testid={testIds.partial}>
          {part.reason}
        </Alert>
      )}
      {children(part.answer)}
    </Stack>
  );
}

function HistoryOf({ id }: { id: string }) {
  const styles = useStyles2(getStyles);
  const history = useAnswer(request('get', '/api/v1/incidents/{id}/history', { at: { id } }));
  return (
    <Section title="History">
      <Answered asked={history} what="the history">
        {({ history: events }) => (
          <ol className={styles.history}>
            {events.map((event) => (
              <li key={event.version}>
                <time dateTime={event.at}>{moment(event.at)}</time>
                <div>
                  <strong>{event.who}</strong> {said(event)}
                  {event.note && <div className={styles.note}>{event.note}</div>}
                </div>
              </li>
            ))}
          </ol>
        )}
      </Answered>
    </Section>
  );
}

function said({ kind, from, to }: { kind: string; from: string; to: string }): string {
  switch (kind) {
    case 'opened':
      return 'opened it';
    case 'comment':
      return 'wrote';
    case 'state':
      return `${from} → ${to}`;
    case 'imported':
      return 'imported it';
    default:
      return `${kind}: ${from || '–'} → ${to || '–'}`;
  }
}

function Exports({ incident: { id, title } }: { incident: IncidentDetail }) {
  const [problem, setProblem] = useState<string>();
  const save = async (format: 'markdown' | 'json') => {
    try {
      const body = await text(request('get', '/api/v1/incidents/{id}/export', { at: { id }, query: { format } }));
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([body], { type: format === 'json' ? 'application/json' : 'text/markdown' }));
      link.download = `${title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 60) || id}.${format === 'json' ? 'json' : 'md'}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      setProblem(undefined);
    } catch (error) {
      setProblem(problemOf(error).message);
    }
  };
  return (
    <>
      {problem && <span role="alert">{problem}</span>}
      <Button icon="file-download" variant="secondary" onClick={() => void save('markdown')}>
        Markdown
      </Button>
      <Button icon="file-download" variant="secondary" onClick={() => void save('json')}>
        JSON
      </Button>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), minWidth: 0 }),
  facts: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5, 2), alignItems: 'center' }),
  work: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5), padding: theme.spacing(2), background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default }),
  fields: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(2) }),
  labels: css({ flex: 1, minWidth: 220 }),
  history: css({
    listStyle: 'none',
    '& li': { display: 'flex', gap: theme.spacing(2), padding: theme.spacing(0.5, 0), flexWrap: 'wrap' },
    time: { flex: '0 0 160px', whiteSpace: 'nowrap', color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' },
  }),
  note: css({ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }),
});
