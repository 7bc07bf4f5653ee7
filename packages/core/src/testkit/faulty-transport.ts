import type { Clock } from '../clock.js';
import type { Delivery, DurableReceipt } from '../delivery.js';
import { LouverError } from '../errors.js';
import type { Transport } from '../transport.js';
import type { FaultRules } from './check-fault.js';
import { FaultBoard, type Fault, type FaultSwitches } from './fault-board.js';

/** `receive`: each batch of deliveries on its way in; refused, the iteration ends with the error. */
export type TransportOperation = 'open' | 'close' | 'publish' | 'receive';

/** `refuse` is retryable `E_TRANSPORT`. */
export type TransportFault = Fault<TransportOperation>;

export interface FaultyTransport extends Transport, FaultSwitches<TransportFault, TransportOperation> {
  /** From now on each delivery comes this many times, the copies marked `dup`; what becomes of a copy concerns nobody. 1: once. */
  repeat(times: number): void;
  /** From now on acknowledgements do not reach the sender, until `false`. Those that were dropped stay so: {@link reconnect} brings them again. */
  dropAcknowledgements(drop: boolean): void;
  /** The connection is gone: nothing comes or goes, settling what came before does nothing, and `health` says so. */
  disconnect(): void;
  /** Back again: what was not acknowledged comes again first, marked `dup`. Disconnects first when it has to. */
  reconnect(): void;
  /** Deliveries that their sender has had no acknowledgement for. */
  readonly unacknowledged: number;
}

/** One delivery of the transport beneath, which stays unsettled there until its acknowledgement gets through. */
interface Held {
  readonly delivery: Delivery;
  isOver: boolean;
}

const RULES: FaultRules = {
  part: 'faultyTransport',
  operations: ['open', 'close', 'publish', 'receive'] satisfies readonly TransportOperation[],
  withTable: [],
  rejectsRows: false,
};

/**
 * Any transport, with the faults of a network and a broker that are switched while it runs.
 * @param options.clock what a slow transport is slow by. Default: the machine's.
 */
export function faultyTransport(transport: Transport, options: { readonly clock?: Clock } = {}): FaultyTransport {
  const unavailable = (words: string): LouverError => new LouverError('E_TRANSPORT', words);
  const board = new FaultBoard<TransportOperation>(RULES, unavailable, options.clock);
  const held = new Set<Held>();
  const queue: Delivery[] = [];
  let connection = 1;
  let isConnected = true;
  let times = 1;
  let dropsAcks = false;
  let wake = (): void => undefined;

  /** What the pipeline sees of it: worth something only while the connection that it came on lasts. */
  function handOut(one: Held, dup: boolean): Delivery {
    const on = connection;
    const settle = (outcome: () => void): void => {
      if (one.isOver || on !== connection || !isConnected) return;
      one.isOver = true;
      held.delete(one);
      outcome();
    };
    return {
      ...one.delivery,
      dup: dup || one.delivery.dup === true,
      ack: (receipt: DurableReceipt) => {
        if (!dropsAcks) settle(() => one.delivery.ack(receipt));
      },
      nack: (cause) => settle(() => one.delivery.nack(cause)),
    };
  }

  function arrived(delivery: Delivery): void {
    const one: Held = { delivery, isOver: false };
    held.add(one);
    if (!isConnected) return;
    queue.push(handOut(one, false));
    for (let copy = 1; copy < times; copy++) {
      queue.push({ ...delivery, dup: true, ack: () => undefined, nack: () => undefined });
    }
    wake();
  }

  function disconnect(): void {
    isConnected = false;
    queue.length = 0;
  }

  return {
    name: transport.name,
    ...(transport.direct !== undefined && { direct: transport.direct }),
    open: (context) => board.run({ op: 'open' }, () => transport.open(context)),
    close: () => board.run({ op: 'close' }, () => transport.close()),
    health: () =>
      isConnected ? (transport.health?.() ?? { ok: true }) : { ok: false, reason: 'injected: disconnected' },
    async *receive(filters, receiving) {
      const { signal } = receiving;
      let failure: { readonly cause: unknown } | undefined;
      let isOver = false;
      const onAbort = (): void => wake();
      signal.addEventListener('abort', onAbort);
      const pump = (async () => {
        for await (const batch of transport.receive(filters, receiving)) {
          await board.run({ op: 'receive', signal }, async () => batch.forEach(arrived));
        }
      })()
        .catch((cause: unknown) => (failure = { cause }))
        .finally(() => {
          isOver = true;
          wake();
        });
      try {
        while (!signal.aborted) {
          if (queue.length > 0) yield queue.splice(0);
          else if (isOver) break;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
        if (failure !== undefined && !signal.aborted) throw failure.cause;
      } finally {
        signal.removeEventListener('abort', onAbort);
        if (signal.aborted) await pump;
      }
    },
    publish: (message, signal) =>
      board.run({ op: 'publish', signal }, () => {
        if (!isConnected) return Promise.reject(new LouverError('E_TRANSPORT', 'injected: disconnected'));
        return transport.publish(message, signal);
      }),
    fail: (fault) => board.fail(fault),
    mend: () => board.mend(),
    calls: (op) => board.calls(op),
    repeat(wanted) {
      times = wanted;
    },
    dropAcknowledgements(drop) {
      dropsAcks = drop;
    },
    disconnect,
    reconnect() {
      disconnect();
      connection++;
      isConnected = true;
      queue.push(...[...held].map((one) => handOut(one, true)));
      wake();
    },
    get unacknowledged() {
      return held.size;
    },
  };
}
