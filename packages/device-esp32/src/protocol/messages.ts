import { DEVICE_STATUSES, PHYSICAL_RANGES, PROTOCOL_LIMITS } from './limits.js';
import type { PayloadMember } from './members.js';
import {
  ACK_MEMBERS,
  AUDIO_INIT_MEMBERS,
  AUDIO_MEMBERS,
  CONFIG_DESIRED_MEMBERS,
  CONFIG_REPORTED_MEMBERS,
  CONTROL_MEMBERS,
  DEVICE_COMMAND_MEMBERS,
  DISCOVERY_MEMBERS,
  INFO_MEMBERS,
  OTA_MEMBERS,
  OTA_STATE_MEMBERS,
  REQUEST_MEMBERS,
  RESPONSE_MEMBERS,
  scalarMembers,
  TELEMETRY_MEMBERS,
  TIME_REQUEST_MEMBERS,
  TIME_RESPONSE_MEMBERS,
  WINDOW_STATE_MEMBERS,
} from './payload-members.js';

/** Who speaks to whom. `people` are users and Home Assistant, `service` is an inference service beside the backend. */
export type MessageDirection =
  | 'device-to-backend'
  | 'backend-to-device'
  | 'backend-to-service'
  | 'service-to-backend'
  | 'people-to-backend'
  | 'backend-to-people';

/** What a payload is made of. */
export type MessagePayload =
  | { readonly format: 'json' | 'cbor'; readonly members: readonly PayloadMember[] }
  | { readonly format: 'text'; readonly values?: readonly string[]; readonly pattern?: string }
  | { readonly format: 'binary' }
  | { readonly format: 'empty' };

/** One kind of message of the protocol. */
export interface ProtocolMessage {
  /** As the tables of the protocol call it, e.g. `P-1`. */
  readonly tag: string;
  /** Its name in generated documents, e.g. `temperature`. */
  readonly name: string;
  /** With `{device_id}` for the device, and `{quantity}`, `{file}`, `{offset}`, `{size}`, `{sha256}` where it has them. */
  readonly topic: string;
  readonly direction: MessageDirection;
  /** Asked of the sender; a receiver takes either. */
  readonly qos: 0 | 1;
  /** Whether the broker keeps the last one. */
  readonly retain: boolean;
  readonly payload: MessagePayload;
  /** Longest payload, in bytes. */
  readonly maxBytes: number;
  readonly description: string;
}

const { scalarBytes, audioBytes, otaManifestBytes } = PROTOCOL_LIMITS;

type Sender = 'device' | 'backend';

function between(sender: Sender, tag: string, name: string, topic: string, description: string, rest: Rest) {
  const direction = sender === 'device' ? 'device-to-backend' : 'backend-to-device';
  return message(direction, tag, name, topic, description, rest);
}

type Rest = Pick<ProtocolMessage, 'payload'> & Partial<Pick<ProtocolMessage, 'qos' | 'retain' | 'maxBytes'>>;

function message(
  direction: MessageDirection,
  tag: string,
  name: string,
  topic: string,
  description: string,
  { payload, qos = 1, retain = false, maxBytes = scalarBytes }: Rest,
): ProtocolMessage {
  return { tag, name, topic, direction, qos, retain, payload, maxBytes, description };
}

function json(members: readonly PayloadMember[]): MessagePayload {
  return { format: 'json', members };
}

const audioPart = { payload: { format: 'binary' }, maxBytes: audioBytes } as const;

const MESSAGES = {
  temperature: between('device', 'P-1', 'temperature', 'sensor/{device_id}/temperature', 'Temperature.', {
    payload: json(scalarMembers(PHYSICAL_RANGES.temperature)),
  }),
  humidity: between('device', 'P-2', 'humidity', 'sensor/{device_id}/humidity', 'Relative humidity.', {
    payload: json(scalarMembers(PHYSICAL_RANGES.humidity)),
  }),
  audio: between('device', 'P-3', 'audio', 'sensor/{device_id}/audio', 'A recording.', {
    payload: json(AUDIO_MEMBERS),
    maxBytes: audioBytes,
  }),
  scalar: between('device', 'P-7', 'scalar', 'sensor/{device_id}/{quantity}', 'Any other quantity.', {
    payload: json(scalarMembers()),
  }),
  telemetry: between('device', 'P-8', 'telemetry', 'devices/{device_id}/telemetry', 'Several quantities at once.', {
    payload: json(TELEMETRY_MEMBERS),
  }),
  audioInit: between('device', 'P-9', 'audio-init', 'sensor/{device_id}/audio/{file}/init', 'A recording begins.', {
    payload: json(AUDIO_INIT_MEMBERS),
  }),
  audioPart: between(
    'device',
    'P-9',
    'audio-part',
    'sensor/{device_id}/audio/{file}/{offset}',
    'Bytes of its WAV file.',
    audioPart,
  ),
  audioFin: between(
    'device',
    'P-9',
    'audio-fin',
    'sensor/{device_id}/audio/{file}/fin/{size}/{sha256}',
    'It is complete.',
    { payload: { format: 'empty' }, maxBytes: 0 },
  ),
  scalarCbor: between('device', 'P-10', 'scalar-cbor', 'sensor/{device_id}/{quantity}/cbor', 'A reading in CBOR.', {
    payload: { format: 'cbor', members: scalarMembers() },
    // A recording goes this way too.
    maxBytes: audioBytes,
  }),
  inferenceRequest: message(
    'backend-to-service',
    'P-20',
    'inference-request',
    'ml/inference/request/{device_id}',
    'What a model is asked.',
    // A recording as long as a device may send, sent on by a backend that indents its JSON or adds members of its own.
    { payload: json(REQUEST_MEMBERS), maxBytes: 2 * audioBytes },
  ),
  windowControl: between('backend', 'P-21', 'window-control', 'window/{device_id}/control', 'Moves the window.', {
    payload: json(CONTROL_MEMBERS),
  }),
  inferenceResponse: message(
    'service-to-backend',
    'P-25',
    'inference-response',
    'ml/inference/response/{device_id}',
    'What the model said.',
    { payload: json(RESPONSE_MEMBERS) },
  ),
  status: between('device', 'P-30', 'status', 'sensor/{device_id}/status', 'Whether it is there; the last will too.', {
    payload: { format: 'text', values: DEVICE_STATUSES },
    retain: true,
  }),
  info: between('device', 'P-31', 'info', 'sensor/{device_id}/info', 'What it is, and what it still holds.', {
    payload: json(INFO_MEMBERS),
    retain: true,
  }),
  ack: between('backend', 'P-32', 'ack', 'sensor/{device_id}/ack', 'What it may forget.', {
    payload: json(ACK_MEMBERS),
  }),
  windowState: between('device', 'P-33', 'window-state', 'window/{device_id}/state', 'Where the window is.', {
    payload: json(WINDOW_STATE_MEMBERS),
    retain: true,
  }),
  windowSet: message('people-to-backend', 'P-34', 'window-set', 'window/{device_id}/set', 'What people want.', {
    payload: { format: 'text', pattern: '^(OPEN|CLOSE|STOP|100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?)$' },
  }),
  commands: between(
    'backend',
    'P-35',
    'commands',
    'devices/{device_id}/commands',
    'Tells the device to do something.',
    {
      payload: json(DEVICE_COMMAND_MEMBERS),
    },
  ),
  config: between('backend', 'P-36', 'config', 'sensor/{device_id}/config', 'How the device should work.', {
    payload: json(CONFIG_DESIRED_MEMBERS),
    retain: true,
  }),
  configReported: between(
    'device',
    'P-36',
    'config-reported',
    'sensor/{device_id}/config/reported',
    'How it does work.',
    { payload: json(CONFIG_REPORTED_MEMBERS), retain: true },
  ),
  timeRequest: between('device', 'P-37', 'time-request', 'sensor/{device_id}/time/request', 'Asks for the time.', {
    payload: json(TIME_REQUEST_MEMBERS),
  }),
  timeResponse: between('backend', 'P-37', 'time-response', 'sensor/{device_id}/time/response', 'Tells the time.', {
    payload: json(TIME_RESPONSE_MEMBERS),
  }),
  ota: between('backend', 'P-38', 'ota', 'sensor/{device_id}/ota', 'An image to take.', {
    payload: json(OTA_MEMBERS),
    retain: true,
    maxBytes: otaManifestBytes,
  }),
  otaState: between('device', 'P-38', 'ota-state', 'sensor/{device_id}/ota/state', 'Where the update stands.', {
    payload: json(OTA_STATE_MEMBERS),
    retain: true,
  }),
  discovery: message(
    'backend-to-people',
    'P-39',
    'discovery',
    'homeassistant/device/{device_id}/config',
    "Home Assistant's device discovery.",
    { payload: json(DISCOVERY_MEMBERS), retain: true },
  ),
};

/** Of the protocol, not of the package: higher in front when a peer that knows an older one would be misled. */
export const PROTOCOL_VERSION = '1.0.0';

/** Every kind of message of the protocol: P-1 … P-3, P-7 … P-10, P-20 … P-39. */
export const PROTOCOL: { readonly [K in keyof typeof MESSAGES]: ProtocolMessage } = MESSAGES;
