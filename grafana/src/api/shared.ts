import { Observable, ReplaySubject, Subscription } from 'rxjs';

interface Kept<T> {
  at: number;
  answer: T;
}

interface Running<T> {
  out: ReplaySubject<T>;
  work: Subscription;
  listeners: number;
}

/**
 * Answers that several askers share: who asks what is being asked already waits for that; when the last one turns away the request is
 * aborted; an answer is kept for a while, the oldest ones going first. Errors are not kept.
 */
export class Shared<T> {
  private readonly kept = new Map<string, Kept<T>>();
  private readonly running = new Map<string, Running<T>>();

  constructor(
    private readonly keepMs: number,
    private readonly most: number,
    private readonly now: () => number = Date.now,
  ) {}

  ask(key: string, start: () => Observable<T>): Observable<T> {
    return new Observable<T>((listener) => {
      const known = this.known(key);
      if (known) {
        listener.next(known.answer);
        listener.complete();
        return undefined;
      }
      const running = this.running.get(key) ?? this.begin(key, start);
      running.listeners += 1;
      const listening = running.out.subscribe(listener);
      return () => {
        listening.unsubscribe();
        running.listeners -= 1;
        if (running.listeners === 0) {
          running.work.unsubscribe();
          if (this.running.get(key) === running) {
            this.running.delete(key);
          }
        }
      };
    });
  }

  has(key: string): boolean {
    return this.known(key) !== undefined;
  }

  forget(key: string): void {
    this.kept.delete(key);
  }

  clear(): void {
    this.kept.clear();
  }

  private known(key: string): Kept<T> | undefined {
    const known = this.kept.get(key);
    if (known && this.now() - known.at > this.keepMs) {
      this.kept.delete(key);
      return undefined;
    }
    return known;
  }

  private begin(key: string, start: () => Observable<T>): Running<T> {
    const running: Running<T> = { out: new ReplaySubject<T>(1), work: new Subscription(), listeners: 0 };
    this.running.set(key, running);
    running.work.add(
      start().subscribe({
        next: (answer) => {
          this.keep(key, answer);
          running.out.next(answer);
        },
        error: (error) => {
          this.running.delete(key);
          running.out.error(error);
        },
        complete: () => {
          this.running.delete(key);
          running.out.complete();
        },
      }),
    );
    return running;
  }

  private keep(key: string, answer: T): void {
    this.kept.delete(key);
    this.kept.set(key, { at: this.now(), answer });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) {
        break;
      }
      this.kept.delete(oldest);
    }
  }
}
