import {
  LouverError,
  type Codec,
  type InboundEvent,
  type InboundMessage,
  type OutboundMessage,
  type StoredUpTo,
} from '@louver/core';
import { PROTOCOL_LIMITS } from './protocol/limits.js';
import { isDeviceId } from './topics/device-id.js';
import { isQuantityName } from './topics/quantity.js';
import { esp32Topics, type ParsedTopic, type TopicPatterns, type Topics } from './topics/topics.js';
import { decodeAsked } from './wire/decode-asked.js';
import { decodeAudio } from './wire/decode-audio.js';
import { parseCbor } from './wire/cbor.js';
import type { CodecNotice, DecodeContext } from './wire/decode-context.js';
import { decodeConfigReport } from './wire/decode-config-report.js';
import { decodeControl } from './wire/decode-control.js';
import { decodeInferenceRequest, decodeInferenceResponse } from './wire/decode-inference.js';
import { decodePart } from './wire/decode-part.js';
import { decodeScalar } from './wire/decode-scalar.js';
import { decodeInfo, decodeStatus, decodeWindowState } from './wire/decode-state.js';
import { decodeTelemetry } from './wire/decode-telemetry.js';
import { encodeInferenceRequest, encodeInferenceResult, encodeStoredUpTo, encodeWindowCommand } from './wire/encode.js';
import { encodeTold } from './wire/encode-told.js';
import { readEnvelope, readSequence } from './wire/envelope.js';
import { decodeText, parseObject, type JsonObject } from './wire/json.js';
import { numbered, poison, shown } from './wire/poison.js';

export interface Esp32CodecOptions {
  /** Where each kind of message travels; default: the protocol's topics. */
  readonly topics?: Partial<TopicPatterns>;
  readonly limits?: {
    /** Longest payload of anything but a recording, in bytes; default 65,536 [P-6]. */
    readonly scalarBytes?: number;
    /** Longest payload with a recording, in bytes; default 2,097,152 [P-6]. */
    readonly audioBytes?: number;
  };
  /** How far a device's clock may run ahead of the time of receipt, in ms; default 300,000 [P-5a]. */
  readonly maxAheadMs?: number;
  /** Told of what is odd but stored all the same, to be counted. Also on a replay; what it throws is dropped. */
  readonly onNotice?: (notice: CodecNotice) => void;
}

/**
 * The wire format of the ESP32 protocol: P-1 … P-10, P-20 … P-27, P-30, P-31, P-33, P-36 in, window commands, inference
 * requests and results, what a device may forget (P-32) and what else it is told (P-35 … P-37) out.
 *
 * `decode` is a function of the message alone. A topic of no pattern and the reserved names of P-7 make no events.
 *
 * @throws LouverError `E_CONFIG` for a topic pattern, limit or time that cannot be.
 */
export function esp32Codec(options: Esp32CodecOptions = {}): Codec {
  const topics = esp32Topics(options.topics);
  const scalarBytes = positive('limits.scalarBytes', options.limits?.scalarBytes ?? PROTOCOL_LIMITS.scalarBytes);
  const audioBytes = positive('limits.audioBytes', options.limits?.audioBytes ?? PROTOCOL_LIMITS.audioBytes);
  const maxAheadMs = positive('maxAheadMs', options.maxAheadMs ?? PROTOCOL_LIMITS.maxAheadMs);
  const notice = guarded(options.onNotice);

  return {
    filters: topics.filters,
    requestFilters: topics.requestFilters,
    answerFilters: topics.answerFilters,
    decode: (message) => decode(message, { topics, scalarBytes, audioBytes, maxAheadMs, notice }),
    encode: (out) => encode(out, topics),
    encodeStored: (upTo) => encodeStored(upTo, topics),
    isStoredTopic: topics.isOurs,
    talk: {
      askFilters: topics.askFilters,
      askedAt: (topic) => ASKED[topics.parseAsked(topic)?.kind ?? 'nothing'],
      decodeAsked: (topic, payload) => decodeAsked(topics.parseAsked(topic), payload),
      encodeTold: (told) => encodeTold(told, topics),
    },
  };
}

/** What devices have retained: an empty payload clears it. */
const CLEARED: ReadonlySet<ParsedTopic['kind']> = new Set(['status', 'window-state', 'config-reported'] as const);
const ASKED = { 'time-request': 'time-asked', 'window-set': 'window-asked', nothing: undefined } as const;

interface Settings {
  readonly topics: Topics;
  readonly scalarBytes: number;
  readonly audioBytes: number;
  readonly maxAheadMs: number;
  readonly notice: (notice: CodecNotice) => void;
}

function decode(message: InboundMessage, settings: Settings): readonly InboundEvent[] {
  const parsed = settings.topics.parse(message.topic);
  if (parsed === undefined || parsed.kind === 'reserved') return [];
  const inCbor = parsed.kind === 'cbor';
  const topic = inCbor ? parsed.of : parsed;
  const { deviceId } = topic;
  if (topic.kind === 'info')
    return decodeInfo(infoOf(message, deviceId, settings), contextOf(message, deviceId, settings));
  if (!isDeviceId(deviceId)) {
    throw poison('bad-device-id', `device id is ${shown(deviceId)}, expected 1 to 64 of A-Z a-z 0-9 _ . : -`);
  }
  if (topic.kind === 'scalar' && !isQuantityName(topic.quantity)) {
    const expected = 'a letter, then up to 63 of A-Z a-z 0-9 _';
    throw poison('unknown-topic', `${shown(topic.quantity)} does not name a quantity, expected ${expected}`, deviceId);
  }
  const { payload } = message;
  const maxBytes = longest(topic, settings);
  if (payload.length > maxBytes) {
    throw poison('too-large', `payload of ${payload.length} bytes, expected at most ${maxBytes}`, deviceId);
  }
  // An empty payload clears what a broker retains [MQTT-3.3.1-10]: it says nothing about the device.
  if (payload.length === 0 && CLEARED.has(topic.kind)) return [];

  const context = contextOf(message, deviceId, settings);
  if (topic.kind === 'recording-part') return decodePart(topic.part, context, settings);
  const text = inCbor ? undefined : decodeText(payload, deviceId);
  if (topic.kind === 'status') return decodeStatus(text!, context);
  const body = text === undefined ? parseCbor(payload, deviceId) : parseObject(text, deviceId);
  if (topic.kind === 'config-reported') return decodeConfigReport(body, context);
  try {
    return decodeBody(topic, body, text, context, settings);
  } catch (error) {
    throw numbered(error, readSequence(body));
  }
}

function contextOf(message: InboundMessage, deviceId: string, { notice }: Settings): DecodeContext {
  return { message, deviceId, notice };
}

/** What cannot be read of it says nothing: it is no reading, so nothing is set aside. */
function infoOf({ payload }: InboundMessage, deviceId: string, { scalarBytes }: Settings): JsonObject {
  if (!isDeviceId(deviceId) || payload.length > scalarBytes) return {};
  try {
    return parseObject(decodeText(payload, deviceId), deviceId);
  } catch {
    return {};
  }
}

function decodeBody(
  topic: Exclude<
    ParsedTopic,
    { readonly kind: 'reserved' | 'status' | 'info' | 'config-reported' | 'recording-part' | 'cbor' }
  >,
  body: JsonObject,
  text: string | undefined,
  context: DecodeContext,
  { maxAheadMs }: Settings,
): readonly InboundEvent[] {
  const { message, deviceId } = context;
  // An existing backend or service cannot be told to send another format, and a window has moved whatever stamp its command had.
  const zoneless = topic.kind === 'window-control' || topic.kind === 'inference-request';
  const envelope = readEnvelope(body, text, message, deviceId, maxAheadMs, zoneless);
  switch (topic.kind) {
    case 'scalar':
      return decodeScalar(topic.quantity, body, envelope, context);
    case 'audio':
      return decodeAudio(body, envelope, context);
    case 'telemetry':
      return decodeTelemetry(body, envelope, context);
    case 'window-control':
      return decodeControl(body, envelope, context);
    case 'window-state':
      return decodeWindowState(text!, body, envelope, context);
    case 'inference-request':
      return decodeInferenceRequest(body, envelope, context);
    case 'inference-response':
      return decodeInferenceResponse(body, envelope, context);
  }
}

function longest(topic: ParsedTopic, { scalarBytes, audioBytes }: Settings): number {
  const { kind } = topic;
  const isPart = kind === 'recording-part' && topic.part?.part.type === 'bytes';
  if (kind === 'audio' || isPart) return audioBytes;
  // A recording as long as a device may send, sent on by a backend that indents its JSON or adds members of its own.
  return kind === 'inference-request' ? 2 * audioBytes : scalarBytes;
}

/** Never retained: a device that comes back must not find yesterday's command [P-24]. */
function encode(out: Parameters<Codec['encode']>[0], topics: Topics): OutboundMessage {
  switch (out.kind) {
    case 'window':
      return { topic: topics.windowControl(out.deviceId), payload: encodeWindowCommand(out), qos: 1, retain: false };
    case 'inference-request':
      return {
        topic: topics.inferenceRequest(out.deviceId),
        payload: encodeInferenceRequest(out),
        qos: 1,
        retain: false,
      };
    case 'inference-result':
      return {
        topic: topics.inferenceResponse(out.deviceId),
        payload: encodeInferenceResult(out),
        qos: 1,
        retain: false,
      };
  }
}

function encodeStored(upTo: StoredUpTo, topics: Topics): OutboundMessage {
  return { topic: topics.ack(upTo.deviceId), payload: encodeStoredUpTo(upTo), qos: 1, retain: false };
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new LouverError('E_CONFIG', `esp32Codec: ${name} is ${value}, expected a number above 0`);
}

/** `decode` throws `E_DECODE` and nothing else, whatever an observer does. */
function guarded(observer: ((notice: CodecNotice) => void) | undefined): (notice: CodecNotice) => void {
  if (observer === undefined) return () => undefined;
  return (notice) => {
    try {
      observer(notice);
    } catch {
      // The message is good; only looking on failed.
    }
  };
}
