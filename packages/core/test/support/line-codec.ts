import { createHash } from 'node:crypto';
import {
  LouverError,
  type Codec,
  type EventBase,
  type InboundEvent,
  type InferenceAnswer,
  type InferenceRequest,
  type InferenceResult,
  type RecordingPart,
  type Sequence,
  type WindowCommand,
} from '@louver/core';

type Body = Record<string, unknown>;
type Base = Pick<EventBase, 'deviceId' | 'receivedAtMs' | 'deviceTimestamp' | 'identified'>;

/**
 * A wire format as small as can be, so that the runtime is tested without knowing the ESP32's:
 * `s/{device}/{quantity}` with `{"v": 21.5, "t": 1700000000000}`, `s/{device}/audio` with raw PCM, `w/{device}` with a command,
 * `ml/request/{device}` and `ml/response/{device}` between the processes of a split. A device that counts adds `"b": 1, "n": 7` (boot and seq), says
 * at `s/{device}/info` with `{"b": 1, "n": 5}` from where on it still holds its messages, and is told what is stored at `a/{device}`.
 */
export function lineCodec({ maxAheadMs = Infinity } = {}): Codec {
  return {
    filters: ['s/+/+', 'w/+', 'p/+/+/+'],
    requestFilters: ['ml/request/+'],
    answerFilters: ['ml/response/+'],
    decode({ topic, payload, receivedAtMs, deliveryId, retained = false }) {
      const [kind, second = '', third = ''] = topic.split('/');
      const deviceId = kind === 'ml' ? third : second;
      if (kind === 'p') return [partOf(topic, payload, receivedAtMs, deliveryId)];
      const base = { deviceId, receivedAtMs, deviceTimestamp: '', identified: true } as const;
      const messageId = createHash('sha256').update(topic).update(payload).digest('hex').slice(0, 32);
      if (kind === 's' && third === 'audio') {
        const times = { timestampMs: receivedAtMs, timeSource: 'server' } as const;
        return [{ ...base, ...times, messageId, kind: 'waveform', recording: recordingOf(payload) }];
      }
      let body: Body;
      try {
        body = JSON.parse(Buffer.from(payload).toString()) as Body;
      } catch (cause) {
        throw new LouverError('E_DECODE', 'not JSON', { reason: 'not-json', deviceId, cause });
      }
      if (kind === 'w') return [commandSeen(body, base, messageId)];
      if (kind === 'ml') return [second === 'request' ? asked(body, base) : answered(body, base, deliveryId)];
      const counted = sequenceOf(body);
      const timeless = { ...base, timestampMs: receivedAtMs, timeSource: 'server', identified: false } as const;
      if (third === 'info') {
        return [{ ...timeless, kind: 'device-info', messageId: deliveryId, ...(counted && { holdsFrom: counted }) }];
      }
      const sequence = counted && { sequence: counted };
      if (third === 'status') {
        return [{ ...timeless, kind: 'device-status', messageId: deliveryId, online: body['v'] === 1 }];
      }
      if (typeof body['v'] !== 'number') {
        throw new LouverError('E_DECODE', 'no v', { reason: 'wrong-type', deviceId, ...sequence });
      }
      const known = counted ? `${deviceId}:${counted.boot}:${counted.seq}` : retained ? messageId : undefined;
      const timed = typeof body['t'] === 'number';
      const credible = timed && (body['t'] as number) <= receivedAtMs + maxAheadMs;
      const timestampMs = credible ? (body['t'] as number) : receivedAtMs;
      return [
        {
          ...base,
          kind: 'scalar',
          quantity: third,
          value: body['v'],
          timestampMs,
          timeSource: credible ? 'device' : 'server',
          identified: timed || known !== undefined,
          messageId: known ?? (timed ? messageId : deliveryId),
          ...sequence,
        },
      ];
    },
    encodeStored: ({ deviceId, boot, seq }) => ({
      topic: `a/${deviceId}`,
      payload: JSON.stringify({ b: boot, n: seq }),
      qos: 1,
    }),
    encode(out) {
      if (out.kind === 'window') return { topic: `w/${out.deviceId}`, payload: JSON.stringify(out), qos: 1 };
      if (out.kind === 'inference-request') {
        return { topic: `ml/request/${out.deviceId}`, payload: encodeRequest(out), qos: 1 };
      }
      return { topic: `ml/response/${out.deviceId}`, payload: encodeResult(out), qos: 1 };
    },
  };
}

/** `p/{device}/{file}/init` with `{"b": 1, "n": 7}` or nothing, `…/{offset}` with bytes, `…/fin:{size}:{sha256}`. */
function partOf(topic: string, payload: Uint8Array, receivedAtMs: number, deliveryId: string): RecordingPart {
  const [, deviceId = '', file = '', what = ''] = topic.split('/');
  const times = { timestampMs: receivedAtMs, timeSource: 'server', deviceTimestamp: '', receivedAtMs } as const;
  const base = { kind: 'recording-part', deviceId, file, ...times } as const;
  const [end, size, sha256 = ''] = what.split(':');
  const unnamed = { ...base, messageId: deliveryId, identified: false };
  if (end === 'fin') return { ...unnamed, part: { type: 'end', size: Number(size), sha256 } };
  if (what !== 'init') return { ...unnamed, part: { type: 'bytes', offset: Number(what), bytes: payload } };
  const sequence = payload.length > 0 ? sequenceOf(JSON.parse(String(Buffer.from(payload))) as Body) : undefined;
  const messageId = sequence ? `${deviceId}:${sequence.boot}:${sequence.seq}` : `${topic} ${String(payload)}`;
  return { ...base, messageId, identified: true, part: { type: 'init', ...(sequence && { sequence }) } };
}

function sequenceOf({ b: boot, n: seq }: Body): Sequence | undefined {
  return typeof boot === 'number' && typeof seq === 'number' ? { boot, seq } : undefined;
}

function recordingOf(bytes: Uint8Array) {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, format: 'pcm_s16le', sampleRateHz: 16_000, durationS: bytes.byteLength / 32_000, sha256 } as const;
}

/** One without an id of its own, from a service that knows nothing of our extensions, is known by its bytes. */
function commandSeen(body: Body, base: Base, hash: string): InboundEvent {
  const { commandId = hash, requestId = '', source = 'external' } = body;
  const sent = { ...body, commandId, requestId, source } as unknown as WindowCommand;
  const { temperature, humidity } = sent.featuresUsed;
  // JSON has no NaN.
  const featuresUsed = { ...sent.featuresUsed, temperature: temperature ?? NaN, humidity: humidity ?? NaN };
  const command: WindowCommand = { ...sent, kind: 'window', deviceId: base.deviceId, featuresUsed };
  const times = { timestampMs: command.timestampMs, timeSource: 'device' } as const;
  return { ...base, ...times, kind: 'command-seen', messageId: command.commandId, command };
}

function encodeRequest({ recording, knownAudio, ...request }: InferenceRequest): string {
  const audio = recording && Buffer.from(recording.bytes).toString('base64');
  return JSON.stringify({ ...request, audio, audioHash: recording?.sha256 ?? knownAudio?.sha256 });
}

function asked({ audio, audioHash, ...body }: Body, base: Base): InboundEvent {
  const request = { ...body, deviceId: base.deviceId } as unknown as InferenceRequest;
  const { timestampMs, requestId } = request;
  const sound =
    typeof audio === 'string'
      ? { recording: recordingOf(Buffer.from(audio, 'base64')) }
      : typeof audioHash === 'string'
        ? { knownAudio: { sha256: audioHash, recipe: '', values: {} } }
        : {};
  const event = { ...base, timestampMs, timeSource: 'device', kind: 'inference-asked' } as const;
  return { ...event, messageId: requestId, request: { ...request, ...sound } };
}

function encodeResult({ requestId, value, timestampMs, command, reason, ...result }: InferenceResult): string {
  const { confidence, inferenceMs, modelVersion } = result;
  const answer = { requestId, prediction: value, confidence, inferenceMs, modelVersion, t: timestampMs };
  return JSON.stringify({ ...answer, held: command === undefined, reason: reason ?? '', position: command?.position });
}

/** Without a time of its own it is as old as its receipt. */
function answered({ t, ...body }: Body, base: Base, deliveryId: string): InboundEvent {
  const answer = { ...body, position: body['position'] ?? NaN } as unknown as InferenceAnswer;
  if (typeof t !== 'number') {
    const event = { ...base, identified: false, timestampMs: base.receivedAtMs, timeSource: 'server' } as const;
    return { ...event, messageId: deliveryId, kind: 'inference-answered', answer };
  }
  const event = { ...base, timestampMs: t, timeSource: 'device', kind: 'inference-answered' } as const;
  return { ...event, messageId: `${answer.requestId}:${t}`, answer };
}
