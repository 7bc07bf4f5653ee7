import {
  backoffMs,
  withDeadline,
  type Context,
  type DeviceRow,
  type OutboundMessage,
  type Transport,
} from '@louver/core';
import { discoveryMessage, discoveryRemoval, esp32Topics, type TopicPatterns, type Topics } from '@louver/device-esp32';

const RETRY = { baseMs: 200, maxMs: 30_000 };
const PUBLISH_WITHIN_MS = 10_000;

export interface AnnouncerOptions {
  readonly transport: Pick<Transport, 'publish'>;
  readonly topics: Partial<TopicPatterns>;
  readonly prefix: string;
  readonly version: string;
  readonly context: Context;
}

/**
 * Tells Home Assistant which devices there are (P-39), retained: each when it is registered, and all of them at every start, since a broker may
 * have lost it. What the broker does not take is tried again.
 */
export class Announcer {
  /** By device, the newest in its place. */
  readonly #waiting = new Map<string, OutboundMessage>();
  readonly #stop = new AbortController();
  #isTelling = false;
  #begun = false;

  readonly #topics: Topics;

  constructor(private readonly options: AnnouncerOptions) {
    this.#topics = esp32Topics(options.topics);
  }

  /** Called with what becomes of devices: the pipeline's event `device`. */
  observe(row: DeviceRow, event: string): void {
    if (row.deleted_at === 0 && event !== 'known' && event !== 'registered') return;
    this.#waiting.set(row.device_id, this.#messageOf(row));
    this.#goOn();
  }

  /** The broker is there. */
  begin(): void {
    this.#begun = true;
    this.#goOn();
  }

  /** What the broker has not got by now it gets at the next start. */
  close(): void {
    this.#stop.abort();
  }

  #messageOf({ device_id: deviceId, name, device_type: type, deleted_at: deletedMs }: DeviceRow): OutboundMessage {
    const { prefix, version } = this.options;
    if (deletedMs !== 0) return discoveryRemoval(deviceId, { prefix });
    const device = { deviceId, name: name || deviceId, ...(type !== '' && { model: type }) };
    return discoveryMessage(device, { topics: this.#topics, prefix, version });
  }

  #goOn(): void {
    if (this.#begun && !this.#isTelling && !this.#stop.signal.aborted) void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    const { transport, context } = this.options;
    const { signal } = this.#stop;
    this.#isTelling = true;
    for (let attempt = 0; this.#waiting.size > 0 && !signal.aborted;) {
      const [deviceId, message] = this.#waiting.entries().next().value!;
      try {
        await withDeadline(context.clock, PUBLISH_WITHIN_MS, `publishing to ${message.topic}`, (late) =>
          transport.publish(message, late),
        );
        if (this.#waiting.get(deviceId) === message) this.#waiting.delete(deviceId);
        attempt = 0;
      } catch (error) {
        // Behind the others: one that cannot be told keeps nobody waiting.
        const newest = this.#waiting.get(deviceId) ?? message;
        this.#waiting.delete(deviceId);
        this.#waiting.set(deviceId, newest);
        context.logger.debug('Home Assistant was not told of a device yet', { deviceId, error: String(error) });
        await context.clock.sleep(backoffMs(attempt++, RETRY, context.random), signal);
      }
    }
    // In the turn of the last look: what comes from now on begins anew.
    this.#isTelling = false;
  }
}
