import type { Told } from '../asked.js';
import type { Context } from '../component.js';
import { backoffMs } from '../retry.js';
import { configState, type DeviceConfig } from './config-shadow.js';

const RETRY = { baseMs: 200, maxMs: 30_000 };

export interface ConfigTellerOptions {
  /** Rejects when the broker did not take it. */
  readonly tell: (told: Told) => Promise<unknown>;
  /** `undefined`: no such device any more. */
  readonly configOf: (deviceId: string) => DeviceConfig | undefined;
  readonly context: Context;
  readonly signal: AbortSignal;
}

/**
 * Sees to it that the broker has, retained, what people want of each device (P-36): always the newest, also when it was away, and again for
 * a device that comes and has not got it, since a broker may have lost it.
 */
export class ConfigTeller {
  /** In the order in which they are told. */
  readonly #waiting = new Set<string>();
  #telling: Promise<void> = Promise.resolve();
  #isTelling = false;
  #begun = false;

  constructor(private readonly options: ConfigTellerOptions) {}

  /** There is somebody to tell. */
  begin(): void {
    this.#begun = true;
    this.#goOn();
  }

  /** Told as soon as that is possible, unless the device has it. */
  offer(deviceId: string): void {
    if (!this.#isWanted(deviceId)) return;
    this.#waiting.add(deviceId);
    this.#goOn();
  }

  /** Tells it now; otherwise later. Resolves to whether the broker has it. */
  async tell(deviceId: string): Promise<boolean> {
    try {
      const version = await this.#publish(deviceId);
      // A newer one may be wanted by now that the broker did not take.
      if (version === this.options.configOf(deviceId)?.desired?.version) this.#waiting.delete(deviceId);
      return true;
    } catch (error) {
      this.options.context.logger.warn('a configuration is not published yet', { deviceId, error: String(error) });
      this.offer(deviceId);
      return false;
    }
  }

  async idle(): Promise<void> {
    await this.#telling;
  }

  #isWanted(deviceId: string): boolean {
    const config = this.options.configOf(deviceId);
    return config !== undefined && configState(config) === 'pending';
  }

  #goOn(): void {
    if (this.#begun && !this.#isTelling) this.#telling = this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    const { context, signal } = this.options;
    this.#isTelling = true;
    for (let attempt = 0; this.#waiting.size > 0 && !signal.aborted;) {
      const deviceId = this.#waiting.values().next().value!;
      // Before: what is wanted meanwhile puts it in again.
      this.#waiting.delete(deviceId);
      try {
        if (this.#isWanted(deviceId)) await this.#publish(deviceId);
        attempt = 0;
      } catch (error) {
        // Behind the others: one that cannot be told keeps nobody waiting.
        this.#waiting.add(deviceId);
        context.logger.debug('a configuration is not published yet', { deviceId, error: String(error) });
        await context.clock.sleep(backoffMs(attempt++, RETRY, context.random), signal);
      }
    }
    // In the turn of the last look: what comes from now on begins anew.
    this.#isTelling = false;
  }

  /** Resolves to the version that the broker has. */
  async #publish(deviceId: string): Promise<number | undefined> {
    const desired = this.options.configOf(deviceId)?.desired;
    if (desired === undefined) return undefined;
    const { version, values } = desired;
    await this.options.tell({ kind: 'desired-config', deviceId, version, values });
    return version;
  }
}
