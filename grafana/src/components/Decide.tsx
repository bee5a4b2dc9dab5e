import { Alert, Button, Input, Stack } from '@grafana/ui';
import React, { type FormEvent, useState } from 'react';

import { type Problem, problemOf } from '../api/problem';
import type { LogGroup } from '../api/types';
import { decide, type Decided } from '../state/choices';
import { mayAtLeast } from '../state/settings';
import { testIds } from '../testIds';

interface Props {
  group: LogGroup;
  /** The answer is another one now. */
  onDecided: () => void;
}

/** For those who may write: to call a pattern by a name, or to leave it out of rankings, for the whole org. */
export function Decide({ group: { pattern_id, pattern, name = '' }, onDecided }: Props) {
  const [given, setGiven] = useState<string>();
  const { send, problem, isSending } = useDecision(onDecided);
  if (!mayAtLeast('Editor')) {
    return null;
  }
  const rename = async (event: FormEvent) => {
    event.preventDefault();
    if (await send({ pattern_id, pattern, name: given?.trim() ?? '', ignored: false })) {
      setGiven(undefined);
    }
  };
  return (
    <Stack direction="column" gap={1}>
      {problem && (
        <Alert title={problem.title} severity="error">
          {problem.message} {problem.advice}
        </Alert>
      )}
      {given === undefined ? (
        <Stack gap={1} wrap="wrap">
          <Button size="sm" variant="secondary" icon="pen" onClick={() => setGiven(name)}>
            {name ? 'Rename' : 'Name it'}
          </Button>
          <Button
            size="sm"
            variant="secondary"
            icon="eye-slash"
            disabled={isSending}
            tooltip="Rankings of this org leave it out; its lines still count. It can be taken back below."
            onClick={() => void send({ pattern_id, pattern, name, ignored: true })}
          >
            Ignore
          </Button>
        </Stack>
      ) : (
        <form onSubmit={(event) => void rename(event)} data-testid={testIds.naming}>
          <Stack gap={1} wrap="wrap">
            <Input aria-label="Name of the pattern" name="pattern-name" width={40} value={given} maxLength={100} autoFocus onChange={({ currentTarget }) => setGiven(currentTarget.value)} />
            <Button type="submit" disabled={isSending || given.trim() === name}>
              Save
            </Button>
            <Button type="button" variant="secondary" onClick={() => setGiven(undefined)}>
              Cancel
            </Button>
          </Stack>
        </form>
      )}
    </Stack>
  );
}

/** Sends a decision, and says whether it was taken. */
export function useDecision(onDecided: () => void) {
  const [problem, setProblem] = useState<Problem>();
  const [isSending, setSending] = useState(false);
  const send = async (decided: Decided): Promise<boolean> => {
    setSending(true);
    setProblem(undefined);
    try {
      await decide(decided);
      onDecided();
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    } finally {
      setSending(false);
    }
  };
  return { send, problem, isSending };
}
