import type { Asked, WindowAsked } from '../asked.js';
import type { DeviceTalk } from '../codec.js';
import type { Context } from '../component.js';
import { durableReceipt, type Delivery, type DurableReceipt } from '../delivery.js';
import { LouverError, withoutCode } from '../errors.js';
import type { EpochMs } from '../event.js';
import type { ManualControl } from './manual-control.js';
import type { TimeTeller } from './time-teller.js';

/** Between two lines of the log about what cannot be answered: whoever asks wrongly does so again and again. */
const SAY_EVERY_MS = 10_000;
const MAX_SAID = 1_000;

export interface FrontDeskOptions {
  readonly talk: DeviceTalk;
  readonly time: TimeTeller;
  readonly windows: ManualControl;
  readonly context: Context;
}

/**
 * What is asked of the backend itself is answered here, at once: it waits for neither journal nor storage, and what is malformed is counted,
 * not set aside, since nobody would mend it.
 */
export class FrontDesk {
  readonly #said = new Map<string, { readonly atMs: EpochMs; unsaid: number }>();

  constructor(private readonly options: FrontDeskOptions) {}

  /** Whether it was for here; then it is settled here. */
  take(delivery: Delivery): boolean {
    const kind = this.options.talk.askedAt(delivery.topic);
    if (kind === undefined) return false;
    // What a broker has kept was asked long ago.
    if (delivery.retained)
      this.#refuse(kind, delivery.topic, new LouverError('E_DECODE', 'it was retained, and asks for nothing now'));
    else if (this.#answer(kind, delivery) === 'later') return true;
    delivery.ack(this.#receipt('none'));
    return true;
  }

  /** `later`: what is asked settles it when it is done. */
  #answer(kind: Asked['kind'], delivery: Delivery): 'done' | 'later' {
    const { talk, time } = this.options;
    const { topic, payload, receivedAtMs } = delivery;
    let asked: Asked;
    try {
      asked = talk.decodeAsked(topic, payload);
    } catch (error) {
      this.#refuse(kind, topic, LouverError.from(error, 'E_DECODE'));
      return 'done';
    }
    if (asked.kind === 'time-asked') {
      time.tell(asked, receivedAtMs);
      return 'done';
    }
    void this.#move(asked, delivery);
    return 'later';
  }

  /** Settled when the command is out: until then its sender has the demand still. */
  async #move({ kind, deviceId, wanted }: WindowAsked, delivery: Delivery): Promise<void> {
    try {
      await this.options.windows.move(deviceId, wanted, { isRepeat: delivery.dup === true });
      delivery.ack(this.#receipt('answered'));
    } catch (error) {
      const cause = LouverError.from(error, 'E_TRANSPORT');
      this.#refuse(kind, delivery.topic, cause);
      if (cause.code === 'E_CONFIG') delivery.ack(this.#receipt('none'));
      else delivery.nack(cause);
    }
  }

  #receipt(level: DurableReceipt['level']): DurableReceipt {
    return durableReceipt(level, this.options.context.clock.now());
  }

  #refuse(kind: Asked['kind'], topic: string, { code, message }: LouverError): void {
    const { clock, logger, metrics } = this.options.context;
    metrics.count('asked_refused_total', { kind });
    // People are few, and each is told; devices are many.
    const about = kind === 'time-asked' ? kind : `${topic} ${code}`;
    const said = this.#said.get(about);
    const nowMs = clock.now();
    if (said !== undefined && Math.abs(nowMs - said.atMs) < SAY_EVERY_MS) {
      said.unsaid++;
      return;
    }
    if (this.#said.size >= MAX_SAID) this.#said.clear();
    this.#said.set(about, { atMs: nowMs, unsaid: 0 });
    const othersSince = said !== undefined && said.unsaid > 0 ? { othersSince: said.unsaid } : {};
    logger.warn('not answered', { topic, why: withoutCode(message), ...othersSince });
  }
}
