import type { Change, ChangeDetector } from '../change-detector.js';
import type { WindowCommand } from '../command.js';
import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { EpochMs, InboundEvent } from '../event.js';
import type { InferenceEngine, InferenceResult } from '../inference-engine.js';
import type { LatestValue } from '../storage.js';
import type { WindowActionRow } from '../tables.js';
import { DeviceState, type DeviceStateOptions } from './device-state.js';

export interface InferenceStageOptions extends DeviceStateOptions {
  readonly detector: ChangeDetector;
  readonly engine: InferenceEngine | undefined;
  readonly maxReplayAgeMs: number;
  readonly timeoutMs: number;
  readonly context: Context;
  /** Puts the result where it belongs: row, command, listeners. A rejection is logged here. */
  readonly onResult: (result: InferenceResult) => Promise<void>;
  /** Sends a command once more (P-24). */
  readonly onResend: (command: WindowCommand) => Promise<void>;
}

interface Slot {
  running: boolean;
  /** The newest change that waits; an older one was superseded. */
  pending: Change | undefined;
  /** The pending change comes from before this start. */
  restored: boolean;
}

/**
 * Change → request → engine → result, latest-wins per device. Until `begin` only the state is built: what is replayed after a restart leads
 * to at most one inference per device.
 */
export class InferenceStage {
  readonly #state: DeviceState;
  readonly #slots = new Map<string, Slot>();
  readonly #idleWaiters: (() => void)[] = [];
  #running = 0;
  #begun = false;

  constructor(private readonly options: InferenceStageOptions) {
    this.#state = new DeviceState(options);
  }

  /** A reading or command from before this start: builds state silently. */
  restore(event: InboundEvent): void {
    const change = this.#update(event);
    if (change !== undefined) this.#postpone(change, true);
  }

  /** What storage remembers: the baseline of change detection and the newest values. Never overrides what is newer. */
  recall(latest: readonly LatestValue[], lastActions: readonly WindowActionRow[]): void {
    for (const { deviceId, quantity, value, timestampMs } of latest) {
      if (!this.#state.updateScalar(deviceId, quantity, value, timestampMs)) continue;
      // Only so that the detector knows the value: what was stored was asked about then.
      this.options.detector.observe({
        kind: 'scalar', deviceId, quantity, value, timestampMs, timeSource: 'server', deviceTimestamp: '',
        receivedAtMs: timestampMs, messageId: '', identified: false,
      }); // prettier-ignore
    }
    for (const { device_id, timestamp, temperature, humidity } of lastActions) {
      this.#rebase(device_id, timestamp, temperature, humidity);
    }
  }

  /** From now on changes are asked about, first those that waited. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const nowMs = this.options.context.clock.now();
    for (const [deviceId, slot] of this.#slots) {
      const change = slot.pending;
      slot.pending = undefined;
      if (change === undefined) continue;
      const tooOld = nowMs - this.#state.newestReadingMs(deviceId) > this.options.maxReplayAgeMs;
      if (!(slot.restored && tooOld)) this.#request(change, slot);
    }
  }

  observe(event: InboundEvent): void {
    if (event.kind === 'device-status' && event.online) this.#resend(event.deviceId);
    const change = this.#update(event);
    if (change === undefined || this.options.engine === undefined) return;
    if (!this.#begun) return this.#postpone(change, false);
    const slot = this.#slotOf(change.deviceId);
    if (!slot.running) return this.#request(change, slot);
    if (slot.pending !== undefined) this.#count('inference_superseded_total');
    slot.pending = change;
  }

  /** Resolves when no inference runs or waits. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #update(event: InboundEvent): Change | undefined {
    switch (event.kind) {
      case 'scalar':
        if (!this.#state.updateScalar(event.deviceId, event.quantity, event.value, event.timestampMs)) return undefined;
        return this.options.detector.observe(event);
      case 'waveform':
        return this.#state.updateRecording(event) ? this.options.detector.observe(event) : undefined;
      case 'command-seen': {
        const { command } = event;
        this.#state.updateCommand(command);
        const { temperature, humidity } = command.featuresUsed;
        if (!this.#begun) this.#rebase(command.deviceId, command.timestampMs, temperature, humidity);
        return undefined;
      }
      case 'window-state':
        if (Number.isFinite(event.position)) this.#state.of(event.deviceId).reportedPosition = event.position;
        return undefined;
      default:
        return undefined;
    }
  }

  /** Takes the values that an action was decided from as the baseline, and drops what waited and is older than the action. */
  #rebase(deviceId: string, actedMs: EpochMs, temperature: number, humidity: number): void {
    const device = this.#state.of(deviceId);
    if (actedMs < device.baselineMs) return;
    device.baselineMs = actedMs;
    this.options.detector.rebase(deviceId, { temperature, humidity });
    const slot = this.#slots.get(deviceId);
    if (slot?.pending !== undefined && slot.pending.timestampMs <= actedMs) slot.pending = undefined;
  }

  #postpone(change: Change, restored: boolean): void {
    const slot = this.#slotOf(change.deviceId);
    slot.pending = change;
    slot.restored = restored;
  }

  #request(change: Change, slot: Slot): void {
    const { detector, engine, context } = this.options;
    const { deviceId, messageId, timestampMs, triggers } = change;
    const nowMs = context.clock.now();
    const request = this.#state.requestFor(deviceId, messageId, timestampMs, nowMs);
    if ('missing' in request) {
      context.logger.debug('no request', { deviceId, messageId, missing: request.missing });
      return;
    }
    detector.rebase(deviceId, request.scalars);
    const device = this.#state.of(deviceId);
    device.baselineMs = nowMs;
    context.logger.debug('inference requested', { deviceId, requestId: messageId, triggers });
    slot.running = true;
    this.#running++;
    const { lastCommand, reportedPosition } = device;
    const situation = {
      ...(lastCommand && { lastCommand }),
      ...(reportedPosition !== undefined && { reportedPosition }),
    };
    const settled = new AbortController();
    const timeout = new AbortController();
    void context.clock.sleep(this.options.timeoutMs, settled.signal).then(() => timeout.abort());
    void engine!
      .infer(request, situation, timeout.signal)
      .then((result) => (result === undefined ? undefined : this.options.onResult(result)))
      .catch((error: unknown) => {
        this.#count('inference_failed_total');
        const { code, message } = LouverError.from(error, 'E_MODEL');
        context.logger.error('inference failed', { deviceId, requestId: messageId, code, error: message });
      })
      .finally(() => {
        settled.abort();
        this.#finished(slot);
      });
  }

  #finished(slot: Slot): void {
    slot.running = false;
    this.#running--;
    const next = slot.pending;
    slot.pending = undefined;
    if (next !== undefined) this.#request(next, slot);
    if (this.#running === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #resend(deviceId: string): void {
    const { context, onResend } = this.options;
    const command = this.#state.of(deviceId).lastCommand;
    if (command?.expiresAtMs === undefined || command.expiresAtMs <= context.clock.now()) return;
    this.#count('command_resent_total');
    onResend(command).catch((error: unknown) => {
      context.logger.warn('command not sent again', { deviceId, commandId: command.commandId, error: String(error) });
    });
  }

  #slotOf(deviceId: string): Slot {
    let slot = this.#slots.get(deviceId);
    if (slot === undefined) {
      slot = { running: false, pending: undefined, restored: false };
      this.#slots.set(deviceId, slot);
    }
    return slot;
  }

  #count(name: string): void {
    this.options.context.metrics.count(name);
  }
}
