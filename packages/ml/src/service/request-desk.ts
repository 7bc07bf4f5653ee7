import { setMaxListeners } from 'node:events';
import {
  durableReceipt,
  heldResult,
  LouverError,
  withDeadline,
  type Codec,
  type Context,
  type Delivery,
  type InferenceEngine,
  type InferenceRequest,
  type InferenceResult,
  type Onlookers,
  type Transport,
  type WindowCommand,
} from '@louver/core';
import type { InferenceServiceEvents } from './inference-service.js';

export interface RequestDeskOptions {
  readonly transport: Transport;
  readonly codec: Codec;
  readonly engine: InferenceEngine;
  readonly timeoutMs: number;
  readonly context: Context;
  readonly onlookers: Onlookers<InferenceServiceEvents>;
}

interface Asked {
  readonly request: InferenceRequest;
  readonly delivery: Delivery;
}

/** Last commands that are remembered for policies; some 500 bytes each. */
const MAX_DEVICES = 100_000;

/** Request → engine → command → acknowledgement; one at a time per device, of those that wait the newest. */
export class RequestDesk {
  /** Devices that are being asked about, with the request that waits. */
  readonly #busy = new Map<string, Asked | undefined>();
  readonly #lastCommands = new Map<string, WindowCommand>();
  readonly #abandon = new AbortController();
  readonly #idleWaiters: (() => void)[] = [];
  #deliveries = 0;

  constructor(private readonly options: RequestDeskOptions) {
    // Every publish under way listens.
    setMaxListeners(0, this.#abandon.signal);
  }

  take(delivery: Delivery): void {
    const { codec, context } = this.options;
    const { topic, payload, receivedAtMs } = delivery;
    const deliveryId = `${receivedAtMs}:${this.#deliveries++}`;
    context.metrics.count('requests_total');
    // Kept by the broker: nobody knows since when.
    if (delivery.retained) return this.#settle(delivery);
    try {
      const events = codec.decode({ topic, payload, receivedAtMs, deliveryId });
      const asked = events.find((event) => event.kind === 'inference-asked');
      if (asked === undefined) this.#settle(delivery);
      else this.#enqueue({ request: asked.request, delivery });
    } catch (error) {
      const cause = LouverError.from(error, 'E_DECODE');
      context.metrics.count('requests_refused_total', { reason: cause.reason ?? 'wrong-type' });
      context.logger.warn('request refused', { topic, reason: cause.reason, error: cause.message });
      this.options.onlookers.emit('error', cause);
      this.#settle(delivery);
    }
  }

  /** Gives up what cannot be published: it comes again after the next start. */
  abandon(): void {
    this.#abandon.abort();
  }

  /** Resolves when nothing is being answered. */
  idle(): Promise<void> {
    if (this.#busy.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #enqueue(asked: Asked): void {
    const { deviceId } = asked.request;
    if (!this.#busy.has(deviceId)) {
      this.#busy.set(deviceId, undefined);
      this.#tellQueue();
      void this.#answerAll(deviceId, asked);
      return;
    }
    const superseded = this.#busy.get(deviceId);
    if (superseded !== undefined) {
      this.options.context.metrics.count('requests_superseded_total');
      this.#settle(superseded.delivery);
    }
    this.#busy.set(deviceId, asked);
  }

  async #answerAll(deviceId: string, first: Asked): Promise<void> {
    for (let asked: Asked | undefined = first; asked !== undefined; asked = this.#busy.get(deviceId)) {
      this.#busy.set(deviceId, undefined);
      await this.#answer(asked);
    }
    this.#busy.delete(deviceId);
    this.#tellQueue();
    if (this.#busy.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  async #answer({ request, delivery }: Asked): Promise<void> {
    const { onlookers } = this.options;
    try {
      await this.#publish(await this.#infer(request));
      this.#settle(delivery);
    } catch (error) {
      const cause = LouverError.from(error, 'E_TRANSPORT');
      this.#failed(request, cause);
      onlookers.emit('error', cause);
      if (!cause.retryable) this.#settle(delivery);
      // Not settled when we go: the broker has it for the next start.
      else if (!this.#abandon.signal.aborted) delivery.nack(cause);
    }
  }

  /** What the engine says; that it failed is an answer too, so that nobody waits for one. */
  async #infer(request: InferenceRequest): Promise<InferenceResult> {
    const { engine, context, timeoutMs, onlookers } = this.options;
    const lastCommand = this.#lastCommands.get(request.deviceId);
    const startedMs = performance.now();
    try {
      const result = await withDeadline(context.clock, timeoutMs, 'the inference', (signal) =>
        engine.infer(request, lastCommand === undefined ? {} : { lastCommand }, signal),
      );
      context.metrics.observe('inference_ms', performance.now() - startedMs);
      return result ?? heldResult(request, '', 'no-answer');
    } catch (error) {
      const cause = LouverError.from(error, 'E_MODEL');
      context.metrics.count('inference_failed_total', { code: cause.code });
      this.#failed(request, cause);
      onlookers.emit('error', cause);
      return heldResult(request, '', `failed:${cause.code}`);
    }
  }

  #failed({ deviceId, requestId }: InferenceRequest, { code, message }: LouverError): void {
    this.options.context.metrics.count('requests_failed_total', { code });
    this.options.context.logger.error('request not answered', { deviceId, requestId, code, error: message });
  }

  async #publish(result: InferenceResult): Promise<void> {
    const { transport, codec, context, onlookers } = this.options;
    const { command, deviceId, requestId } = result;
    const { signal } = this.#abandon;
    onlookers.emit('prediction', result);
    if (command === undefined) {
      this.#countCommand('held');
      context.logger.info('command held', { deviceId, requestId, reason: result.reason });
    } else {
      await transport.publish(codec.encode(command), signal).catch((error: unknown) => {
        this.#countCommand('failed');
        throw error;
      });
      this.#countCommand('sent');
      this.#remember(command);
      const { commandId, position, confidence } = command;
      context.logger.info('command sent', { deviceId, requestId, commandId, position, confidence });
      onlookers.emit('command', command);
    }
    await transport.publish(codec.encode(result), signal);
  }

  #countCommand(result: 'sent' | 'held' | 'failed'): void {
    this.options.context.metrics.count('commands_total', { source: 'model', result });
  }

  #remember(command: WindowCommand): void {
    this.#lastCommands.delete(command.deviceId);
    this.#lastCommands.set(command.deviceId, command);
    if (this.#lastCommands.size <= MAX_DEVICES) return;
    for (const oldest of this.#lastCommands.keys()) {
      this.#lastCommands.delete(oldest);
      return;
    }
  }

  #tellQueue(): void {
    this.options.context.metrics.gauge('inference_queue', this.#busy.size);
  }

  #settle(delivery: Delivery): void {
    delivery.ack(durableReceipt('answered', this.options.context.clock.now()));
  }
}
