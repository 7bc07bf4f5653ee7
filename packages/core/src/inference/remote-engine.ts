import type { Codec } from '../codec.js';
import { LouverError } from '../errors.js';
import type { InferenceEngine, InferenceRequest } from '../inference-engine.js';
import type { Transport } from '../transport.js';
import { isAnswer } from './answers.js';

export interface RemoteEngineOptions {
  /** The pipeline's own: answers are read back through it and journaled like readings. */
  readonly transport: Transport;
  /** The pipeline's own, with `requestFilters` and `answerFilters`. */
  readonly codec: Codec;
  /** A request without an answer is given up after this, and the device's newest change asked about instead (P-27). Default 30 s. */
  readonly timeoutMs?: number;
}

interface Waiting {
  readonly request: InferenceRequest;
  readonly answered: () => void;
  readonly giveUp: (error: LouverError) => void;
}

/**
 * Features, model and policy in another process: `createInferenceService`, or any service that reads P-20 and sends P-21 (P-27). Commands
 * and predictions are stored from what is read off the wire, so `infer` resolves to `undefined` once there is an answer.
 * @throws LouverError `E_CONFIG` for a codec without inference topics.
 */
export function remoteEngine({ transport, codec, timeoutMs = 30_000 }: RemoteEngineOptions): InferenceEngine {
  if (codec.requestFilters === undefined || codec.answerFilters === undefined) {
    throw new LouverError(
      'E_CONFIG',
      'remoteEngine: the codec has no inference topics, expected `requestFilters` and `answerFilters`',
    );
  }
  if (!(timeoutMs > 0)) {
    throw new LouverError('E_CONFIG', `remoteEngine: timeoutMs is ${timeoutMs}, expected a number above 0`);
  }
  /** One request outstanding per device (P-27): the pipeline asks about a device once the one before is over. */
  const waiting = new Map<string, Waiting>();
  let unanswered = 0;
  let abandoned = false;

  return {
    name: 'remote-engine',
    async open() {
      unanswered = 0;
      abandoned = false;
    },
    async close() {},
    health() {
      if (unanswered === 0) return { ok: true };
      const times =
        unanswered === 1 ? 'the last inference request has' : `the last ${unanswered} inference requests have`;
      const reason = `${times} had no answer: is an inference service connected to the broker (louver serve --role inference)?`;
      return { ok: false, reason };
    },
    remote: {
      timeoutMs,
      observe(event) {
        if (event.kind !== 'command-seen' && event.kind !== 'inference-answered') return;
        const entry = waiting.get(event.deviceId);
        const answered = entry !== undefined && isAnswer(event, entry.request);
        // One that comes late, or to somebody else's request, is a sign of life all the same.
        if (answered || event.kind === 'inference-answered') unanswered = 0;
        if (answered) entry.answered();
      },
      abandon() {
        abandoned = true;
        for (const { request, giveUp } of waiting.values()) giveUp(over(request));
      },
    },
    async infer(request, _situation, signal) {
      if (abandoned) throw over(request);
      const { deviceId } = request;
      if (signal?.aborted)
        throw new LouverError('E_TIMEOUT', `the inference request of ${deviceId} was given up unsent`);
      const answer = new Promise<void>((answered, giveUp) => waiting.set(deviceId, { request, answered, giveUp }));
      const entry = waiting.get(deviceId)!;
      const expire = (): void => {
        unanswered++;
        entry.giveUp(new LouverError('E_TIMEOUT', `no answer to the inference request of ${deviceId}`));
      };
      signal?.addEventListener('abort', expire, { once: true });
      try {
        // The answer may be faster than the broker's acknowledgement.
        await Promise.race([Promise.all([transport.publish(codec.encode(request), signal), answer]), answer]);
      } finally {
        signal?.removeEventListener('abort', expire);
        if (waiting.get(deviceId) === entry) waiting.delete(deviceId);
      }
      return undefined;
    },
  };
}

function over({ deviceId }: InferenceRequest): LouverError {
  return new LouverError('E_TRANSPORT', `the pipeline closes: the inference request of ${deviceId} is given up`);
}
