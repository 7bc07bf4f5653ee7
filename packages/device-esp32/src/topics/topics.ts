import { LouverError } from '@louver/core';
import { PROTOCOL, type ProtocolMessage } from '../protocol/messages.js';
import { requireDeviceId } from './device-id.js';
import { isQuantityName, isReservedName } from './quantity.js';
import { parsePart, partFilters, partTail, type PartName } from './recording-parts.js';
import { compileTopicPattern, matchDevice, matchDeviceAndQuantity, type TopicPattern } from './topic-pattern.js';

/**
 * Where each kind of message travels. One whole level, `+` or `{device_id}`, marks the device id. What is left out follows its
 * neighbour: with `temperature: 'site1/sensor/+/temperature'` the status is at `site1/sensor/+/status`.
 */
export interface TopicPatterns {
  /** [P-1] Default `sensor/+/temperature`. */
  readonly temperature: string;
  /** [P-2] Default: beside `temperature`, else `sensor/+/humidity`. */
  readonly humidity: string;
  /** [P-3] Default: beside `temperature`, else `sensor/+/audio`. */
  readonly audio: string;
  /** [P-7] With a second marker, `+` or `{quantity}`. Default: beside `temperature`, else `sensor/{device_id}/{quantity}`. */
  readonly scalar: string;
  /** [P-8] Default `devices/+/telemetry`. */
  readonly telemetry: string;
  /** [P-20] Default `ml/inference/request/{device_id}`. */
  readonly inferenceRequest: string;
  /** [P-25] Default: `inferenceRequest` with `response` for `request`, else `ml/inference/response/{device_id}`. */
  readonly inferenceResponse: string;
  /** [P-21] Default `window/+/control`. */
  readonly windowControl: string;
  /** [P-30] Default: beside `temperature`, else `sensor/+/status`. */
  readonly status: string;
  /** [P-31] Default: beside `temperature`, else `sensor/+/info`. */
  readonly info: string;
  /** [P-32] Default: beside `temperature`, else `sensor/+/ack`. */
  readonly ack: string;
  /** [P-33] Default: beside `windowControl`, else `window/+/state`. */
  readonly windowState: string;
  /** [P-34] Default: beside `windowControl`, else `window/+/set`. */
  readonly windowSet: string;
  /** [P-37] Default: beside `temperature`, else `sensor/+/time/request`. */
  readonly timeRequest: string;
  /** [P-37] Default: beside `temperature`, else `sensor/+/time/response`. */
  readonly timeResponse: string;
  /** [P-36] Default: beside `temperature`, else `sensor/+/config`. */
  readonly config: string;
  /** [P-36] Default: beside `temperature`, else `sensor/+/config/reported`. */
  readonly configReported: string;
  /** [P-35] Default: beside `telemetry`, else `devices/+/commands`. */
  readonly commands: string;
}

/** What a topic name says. `reserved`: a name that P-7 keeps from being a quantity and that this codec has no use for. */
export type ParsedTopic =
  | { readonly kind: 'scalar'; readonly deviceId: string; readonly quantity: string }
  | { readonly kind: 'reserved'; readonly deviceId: string; readonly name: string }
  | { readonly kind: 'recording-part'; readonly deviceId: string; readonly part: PartName | undefined }
  | { readonly kind: 'cbor'; readonly deviceId: string; readonly of: ReadingTopic }
  | { readonly [K in OneDeviceKind]: { readonly kind: K; readonly deviceId: string } }[OneDeviceKind];

/** What may come in CBOR too [P-10]. */
export type ReadingTopic =
  | { readonly kind: 'scalar'; readonly deviceId: string; readonly quantity: string }
  | { readonly kind: 'audio'; readonly deviceId: string };

/** Where something is asked of the backend itself. */
export interface AskedAt {
  readonly kind: 'time-request' | 'window-set';
  readonly deviceId: string;
}

type OneDeviceKind =
  | 'audio'
  | 'telemetry'
  | 'status'
  | 'info'
  | 'window-control'
  | 'window-state'
  | 'config-reported'
  | 'inference-request'
  | 'inference-response';

/** Topic names of one deployment: builders, and the parser that takes them apart again. */
export interface Topics {
  /** Filters of what a backend reads: everything but inference requests and responses, and what it says itself (P-32). None covers another. */
  readonly filters: readonly string[];
  /** What an inference service reads [P-20]. */
  readonly requestFilters: readonly string[];
  /** What a backend reads besides whose inference is elsewhere [P-25]. */
  readonly answerFilters: readonly string[];
  /** What is asked of the backend itself [P-34, P-37]. */
  readonly askFilters: readonly string[];
  /** `undefined` for a topic of no pattern. The device id is not checked here. */
  parse(topic: string): ParsedTopic | undefined;
  /** Where nobody but the backend speaks and a filter of readings may hear it [P-32, P-36]. */
  isOurs(topic: string): boolean;
  /** `undefined` where nothing is asked of the backend. The device id is not checked here. */
  parseAsked(topic: string): AskedAt | undefined;
  /** The builders throw `E_CONFIG` for a device id or quantity that may not stand in a topic. */
  scalar(deviceId: string, quantity: string): string;
  audio(deviceId: string): string;
  /** A recording's parts [P-9]: beside `audio`. */
  recordingPart(deviceId: string, part: PartName): string;
  /** The same in CBOR [P-10]; `quantity` may be `audio`. */
  cbor(deviceId: string, quantity: string): string;
  telemetry(deviceId: string): string;
  status(deviceId: string): string;
  info(deviceId: string): string;
  ack(deviceId: string): string;
  timeRequest(deviceId: string): string;
  timeResponse(deviceId: string): string;
  config(deviceId: string): string;
  configReported(deviceId: string): string;
  commands(deviceId: string): string;
  windowControl(deviceId: string): string;
  windowState(deviceId: string): string;
  windowSet(deviceId: string): string;
  inferenceRequest(deviceId: string): string;
  inferenceResponse(deviceId: string): string;
}

/** The level behind that of a reading [P-10]. */
const CBOR = '/cbor';

/** `sensor/+/temperature` → `sensor/+/status`; the fallback when `from` does not end in that name. */
function beside(from: string | undefined, name: string, sibling: string, fallback: string): string {
  if (from === undefined || !from.endsWith(`/${name}`)) return fallback;
  return from.slice(0, -name.length) + sibling;
}

/** Completes a set of patterns by the defaults of {@link TopicPatterns}. */
export function completePatterns(given: Partial<TopicPatterns> = {}): TopicPatterns {
  const request = given.inferenceRequest;
  const response = request?.includes('/request/') ? request.replace('/request/', '/response/') : undefined;
  const nearTemperature = (sibling: string, { topic }: ProtocolMessage): string =>
    beside(given.temperature, 'temperature', sibling, topic);
  return {
    temperature: given.temperature ?? PROTOCOL.temperature.topic,
    humidity: given.humidity ?? nearTemperature('humidity', PROTOCOL.humidity),
    audio: given.audio ?? nearTemperature('audio', PROTOCOL.audio),
    scalar: given.scalar ?? nearTemperature('{quantity}', PROTOCOL.scalar),
    telemetry: given.telemetry ?? PROTOCOL.telemetry.topic,
    inferenceRequest: request ?? PROTOCOL.inferenceRequest.topic,
    inferenceResponse: given.inferenceResponse ?? response ?? PROTOCOL.inferenceResponse.topic,
    windowControl: given.windowControl ?? PROTOCOL.windowControl.topic,
    status: given.status ?? nearTemperature('status', PROTOCOL.status),
    info: given.info ?? nearTemperature('info', PROTOCOL.info),
    ack: given.ack ?? nearTemperature('ack', PROTOCOL.ack),
    config: given.config ?? nearTemperature('config', PROTOCOL.config),
    configReported: given.configReported ?? nearTemperature('config/reported', PROTOCOL.configReported),
    commands: given.commands ?? beside(given.telemetry, 'telemetry', 'commands', PROTOCOL.commands.topic),
    windowSet: given.windowSet ?? beside(given.windowControl, 'control', 'set', PROTOCOL.windowSet.topic),
    timeRequest: given.timeRequest ?? nearTemperature('time/request', PROTOCOL.timeRequest),
    timeResponse: given.timeResponse ?? nearTemperature('time/response', PROTOCOL.timeResponse),
    windowState: given.windowState ?? beside(given.windowControl, 'control', 'state', PROTOCOL.windowState.topic),
  };
}

/** Topic names by patterns; without any, those of the protocol. Throws `E_CONFIG` for a pattern without exactly one device id. */
export function esp32Topics(given: Partial<TopicPatterns> = {}): Topics {
  const patterns = completePatterns(given);
  const compile = (name: keyof TopicPatterns): TopicPattern => compileTopicPattern(name, patterns[name]);
  const temperature = compile('temperature');
  const humidity = compile('humidity');
  const ack = compile('ack');
  const windowSet = compile('windowSet');
  const timeRequest = compile('timeRequest');
  const timeResponse = compile('timeResponse');
  const commands = compile('commands');
  const config = compile('config');
  const scalar = compileTopicPattern('scalar', patterns.scalar, true);
  // In the order of their frequency: the first that matches wins, the pattern with two markers comes last.
  const oneDevice: readonly (readonly [OneDeviceKind, TopicPattern])[] = [
    ['audio', compile('audio')],
    ['window-control', compile('windowControl')],
    ['status', compile('status')],
    ['window-state', compile('windowState')],
    ['telemetry', compile('telemetry')],
    ['info', compile('info')],
    ['config-reported', compile('configReported')],
    ['inference-request', compile('inferenceRequest')],
    ['inference-response', compile('inferenceResponse')],
  ];
  refuseTwins([
    temperature,
    humidity,
    ack,
    timeRequest,
    timeResponse,
    commands,
    config,
    windowSet,
    ...oneDevice.map(([, pattern]) => pattern),
  ]);
  const read = [...oneDevice.slice(0, 7).map(([, pattern]) => pattern), temperature, humidity, scalar];
  const patternOf = (kind: OneDeviceKind): TopicPattern => oneDevice.find(([name]) => name === kind)![1];
  const audio = patternOf('audio');
  const inCbor = [temperature, humidity, audio, scalar].map(({ filter }) => filter + CBOR);
  const at = (pattern: TopicPattern): ((deviceId: string) => string) => {
    return (deviceId) => pattern.head + requireDeviceId(deviceId) + pattern.tail;
  };
  const build = (kind: OneDeviceKind): ((deviceId: string) => string) => at(patternOf(kind));

  function take(topic: string): ParsedTopic | undefined {
    let deviceId = matchDevice(temperature, topic);
    if (deviceId !== undefined) return { kind: 'scalar', deviceId, quantity: 'temperature' };
    deviceId = matchDevice(humidity, topic);
    if (deviceId !== undefined) return { kind: 'scalar', deviceId, quantity: 'humidity' };
    for (const [kind, pattern] of oneDevice) {
      deviceId = matchDevice(pattern, topic);
      if (deviceId !== undefined) return { kind, deviceId } as ParsedTopic;
    }
    const found = matchDeviceAndQuantity(scalar, topic);
    if (found === undefined) return takePart(topic) ?? takeCbor(topic);
    if (isReservedName(found.quantity)) return { kind: 'reserved', deviceId: found.deviceId, name: found.quantity };
    return { kind: 'scalar', deviceId: found.deviceId, quantity: found.quantity };
  }

  function takePart(topic: string): ParsedTopic | undefined {
    const found = parsePart(audio, topic);
    return found && { kind: 'recording-part', ...found };
  }

  function takeCbor(topic: string): ParsedTopic | undefined {
    const of = topic.endsWith(CBOR) ? take(topic.slice(0, -CBOR.length)) : undefined;
    return of?.kind === 'scalar' || of?.kind === 'audio' ? { kind: 'cbor', deviceId: of.deviceId, of } : undefined;
  }

  function scalarTopic(deviceId: string, quantity: string): string {
    requireDeviceId(deviceId);
    if (quantity === 'temperature') return temperature.head + deviceId + temperature.tail;
    if (quantity === 'humidity') return humidity.head + deviceId + humidity.tail;
    if (!isQuantityName(quantity)) {
      const expected = 'a letter, then up to 63 of A-Z a-z 0-9 _, and not a reserved name (P-7)';
      throw new LouverError('E_CONFIG', `quantity is ${JSON.stringify(quantity)}, expected ${expected}`);
    }
    return scalar.head + deviceId + scalar.middle! + quantity + scalar.tail;
  }

  return {
    filters: withoutOverlap([...read.map((pattern) => pattern.filter), ...inCbor, ...partFilters(audio)]),
    requestFilters: [patternOf('inference-request').filter],
    answerFilters: [patternOf('inference-response').filter],
    parse: remembered(take),
    askFilters: [timeRequest.filter, windowSet.filter],
    isOurs: (topic) => matchDevice(ack, topic) !== undefined || matchDevice(config, topic) !== undefined,
    parseAsked(topic) {
      const asks = matchDevice(timeRequest, topic);
      if (asks !== undefined) return { kind: 'time-request', deviceId: asks };
      const wants = matchDevice(windowSet, topic);
      return wants === undefined ? undefined : { kind: 'window-set', deviceId: wants };
    },
    scalar: scalarTopic,
    audio: build('audio'),
    recordingPart: (deviceId, part) => build('audio')(deviceId) + partTail(part),
    cbor: (deviceId, quantity) =>
      (quantity === 'audio' ? build('audio')(deviceId) : scalarTopic(deviceId, quantity)) + CBOR,
    telemetry: build('telemetry'),
    status: build('status'),
    info: build('info'),
    ack: at(ack),
    timeRequest: at(timeRequest),
    timeResponse: at(timeResponse),
    config: at(config),
    configReported: build('config-reported'),
    commands: at(commands),
    windowControl: build('window-control'),
    windowState: build('window-state'),
    windowSet: at(windowSet),
    inferenceRequest: build('inference-request'),
    inferenceResponse: build('inference-response'),
  };
}

/** Topics that are known by heart, two for each of a few thousand devices, and how long they may be: some 2 MiB in all. */
const KNOWN_TOPICS = 8192;
const KNOWN_TOPIC_LENGTH = 128;

/** The same few topics come again and again: what was made of one is kept, its device id too, which messages that wait then share. */
function remembered(take: (topic: string) => ParsedTopic | undefined): (topic: string) => ParsedTopic | undefined {
  const known = new Map<string, ParsedTopic>();
  return (topic) => {
    const found = known.get(topic);
    if (found !== undefined) return found;
    const parsed = take(topic);
    // Of a part's topic every one is new.
    if (parsed === undefined || parsed.kind === 'recording-part' || topic.length > KNOWN_TOPIC_LENGTH) return parsed;
    if (known.size >= KNOWN_TOPICS) known.clear();
    known.set(topic, parsed);
    return parsed;
  };
}

/** Two kinds at one topic could not be told apart. */
function refuseTwins(patterns: readonly TopicPattern[]): void {
  const seen = new Set<string>();
  for (const { filter } of patterns) {
    if (seen.has(filter)) {
      throw new LouverError('E_CONFIG', `two topic patterns are ${JSON.stringify(filter)}, expected one for each kind`);
    }
    seen.add(filter);
  }
}

/** Leaves out what another filter covers: a broker may deliver once per overlapping subscription [MQTT-3.3.5-1]. */
function withoutOverlap(filters: readonly string[]): string[] {
  const covers = (wide: string, narrow: string): boolean => {
    const a = wide.split('/');
    const b = narrow.split('/');
    return wide !== narrow && a.length === b.length && a.every((level, i) => level === '+' || level === b[i]);
  };
  return [...new Set(filters)].filter((filter) => !filters.some((other) => covers(other, filter)));
}
