import type { Change, ChangeDetector } from '../change-detector.js';
import type { WindowCommand } from '../command.js';
import type { Context } from '../component.js';
import { withDeadline } from '../deadline.js';
import { LouverError } from '../errors.js';
import type { EpochMs, InboundEvent, Quantity, ScalarReading } from '../event.js';
import type { InferenceEngine, InferenceRequest, InferenceResult } from '../inference-engine.js';
import type { LastRecording, LatestValue } from '../storage-reader.js';
import type { WindowActionRow } from '../tables.js';
import { DeviceState, type DeviceStateOptions } from './device-state.js';

export interface InferenceStageOptions extends DeviceStateOptions {
  readonly detector: ChangeDetector;
  readonly engine: InferenceEngine | undefined;
  readonly maxReplayAgeMs: number;
  readonly timeoutMs: number;
  readonly context: Context;
  /** Before a request goes to an engine elsewhere. */
  readonly onAsk: (request: InferenceRequest) => Promise<void>;
  /** Puts the result where it belongs: row, command, listeners. Rejects when the command did not go out; that is logged here. */
  readonly onResult: (result: InferenceResult) => Promise<void>;
  /** Sends a command once more (P-24). */
  readonly onResend: (command: WindowCommand) => Promise<void>;
}

/** What storage remembers of before this start. */
export interface Recalled {
  readonly latest: readonly LatestValue[];
  readonly lastActions: readonly WindowActionRow[];
  readonly lastRecordings: readonly LastRecording[];
}

interface Pending {
  readonly change: Change;
  /** It comes from before this start. */
  readonly restored: boolean;
  /** A recording is among what led to it: no baseline that is learned later makes it void. */
  readonly recorded: boolean;
}

interface Slot {
  running: boolean;
  /** The newest change that waits; an older one was superseded. */
  pending: Pending | undefined;
  /** The last change, while a required quantity was missing or too old: asked about as soon as it comes. */
  unmet: Change | undefined;
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
  #abandoned = false;

  constructor(private readonly options: InferenceStageOptions) {
    this.#state = new DeviceState(options);
  }

  /** A reading or command from before this start: builds state silently. */
  restore(event: InboundEvent): void {
    const change = this.#update(event);
    if (change !== undefined) this.#postpone(change, event.kind === 'waveform', true);
  }

  /** The baseline of change detection, the newest values and sounds. Never overrides what is newer. */
  recall({ latest, lastActions, lastRecordings }: Recalled): void {
    for (const recording of lastRecordings) this.#state.recallAudio(recording);
    for (const { deviceId, quantity, value, timestampMs } of latest) {
      if (!this.#state.updateScalar(deviceId, quantity, value, timestampMs)) continue;
      // Only so that the detector knows the value: what was stored was asked about then.
      this.options.detector.observe(remembered(deviceId, quantity, value, timestampMs));
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
      const { pending } = slot;
      slot.pending = undefined;
      if (pending === undefined) continue;
      const tooOld = nowMs - this.#state.newestReadingMs(deviceId) > this.options.maxReplayAgeMs;
      if (!(pending.restored && tooOld)) this.#request(pending.change, slot);
    }
  }

  observe(event: InboundEvent): void {
    if (event.kind === 'device-status' && event.online) this.#resend(event.deviceId);
    const found = this.#update(event);
    if (found !== undefined) this.#count('detections_total');
    const change = found ?? this.#unmet(event);
    if (change === undefined) return;
    const slot = this.#slotOf(change.deviceId);
    if (!this.#begun || slot.running) return this.#postpone(change, event.kind === 'waveform', false);
    this.#request(change, slot);
  }

  #unmet(event: InboundEvent): Change | undefined {
    if (event.kind !== 'scalar' || !this.options.required.includes(event.quantity)) return undefined;
    const change = this.#slots.get(event.deviceId)?.unmet;
    if (change === undefined) return undefined;
    return event.timestampMs - change.timestampMs <= this.options.maxAgeMs ? change : undefined;
  }

  /** Gives up what an engine elsewhere has not answered, and asks it nothing more: its answer may never come. */
  abandon(): void {
    const remote = this.options.engine?.remote;
    if (remote === undefined) return;
    this.#abandoned = true;
    for (const slot of this.#slots.values()) slot.pending = undefined;
    remote.abandon();
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

  /**
   * Takes the values that an action was decided from as the baseline, and drops what waited and is older than the action or, measured
   * by them, no change. An action that was decided from nothing (a person's) says nothing.
   */
  #rebase(deviceId: string, actedMs: EpochMs, temperature: number, humidity: number): void {
    if (Number.isNaN(temperature) && Number.isNaN(humidity)) return;
    const device = this.#state.of(deviceId);
    if (actedMs < device.baselineMs) return;
    device.baselineMs = actedMs;
    this.options.detector.rebase(deviceId, { temperature, humidity });
    const slot = this.#slots.get(deviceId);
    if (slot?.pending === undefined) return;
    const { change, recorded } = slot.pending;
    if (change.timestampMs <= actedMs || !(recorded || this.#differs(deviceId))) slot.pending = undefined;
  }

  /** Whether any of the newest values is a change. */
  #differs(deviceId: string): boolean {
    for (const { quantity, value, timestampMs } of this.#state.of(deviceId).scalars) {
      if (this.options.detector.observe(remembered(deviceId, quantity, value, timestampMs)) !== undefined) return true;
    }
    return false;
  }

  #postpone(change: Change, recorded: boolean, restored: boolean): void {
    const slot = this.#slotOf(change.deviceId);
    if (slot.pending !== undefined && this.#begun) this.#count('inference_superseded_total');
    slot.pending = { change, restored, recorded: recorded || slot.pending?.recorded === true };
  }

  #request(change: Change, slot: Slot): void {
    const { engine, context } = this.options;
    if (engine === undefined) return;
    const { deviceId, messageId, timestampMs, triggers } = change;
    const nowMs = context.clock.now();
    const request = this.#state.requestFor(deviceId, messageId, timestampMs, nowMs);
    slot.unmet = undefined;
    if ('missing' in request) {
      slot.unmet = change;
      context.logger.debug('no request', { deviceId, messageId, missing: request.missing });
      return;
    }
    this.#state.of(deviceId).baselineMs = nowMs;
    context.logger.debug('inference requested', { deviceId, requestId: messageId, triggers });
    slot.running = true;
    this.#running++;
    this.#tellQueue();
    void this.#infer(engine, request).finally(() => this.#finished(deviceId, slot));
  }

  async #infer(engine: InferenceEngine, request: InferenceRequest): Promise<void> {
    const { detector, context, onAsk } = this.options;
    const { remote } = engine;
    const { deviceId, requestId } = request;
    const startedMs = performance.now();
    const { lastCommand, reportedPosition } = this.#state.of(deviceId);
    const situation = {
      ...(lastCommand && { lastCommand }),
      ...(reportedPosition !== undefined && { reportedPosition }),
    };
    try {
      detector.rebase(deviceId, request.scalars);
      const timeoutMs = remote?.timeoutMs ?? this.options.timeoutMs;
      const what = remote === undefined ? 'the inference' : 'the answer to the inference request';
      const result = await withDeadline(context.clock, timeoutMs, what, async (signal) => {
        if (remote !== undefined) await onAsk(request);
        return engine.infer(request, situation, signal);
      });
      if (result !== undefined) await this.#deliver(result);
      context.metrics.observe('inference_ms', performance.now() - startedMs);
    } catch (error) {
      if (this.#abandoned) return;
      const { code, message } = LouverError.from(error, 'E_MODEL');
      // Somebody else who asks the same predictor has asked about the device since.
      if (code === 'E_SUPERSEDED') return this.#count('inference_superseded_total');
      context.metrics.count('inference_failed_total', { code });
      // Nobody has decided about these values: the next readings are asked about.
      if (remote !== undefined) detector.forget(deviceId);
      context.logger.error('inference failed', { deviceId, requestId, code, error: message });
    }
  }

  /** A window that was not told to move is asked about again by the next readings: its baseline is nobody's decision. */
  async #deliver(result: InferenceResult): Promise<void> {
    try {
      await this.options.onResult(result);
    } catch (error) {
      this.options.detector.forget(result.deviceId);
      throw error;
    }
  }

  #finished(deviceId: string, slot: Slot): void {
    slot.running = false;
    this.#running--;
    this.#tellQueue();
    const { pending } = slot;
    slot.pending = undefined;
    if (pending !== undefined) this.#request(pending.change, slot);
    // A device that is quiet costs nothing here.
    if (!slot.running && slot.unmet === undefined) this.#slots.delete(deviceId);
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
      slot = { running: false, pending: undefined, unmet: undefined };
      this.#slots.set(deviceId, slot);
    }
    return slot;
  }

  #tellQueue(): void {
    this.options.context.metrics.gauge('inference_queue', this.#running);
  }

  #count(name: string): void {
    this.options.context.metrics.count(name);
  }
}

/** A value that is known, but not from a message of now. */
function remembered(deviceId: string, quantity: Quantity, value: number, timestampMs: EpochMs): ScalarReading {
  return {
    kind: 'scalar', deviceId, quantity, value, timestampMs, timeSource: 'server', deviceTimestamp: '',
    receivedAtMs: timestampMs, messageId: '', identified: false,
  }; // prettier-ignore
}
