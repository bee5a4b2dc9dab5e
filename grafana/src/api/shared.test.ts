import { Observable, Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';

import { Shared } from './shared';

function asked() {
  const answer = new Subject<string>();
  const aborted = vi.fn();
  const start = vi.fn(
    () =>
      new Observable<string>((listener) => {
        const listening = answer.subscribe(listener);
        return () => {
          listening.unsubscribe();
          aborted();
        };
      }),
  );
  const say = (text: string) => {
    answer.next(text);
    answer.complete();
  };
  return { start, say, fail: (error: unknown) => answer.error(error), aborted };
}

describe('Shared', () => {
  it('asks once for all who ask the same at the same time', () => {
    const shared = new Shared<string>(1000, 5);
    const { start, say } = asked();
    const heard: string[] = [];
    shared.ask('a', start).subscribe((text) => heard.push(`1 ${text}`));
    shared.ask('a', start).subscribe((text) => heard.push(`2 ${text}`));
    say('yes');
    expect(start).toHaveBeenCalledTimes(1);
    expect(heard).toEqual(['1 yes', '2 yes']);
  });

  it('aborts when the last one turns away, and not before', () => {
    const shared = new Shared<string>(1000, 5);
    const { start, aborted } = asked();
    const one = shared.ask('a', start).subscribe();
    const other = shared.ask('a', start).subscribe();
    one.unsubscribe();
    expect(aborted).not.toHaveBeenCalled();
    other.unsubscribe();
    expect(aborted).toHaveBeenCalledTimes(1);
    shared.ask('a', start).subscribe();
    expect(start).toHaveBeenCalledTimes(2);
  });

  it('keeps an answer for its time', () => {
    let now = 0;
    const shared = new Shared<string>(1000, 5, () => now);
    const { start, say } = asked();
    shared.ask('a', start).subscribe();
    say('yes');
    const heard: string[] = [];
    now = 1000;
    shared.ask('a', start).subscribe((text) => heard.push(text));
    expect([start.mock.calls.length, heard]).toEqual([1, ['yes']]);
    now = 1001;
    shared.ask('a', start).subscribe();
    expect(start).toHaveBeenCalledTimes(2);
  });

  it('keeps no more than it may, and drops the oldest', () => {
    const shared = new Shared<string>(1000, 2);
    for (const key of ['a', 'b', 'c']) {
      const { start, say } = asked();
      shared.ask(key, start).subscribe();
      say(key);
    }
    expect(['a', 'b', 'c'].map((key) => shared.has(key))).toEqual([false, true, true]);
  });

  it('keeps no error', () => {
    const shared = new Shared<string>(1000, 5);
    const first = asked();
    const failed = vi.fn();
    shared.ask('a', first.start).subscribe({ error: failed });
    first.fail('away');
    expect(failed).toHaveBeenCalledWith('away');
    const second = asked();
    shared.ask('a', second.start).subscribe();
    expect(second.start).toHaveBeenCalledTimes(1);
  });
});
