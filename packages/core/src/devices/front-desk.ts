import type { Asked } from '../asked.js';
import type { DeviceTalk } from '../codec.js';
import type { Context } from '../component.js';
import { durableReceipt, type Delivery } from '../delivery.js';
import { LouverError, withoutCode } from '../errors.js';
import type { EpochMs } from '../event.js';
import type { TimeTeller } from './time-teller.js';

/** Between two lines of the log about what cannot be answered: whoever asks wrongly does so again and again. */
const SAY_EVERY_MS = 10_000;

export interface FrontDeskOptions {
  readonly talk: DeviceTalk;
  readonly time: TimeTeller;
  readonly context: Context;
}

/**
 * What is asked of the backend itself is answered here, at once: it waits for neither journal nor storage, and what is malformed is counted,
 * not set aside, since nobody would mend it.
 */
export class FrontDesk {
  readonly #said = new Map<Asked['kind'], { readonly atMs: EpochMs; unsaid: number }>();

  constructor(private readonly options: FrontDeskOptions) {}

  /** Whether it was for here; then it is settled here. */
  take(delivery: Delivery): boolean {
    const kind = this.options.talk.askedAt(delivery.topic);
    if (kind === undefined) return false;
    // What a broker has kept was asked long ago.
    if (delivery.retained) this.#refuse(kind, delivery.topic, 'it was retained, and asks for nothing now');
    else this.#answer(kind, delivery);
    delivery.ack(durableReceipt('none', this.options.context.clock.now()));
    return true;
  }

  #answer(kind: Asked['kind'], { topic, payload, receivedAtMs }: Delivery): void {
    const { talk, time } = this.options;
    let asked: Asked;
    try {
      asked = talk.decodeAsked(topic, payload);
    } catch (error) {
      return this.#refuse(kind, topic, withoutCode(LouverError.from(error, 'E_DECODE').message));
    }
    time.tell(asked, receivedAtMs);
  }

  #refuse(kind: Asked['kind'], topic: string, why: string): void {
    const { clock, logger, metrics } = this.options.context;
    metrics.count('asked_refused_total', { kind });
    const said = this.#said.get(kind);
    const nowMs = clock.now();
    if (said !== undefined && Math.abs(nowMs - said.atMs) < SAY_EVERY_MS) {
      said.unsaid++;
      return;
    }
    this.#said.set(kind, { atMs: nowMs, unsaid: 0 });
    logger.warn('not answered', { topic, why, ...(said && said.unsaid > 0 && { othersSince: said.unsaid }) });
  }
}
