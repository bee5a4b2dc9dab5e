import { locationService } from '@grafana/runtime';
import { Alert, Button, Combobox, Drawer, Field, Input, Stack, TextArea } from '@grafana/ui';
import React, { type FormEvent, useState } from 'react';

import { change, request } from '../api/client';
import { type Problem, problemOf } from '../api/problem';
import { span } from '../format';
import { incidentPage, pageHref } from '../state/links';
import type { Window } from '../state/window';
import { mayAtLeast } from '../state/settings';
import { testIds } from '../testIds';

export const SEVERITIES = ['critical', 'high', 'medium', 'low'].map((value) => ({ value, label: value }));

interface Props {
  window: Window;
  services: string[];
  title?: string;
}

/** A button for those who may write; the form behind it freezes the answers of a window. */
export function OpenIncident({ window, services, title }: Props) {
  const [isOpen, open] = useState(false);
  if (!mayAtLeast('Editor')) {
    return null;
  }
  return (
    <>
      <Button icon="plus" variant="secondary" onClick={() => open(true)}>
        Open an incident
      </Button>
      {isOpen && <Form window={window} services={services} title={title} onClose={() => open(false)} />}
    </>
  );
}

function Form({ window, services, title, onClose }: Props & { onClose: () => void }) {
  const [values, setValues] = useState({ title: title ?? '', severity: 'high', services: services.join(', '), note: '' });
  const [problem, setProblem] = useState<Problem>();
  const [isSending, setSending] = useState(false);
  const set = (name: keyof typeof values) => (event: { currentTarget: { value: string } }) => setValues({ ...values, [name]: event.currentTarget.value });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setProblem(undefined);
    try {
      const named = values.services.split(',').map((name) => name.trim()).filter(Boolean);
      const { id } = await change(
        request('post', '/api/v1/incidents', {
          body: { ...window, title: values.title, severity: values.severity, ...(named.length > 0 && { services: named }), ...(values.note && { note: values.note }) },
          headers: { 'Idempotency-Key': crypto.randomUUID() },
        }),
      );
      locationService.push(pageHref(incidentPage(id), new URLSearchParams(locationService.getSearch())));
    } catch (error) {
      setProblem(problemOf(error));
      setSending(false);
    }
  };
  return (
    <Drawer title="Open an incident" subtitle={`What is answered about ${span(window.from, window.to)} is frozen with it.`} onClose={onClose} size="sm">
      <form onSubmit={(event) => void submit(event)} data-testid={testIds.incidentForm}>
        {problem && (
          <Alert title={problem.title} severity="error">
            {problem.message}
          </Alert>
        )}
        <Field label="Title" required>
          <Input name="title" value={values.title} onChange={set('title')} required maxLength={200} placeholder="What is wrong, in one line" autoFocus />
        </Field>
        <Field label="Severity">
          <Combobox options={SEVERITIES} value={values.severity} onChange={({ value }) => setValues({ ...values, severity: value })} />
        </Field>
        <Field label="Services" description="Between commas; none: all of them">
          <Input name="services" value={values.services} onChange={set('services')} />
        </Field>
        <Field label="Note">
          <TextArea name="note" value={values.note} onChange={set('note')} rows={4} placeholder="What is known so far" />
        </Field>
        <Stack gap={1}>
          <Button type="submit" disabled={isSending || values.title.trim() === ''} icon={isSending ? 'spinner' : undefined}>
            Open
          </Button>
          <Button variant="secondary" onClick={onClose} type="button">
            Cancel
          </Button>
        </Stack>
      </form>
    </Drawer>
  );
}
