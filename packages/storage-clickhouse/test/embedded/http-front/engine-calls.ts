import { Session } from 'chdb';

type Method = 'queryAsync' | 'queryBindAsync' | 'insert' | 'queryStream' | 'queryStreamBind';

export interface EngineCalls {
  /** At the same time, at most. */
  most: number;
  readonly total: number;
  /** The statement that was asked last. */
  readonly last: string;
  restore(): void;
}

/** Counts what the engine is asked to do at the same time, whoever asks. */
export function countEngineCalls(): EngineCalls {
  const calls = { most: 0, total: 0, last: '' };
  let now = 0;
  const begin = (): void => {
    calls.total += 1;
    calls.most = Math.max(calls.most, ++now);
  };
  const during = async <T>(call: () => Promise<T>): Promise<T> => {
    begin();
    try {
      return await call();
    } finally {
      now -= 1;
    }
  };
  const prototype = Session.prototype as unknown as Record<Method, (...args: unknown[]) => unknown>;
  const originals: [Method, (...args: unknown[]) => unknown][] = [];
  for (const name of ['queryAsync', 'queryBindAsync', 'insert'] as const) {
    const original = prototype[name];
    originals.push([name, original]);
    prototype[name] = function (...args) {
      if (typeof args[0] === 'string') calls.last = args[0];
      return during(() => original.apply(this, args) as Promise<unknown>);
    };
  }
  for (const name of ['queryStream', 'queryStreamBind'] as const) {
    const original = prototype[name];
    originals.push([name, original]);
    prototype[name] = function (...args) {
      begin();
      try {
        const stream = original.apply(this, args) as AsyncIterable<unknown>;
        const pieces = stream[Symbol.asyncIterator]();
        return Object.assign(Object.create(stream) as AsyncIterable<unknown>, {
          cancel: () => (stream as unknown as { cancel(): void }).cancel(),
          [Symbol.asyncIterator]: () => ({ next: () => during(() => pieces.next()) }),
        });
      } finally {
        now -= 1;
      }
    };
  }
  return {
    get most() {
      return calls.most;
    },
    get total() {
      return calls.total;
    },
    get last() {
      return calls.last;
    },
    restore: () => originals.forEach(([name, original]) => (prototype[name] = original)),
  };
}
