import type { Delivery } from '../delivery.js';
import type { Journal } from '../journal.js';
import type { StorageAdapter } from '../storage.js';
import type { Transport } from '../transport.js';
import { wrappedStorage } from './wrapped-storage.js';

/**
 * One life of a program in a test. Its parts are wrapped; from the moment of its crash on, nothing that they are asked has an effect, and no
 * call of theirs ends: what the process had begun is left as it is, as by `kill -9`. The next incarnation is built over what is durable. A part
 * is wrapped once: not what stands on a wrapped part too.
 */
export interface Incarnation {
  /** What it has begun and ended so far, each a point at which it can crash: `storage.write sensor_humidity (before)`. */
  readonly steps: readonly string[];
  readonly crashed: boolean;
  /**
   * Resolves when `run` is through or the crash has come, and what was on its way to a disk or database then has arrived. Rejects when `run`
   * does.
   */
  live(run: () => Promise<unknown>): Promise<void>;
  /** Crashes now. */
  crash(): void;
  /** A step of the caller's own, with a point before and one after it. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** No step: what reads only. It does not end either once the crash has come. */
  look<T>(work: () => Promise<T>): Promise<T>;
  storage(storage: StorageAdapter): StorageAdapter;
  journal(journal: Journal): Journal;
  /** What is acknowledged after the crash is not acknowledged. */
  transport(transport: Transport): Transport;
}

export interface IncarnationOptions {
  /** Number of the step, from 1, at which it crashes. Default: never. */
  readonly crashAt?: number;
}

const NEVER = new Promise<never>(() => undefined);

/** A life that ends at step `crashAt`. */
export function incarnation({ crashAt = Infinity }: IncarnationOptions = {}): Incarnation {
  const steps: string[] = [];
  const inFlight = new Set<Promise<unknown>>();
  let crashed = false;
  let announce = (): void => undefined;
  const crash = new Promise<void>((resolve) => (announce = resolve));

  function die(): void {
    crashed = true;
    announce();
  }

  function point(name: string): void {
    if (crashed) return;
    steps.push(name);
    if (steps.length === crashAt) die();
  }

  /** Gives what comes of it to the living only. */
  async function mortal<T>(running: Promise<T>): Promise<T> {
    try {
      const result = await running;
      return crashed ? await NEVER : result;
    } catch (error) {
      if (crashed) return await NEVER;
      throw error;
    }
  }

  async function look<T>(work: () => Promise<T>): Promise<T> {
    if (crashed) return NEVER;
    const running = work();
    const arrived = running.then(
      () => undefined,
      () => undefined,
    );
    inFlight.add(arrived);
    void arrived.then(() => inFlight.delete(arrived));
    return mortal(running);
  }

  /** Not waited for once the crash has come: it may be the dead whom it waits for. */
  async function call<T>(work: () => Promise<T>): Promise<T> {
    return crashed ? NEVER : mortal(work());
  }

  async function stepBy<T>(how: typeof look, name: string, work: () => Promise<T>): Promise<T> {
    point(`${name} (before)`);
    return how(async () => {
      const result = await work();
      point(`${name} (after)`);
      return result;
    });
  }

  const step: Incarnation['step'] = (name, work) => stepBy(look, name, work);
  const life: Life = { step, call, send: (name, work) => stepBy(call, name, work), isOver: () => crashed };

  return {
    steps,
    get crashed() {
      return crashed;
    },
    async live(run) {
      await Promise.race([run(), crash]);
      if (!crashed) return;
      while (inFlight.size > 0) await Promise.all([...inFlight]);
    },
    crash: die,
    step,
    look,
    storage: (storage) =>
      wrappedStorage(storage, ({ op, table }, work) => {
        const name = table === undefined ? op : `${op} ${table}`;
        if (op === 'write' || op === 'present') return step(`storage.${name}`, work);
        return op === 'close' ? call(work) : look(work);
      }),
    journal: (journal) => wrappedJournal(journal, life),
    transport: (transport) => wrappedTransport(transport, life),
  };
}

interface Life extends Pick<Incarnation, 'step'> {
  call<T>(work: () => Promise<T>): Promise<T>;
  send: Incarnation['step'];
  readonly isOver: () => boolean;
}

function wrappedJournal(journal: Journal, { step, call, isOver }: Life): Journal {
  return {
    name: journal.name,
    level: journal.level,
    get id() {
      return journal.id;
    },
    open: (context) => call(() => journal.open(context)),
    close: () => call(() => journal.close()),
    ...(journal.health && { health: () => journal.health!() }),
    append: (records, options) => step('journal.append', () => journal.append(records, options)),
    read: (options) => wrappedIterable(journal.read(options), call),
    async sent(batch) {
      const frame = await step(`journal.sent ${batch.table}`, () => journal.sent(batch));
      return { done: () => step(`journal.done ${batch.table}`, () => frame.done()) };
    },
    settle(positions) {
      if (!isOver()) journal.settle(positions);
    },
  };
}

function wrappedTransport(transport: Transport, { send, call, isOver }: Life): Transport {
  const mortal = (delivery: Delivery): Delivery => ({
    ...delivery,
    ack: (receipt) => (isOver() ? undefined : delivery.ack(receipt)),
    nack: (cause) => (isOver() ? undefined : delivery.nack(cause)),
  });
  return {
    name: transport.name,
    ...(transport.direct !== undefined && { direct: transport.direct }),
    open: (context) => call(() => transport.open(context)),
    close: () => call(() => transport.close()),
    ...(transport.health && { health: () => transport.health!() }),
    async *receive(filters, options) {
      for await (const batch of wrappedIterable(transport.receive(filters, options), call)) yield batch.map(mortal);
    },
    publish: (message, signal) => send(`transport.publish ${message.topic}`, () => transport.publish(message, signal)),
  };
}

/** Gives nothing more once the crash has come; and is not held to wait for it: an iteration may wait for ever. */
function wrappedIterable<T>(iterable: AsyncIterable<T>, call: Life['call']): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = iterable[Symbol.asyncIterator]();
      return {
        async next() {
          const found = await iterator.next();
          return call(async () => found);
        },
        return: async (value?: unknown) => (await iterator.return?.(value)) ?? { done: true, value: undefined },
      };
    },
  };
}
