import type { Codec } from '../codec.js';
import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { CommandSeen, EpochMs, InboundEvent, InferenceAnswered } from '../event.js';
import type { Onlookers } from '../events.js';
import { Attribution } from '../ingest/attribution.js';
import { SeenWindow } from '../ingest/seen-window.js';
import type { InferenceRequest, InferenceResult, RemoteLink } from '../inference-engine.js';
import type { DeliveryRecord } from '../journal.js';
import type { PipelineEvents } from '../options.js';
import { isAnswer } from './answers.js';

/** Records of some 300 bytes: fits the smallest journal. */
const NOTED_AT_ONCE = 100;

export interface RemoteExchangeOptions {
  readonly remote: RemoteLink;
  readonly codec: Codec;
  readonly context: Context;
  /** Puts records into the journal before it resolves. */
  readonly record: (records: readonly DeliveryRecord[]) => Promise<void>;
  readonly onlookers: Onlookers<PipelineEvents>;
}

/** The pipeline's side of an engine that is elsewhere: what is asked goes through the journal, what is answered to whom it concerns. */
export class RemoteExchange {
  /** What is received besides readings. */
  readonly filters: readonly string[];
  readonly attribution: Attribution;
  readonly #options: RemoteExchangeOptions;
  /** What onlookers have been told: what is sent or delivered again is no news. */
  readonly #told = new SeenWindow();
  /** By device, what was asked before this start and not answered. */
  readonly #unanswered = new Map<string, { readonly request: InferenceRequest; readonly record: DeliveryRecord }>();

  constructor(options: RemoteExchangeOptions) {
    const { codec, remote } = options;
    if (codec.answerFilters === undefined) {
      throw new LouverError(
        'E_CONFIG',
        'the engine is elsewhere and the codec has no `answerFilters`: use one that has',
      );
    }
    this.#options = options;
    this.filters = codec.answerFilters;
    this.attribution = new Attribution(remote.timeoutMs);
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
    await record([{ type: 'delivery', topic, payload: bytes, receivedAtMs: context.clock.now() }]);
  }

  observe(event: InboundEvent): void {
    const { remote, onlookers, context } = this.#options;
    remote.observe(event);
    if (event.kind === 'inference-answered' && this.#isNews(event)) onlookers.emit('prediction', resultOf(event));
    if (event.kind !== 'command-seen' || !this.#isNews(event)) return;
    const { deviceId, requestId, commandId, position, confidence } = event.command;
    context.logger.info('command seen', { deviceId, requestId, commandId, position, confidence });
    onlookers.emit('command', event.command);
  }

  /** A record from before this start. */
  restore(event: InboundEvent, record: DeliveryRecord): void {
    const { deviceId } = event;
    if (event.kind === 'inference-asked') {
      this.#unanswered.set(deviceId, { request: event.request, record });
      return;
    }
    if (event.kind !== 'command-seen' && event.kind !== 'inference-answered') return;
    this.#isNews(event);
    const asked = this.#unanswered.get(deviceId);
    if (asked !== undefined && isAnswer(event, asked.request)) this.#unanswered.delete(deviceId);
  }

  /**
   * Notes once more what the last run was waiting for when it ended: its answers may lie with the broker, and have the whole time again from
   * now on (P-27). In the journal, so that a later run sees it in the same way.
   * @param endedMs when the last run received its last message.
   */
  async renew(endedMs: EpochMs): Promise<void> {
    const { context, remote, record } = this.#options;
    const receivedAtMs = context.clock.now();
    const records: DeliveryRecord[] = [];
    for (const { record: asked } of this.#unanswered.values()) {
      if (asked.receivedAtMs + remote.timeoutMs >= endedMs) records.push({ ...asked, receivedAtMs });
    }
    this.#unanswered.clear();
    const parts: Promise<void>[] = [];
    for (let i = 0; i < records.length; i += NOTED_AT_ONCE) parts.push(record(records.slice(i, i + NOTED_AT_ONCE)));
    await Promise.all(parts);
  }

  #isNews(event: CommandSeen | InferenceAnswered): boolean {
    const { kind, deviceId, timestampMs } = event;
    const id = kind === 'command-seen' ? event.command.commandId : event.answer.requestId;
    return !this.#told.seen(kind, `${deviceId}/${id}`, timestampMs);
  }
}

function resultOf({ deviceId, timestampMs, answer }: InferenceAnswered): InferenceResult {
  const { requestId, prediction: value, confidence, inferenceMs, modelVersion, held, reason } = answer;
  const base = { kind: 'inference-result', requestId, deviceId, timestampMs } as const;
  return { ...base, value, confidence, inferenceMs, modelVersion, outputs: {}, ...(held && { reason }) };
}
