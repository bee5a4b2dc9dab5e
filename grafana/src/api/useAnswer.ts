import { useCallback, useEffect, useMemo, useState } from 'react';

import { ask, forget, keyOf, type Request } from './client';
import { type Problem, problemOf } from './problem';
import type { AnswerOf, Method, Path } from './types';

export interface Asked<T> {
  data?: T;
  problem?: Problem;
  loading: boolean;
  reload: () => void;
}

/** The answer to a question; null asks nothing. Another question aborts the one before. */
export function useAnswer<P extends Path, M extends Method>(asked: Request<P, M> | null): Asked<AnswerOf<P, M>> {
  const key = asked ? keyOf(asked) : '';
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<{ key: string; data?: AnswerOf<P, M>; problem?: Problem; loading: boolean }>({ key, loading: asked !== null });
  // Equal questions are one question, however often the page draws.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const question = useMemo(() => asked, [key]);

  useEffect(() => {
    if (!question) {
      setState({ key, loading: false });
      return undefined;
    }
    setState((before) => ({ key, data: before.key === key ? before.data : undefined, loading: true }));
    const listening = ask(question).subscribe({
      next: (data) => setState({ key, data, loading: false }),
      error: (thrown) => setState({ key, problem: problemOf(thrown), loading: false }),
    });
    return () => listening.unsubscribe();
  }, [question, key, turn]);

  const reload = useCallback(() => {
    if (question) {
      forget(question);
      setTurn((n) => n + 1);
    }
  }, [question]);
  // Of another question: not of this one.
  return state.key === key ? { ...state, reload } : { loading: question !== null, reload };
}
