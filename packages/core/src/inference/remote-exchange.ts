import type { Codec } from '../codec.js';
import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { InboundEvent, InferenceAnswered } from '../event.js';
import type { Onlookers } from '../events.js';
import { Attribution } from '../ingest/attribution.js';
import type { InferenceRequest, InferenceResult, RemoteLink } from '../inference-engine.js';
import type { DeliveryRecord } from '../journal.js';
import type { PipelineEvents } from '../options.js';

export interface RemoteExchangeOptions {
  readonly remote: RemoteLink;
  readonly codec: Codec;
  readonly context: Context;
  /** Puts a record into the journal before it resolves. */
  readonly record: (record: DeliveryRecord) => Promise<void>;
  readonly onlookers: Onlookers<PipelineEvents>;
}

/** The pipeline's side of an engine that is elsewhere: what is asked goes through the journal, what is answered to whom it concerns. */
export class RemoteExchange {
  /** What is received besides readings. */
  readonly filters: readonly string[];
  readonly attribution: Attribution;
  readonly #options: RemoteExchangeOptions;
  /** Newest command of each device: one that is sent again is no news. */
  readonly #lastCommands = new Map<string, string>();

  constructor(options: RemoteExchangeOptions) {
    const { codec, remote, context } = options;
    if (codec.answerFilters === undefined) {
      throw new LouverError(
        'E_CONFIG',
        'the engine is elsewhere and the codec has no `answerFilters`: use one that has',
      );
    }
    this.#options = options;
    this.filters = codec.answerFilters;
    this.attribution = new Attribution({ timeoutMs: remote.timeoutMs, startedMs: context.clock.now() });
  }

  /**
   * Notes the request as if it had been read back from the broker, without the sound: a legacy service's command is attributed to it also
   * after a crash (P-27).
   */
  async asked({ recording, knownAudio: _unsent, ...request }: InferenceRequest): Promise<void> {
    const { codec, context, record } = this.#options;
    const knownAudio = recording && { sha256: recording.sha256, recipe: '', values: {} };
    const { topic, payload } = codec.encode({ ...request, ...(knownAudio && { knownAudio }) });
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    await record({ type: 'delivery', topic, payload: bytes, receivedAtMs: context.clock.now() });
  }

  observe(event: InboundEvent): void {
    const { remote, onlookers } = this.#options;
    remote.observe(event);
    if (event.kind === 'inference-answered') onlookers.emit('prediction', resultOf(event));
    if (event.kind !== 'command-seen') return;
    const { deviceId, command } = event;
    if (this.#lastCommands.get(deviceId) === command.commandId) return;
    this.#lastCommands.set(deviceId, command.commandId);
    onlookers.emit('command', command);
  }
}

function resultOf({ deviceId, timestampMs, answer }: InferenceAnswered): InferenceResult {
  const { requestId, prediction: value, confidence, inferenceMs, modelVersion, held, reason } = answer;
  const base = { kind: 'inference-result', requestId, deviceId, timestampMs } as const;
  return { ...base, value, confidence, inferenceMs, modelVersion, outputs: {}, ...(held && { reason }) };
}
