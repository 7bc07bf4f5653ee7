import type { TimeAsked } from '../asked.js';
import type { DeviceTalk } from '../codec.js';
import type { Context } from '../component.js';
import { withDeadline } from '../deadline.js';
import type { EpochMs } from '../event.js';
import type { Transport } from '../transport.js';

/** Answers under way; what is asked beyond that is asked again by a device that needs it. */
const MAX_UNDER_WAY = 1_000;
/** A device believes no answer that took longer (P-37). */
const USELESS_AFTER_MS = 10_000;

export interface TimeTellerOptions {
  readonly talk: DeviceTalk;
  readonly transport: Transport;
  readonly context: Context;
}

/** Tells devices the time (P-37), one answer under way for each. */
export class TimeTeller {
  readonly #underWay = new Set<string>();

  constructor(private readonly options: TimeTellerOptions) {}

  /** @param receivedAtMs when it was asked. */
  tell({ deviceId, deviceSentMs }: TimeAsked, receivedAtMs: EpochMs): void {
    const { metrics, logger } = this.options.context;
    if (this.#underWay.has(deviceId) || this.#underWay.size >= MAX_UNDER_WAY) {
      metrics.count('time_requests_total', { outcome: 'shed' });
      return;
    }
    this.#underWay.add(deviceId);
    void this.#publish(deviceId, deviceSentMs, receivedAtMs)
      .then(
        () => metrics.count('time_requests_total', { outcome: 'answered' }),
        (error: unknown) => {
          metrics.count('time_requests_total', { outcome: 'failed' });
          logger.debug('a device was not told the time', { deviceId, error: String(error) });
        },
      )
      .finally(() => this.#underWay.delete(deviceId));
  }

  async #publish(deviceId: string, deviceSentMs: number, serverReceivedMs: EpochMs): Promise<void> {
    const { talk, transport } = this.options;
    const { clock } = this.options.context;
    // Never before it was asked, also when the clock is set back meanwhile.
    const serverSentMs = Math.max(clock.now(), serverReceivedMs);
    const told = { kind: 'time-told', deviceId, deviceSentMs, serverReceivedMs, serverSentMs } as const;
    await withDeadline(clock, USELESS_AFTER_MS, 'telling the time', (signal) =>
      transport.publish(talk.encodeTold(told), signal),
    );
  }
}
