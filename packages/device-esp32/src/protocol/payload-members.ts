import { CONFIG_MEMBERS } from './config-members.js';
import {
  COMMAND_SOURCES,
  DEVICE_COMMANDS,
  OTA_STATES,
  PHYSICAL_RANGES,
  PROTOCOL_LIMITS,
  WINDOW_RESULTS,
} from './limits.js';
import { optional, required, type PayloadMember } from './members.js';

const UINT32 = { min: 0, max: PROTOCOL_LIMITS.uint32 };
const PERCENT_OPEN = { min: 0, max: 100, unit: 'percent' };
const EPOCH_MS = { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms' };
const SHA256 = { pattern: '^[0-9a-f]{64}$' };

const SEQ = optional('seq', 'integer', 'Number of the message since the start of the device, from 0 [P-5].', UINT32);
const BOOT = optional('boot', 'integer', 'Tells one start of the device from another [P-5].', UINT32);
const TIMESTAMP = optional('timestamp', 'time', 'Of the measurement; without it the time of receipt is taken [P-5a].', {
  nullable: true,
});
const DEVICE_ID = required('device_id', 'string', 'The device that it is about.');
const SAMPLE_RATE = { min: 1, max: PROTOCOL_LIMITS.uint32, unit: 'Hz' };
const DURATION = { min: 0, unit: 's' };
const EXPIRES_AT = optional('expires_at', 'time', 'From then on it is not obeyed.', { nullable: true });
const ID = { max: PROTOCOL_LIMITS.idLength };
const COMMAND_ID = optional('command_id', 'string', 'Names the command; the same one is obeyed once.', ID);
const numbering = [TIMESTAMP, SEQ, BOOT];

/** Of one scalar reading [P-1, P-2, P-7]. */
export function scalarMembers(range: { min?: number; max?: number; unit?: string } = {}): readonly PayloadMember[] {
  return [required('value', 'number', 'What was measured.', range), ...numbering];
}

export const AUDIO_MEMBERS: readonly PayloadMember[] = [
  required('data', 'base64', 'A WAV file, or raw PCM: 16 bit, little-endian, mono.'),
  optional('sample_rate', 'integer', 'Of raw PCM; the header of a WAV file wins.', SAMPLE_RATE),
  optional('duration', 'number', 'Length of the recording.', DURATION),
  ...numbering,
];

/** Of a recording in parts [P-9]: what its `init` says. */
export const AUDIO_INIT_MEMBERS: readonly PayloadMember[] = AUDIO_MEMBERS.slice(1);

export const TELEMETRY_MEMBERS: readonly PayloadMember[] = [
  optional('temperature', 'number', 'A reading like any other number here.', PHYSICAL_RANGES.temperature),
  optional('humidity', 'number', 'A reading like any other number here.', PHYSICAL_RANGES.humidity),
  ...numbering,
];

export const INFO_MEMBERS: readonly PayloadMember[] = [
  optional('v', 'integer', 'Version of this payload.', { min: 1 }),
  optional('fw', 'string', 'Version of the firmware.'),
  optional('board', 'string', 'Kind of board, as manifests of updates name it.'),
  required('boot', 'integer', BOOT.description, UINT32),
  required('first_seq', 'integer', 'Oldest number of this boot that the device still holds, or the next one.', UINT32),
  optional('reset', 'string', 'Why the device started.'),
  optional('caps', 'strings', 'What the device can do.'),
  optional('rssi', 'number', 'Strength of the network as the device hears it.', { unit: 'dBm' }),
  optional('heap', 'integer', 'Free memory.', { min: 0, unit: 'bytes' }),
  optional('uptime', 'number', 'Since the start.', { min: 0, unit: 's' }),
  optional('dropped', 'integer', 'Messages that a full log gave up.', UINT32),
  optional('refused', 'integer', 'Commands that were not understood.', UINT32),
];

export const ACK_MEMBERS: readonly PayloadMember[] = [
  required('v', 'integer', 'Version of this payload.', { min: 1, max: 1 }),
  required('boot', 'integer', 'Of the numbers.', UINT32),
  required('seq', 'integer', 'Everything up to here is durably stored.', UINT32),
];

export const CONTROL_MEMBERS: readonly PayloadMember[] = [
  optional('device_id', 'string', DEVICE_ID.description),
  optional('timestamp', 'time', 'Of the command: one older than the last is not obeyed.'),
  required('position', 'number', 'Where the window goes, 100 is open.', PERCENT_OPEN),
  optional('confidence', 'number', 'How sure the model is.', { min: 0, max: 1, nullable: true }),
  optional('features_used', 'object', 'What it was decided by.', {
    members: [
      optional('temperature', 'number', 'Celsius.', { unit: 'Celsius' }),
      optional('humidity', 'number', 'Percent.', { unit: 'percent' }),
      optional('audio_features', 'strings', 'Groups of columns [P-26].'),
    ],
  }),
  COMMAND_ID,
  optional('request_id', 'string', 'The request that it answers.', ID),
  optional('model_version', 'string', 'Of the model that decided.'),
  optional('inference_time_ms', 'number', 'How long the model took.', { min: 0, unit: 'ms' }),
  optional('audio_hash', 'string', 'SHA-256 of the recording as the device sent it.'),
  EXPIRES_AT,
  optional('source', 'string', 'Who decided.', { values: COMMAND_SOURCES }),
  optional('unknown', 'strings', 'Numbers that are 0 because they are not known.'),
];

export const WINDOW_STATE_MEMBERS: readonly PayloadMember[] = [
  optional('position', 'number', 'Where the window is.', { ...PERCENT_OPEN, nullable: true }),
  optional('target', 'number', 'Where it is going.', { ...PERCENT_OPEN, nullable: true }),
  optional('command_id', 'string', 'The command that this answers, empty for none.', ID),
  required('result', 'string', 'How it ended.', { values: WINDOW_RESULTS }),
  ...numbering,
];

export const REQUEST_MEMBERS: readonly PayloadMember[] = [
  DEVICE_ID,
  required('timestamp', 'time', 'Of the newest reading.'),
  required('temperature', 'number', 'Newest known.', PHYSICAL_RANGES.temperature),
  required('humidity', 'number', 'Newest known.', PHYSICAL_RANGES.humidity),
  required('audio_data', 'base64', 'A WAV file; empty without a recent recording [P-22].'),
  required('audio_metadata', 'object', 'Of the recording.', {
    members: [
      required('sample_rate', 'integer', 'Of the recording.', SAMPLE_RATE),
      required('duration', 'number', 'Of the recording, 0 without one.', DURATION),
    ],
  }),
  optional('request_id', 'string', 'Id of the message that asked for it.', ID),
  optional('audio_hash', 'string', 'SHA-256 of the recording as the device sent it.'),
  optional('audio_features', 'object', 'Its columns, when its samples are gone.', {
    members: [
      required('recipe', 'string', 'How they were computed.'),
      required('values', 'numbers', 'A number for each column.'),
    ],
  }),
];

export const RESPONSE_MEMBERS: readonly PayloadMember[] = [
  required('request_id', 'string', 'The request that it answers.', { min: 1, ...ID }),
  required('prediction', 'number', 'What the model said.', { nullable: true }),
  required('confidence', 'number', 'How sure it is.', { nullable: true }),
  required('inference_time_ms', 'number', 'How long it took.', { unit: 'ms', nullable: true }),
  required('model_version', 'string', 'Of the model.'),
  optional('held', 'boolean', 'Whether the policy made no command of it.'),
  optional('reason', 'string', 'Why not.'),
  optional('position', 'number', 'After the policy.', PERCENT_OPEN),
  optional('timestamp', 'time', 'Of the answer.'),
];

export const DEVICE_COMMAND_MEMBERS: readonly PayloadMember[] = [
  required('command', 'string', 'What to do.', { values: Object.keys(DEVICE_COMMANDS) }),
  optional('parameters', 'object', 'Of the command.', {
    members: [
      optional('rate_seconds', 'integer', 'Between two readings.', DEVICE_COMMANDS.set_sampling_rate.rate_seconds),
    ],
  }),
  COMMAND_ID,
  EXPIRES_AT,
];

const VERSION = { min: 1, max: PROTOCOL_LIMITS.uint32 };

export const CONFIG_DESIRED_MEMBERS: readonly PayloadMember[] = [
  required('version', 'integer', 'Applied only when newer than the one in force.', VERSION),
  ...CONFIG_MEMBERS,
];

export const CONFIG_REPORTED_MEMBERS: readonly PayloadMember[] = [
  optional('version', 'integer', 'The version that was offered; left out when it could not be read.', UINT32),
  required('applied', 'boolean', 'Whether it is in force.'),
  optional('reason', 'string', 'Why it is not.'),
  optional('in_force', 'integer', 'The version that is in force instead, 0 for none.', UINT32),
  ...CONFIG_MEMBERS,
  optional('unknown', 'any', 'Members that the device does not know.'),
];

export const TIME_REQUEST_MEMBERS: readonly PayloadMember[] = [
  required('deviceSendTime', 'number', "On the device's own clock.", { unit: 'ms' }),
];

export const TIME_RESPONSE_MEMBERS: readonly PayloadMember[] = [
  required('deviceSendTime', 'number', 'As it was asked.', { unit: 'ms' }),
  required('serverRecvTime', 'number', 'When it was asked, ms since 1970.', EPOCH_MS),
  required('serverSendTime', 'number', 'When it was answered, ms since 1970.', EPOCH_MS),
];

export const OTA_MEMBERS: readonly PayloadMember[] = [
  required('version', 'string', 'Of the image.', { min: 1, max: PROTOCOL_LIMITS.otaVersionLength }),
  required('board', 'string', 'Kind of board that it is for.', { min: 1, max: 32 }),
  required('url', 'string', 'Where the image is: `http://host[:port]/path`.', {
    min: 1,
    max: PROTOCOL_LIMITS.otaUrlLength,
    pattern: '^http://[^/:@?#\\[\\]]+(:[0-9]{1,5})?/[!-~]*$',
  }),
  required('size', 'integer', 'Of the image.', { min: 1, max: PROTOCOL_LIMITS.uint32, unit: 'bytes' }),
  required('sha256', 'string', 'Of the image, in lower case, as it is signed.', SHA256),
  required('secure_version', 'integer', 'An older one is refused.', UINT32),
  required('signature', 'string', 'Base64 of a DER ECDSA P-256 signature over the text of P-38.', { min: 1, max: 96 }),
];

export const OTA_STATE_MEMBERS: readonly PayloadMember[] = [
  required('version', 'string', 'Of the image.'),
  required('state', 'string', 'Where the update stands.', { values: OTA_STATES }),
  required('progress', 'integer', 'Of the download.', { min: 0, max: 100, unit: 'percent' }),
  required('reason', 'string', 'Why it failed, else empty.'),
];

/** Of Home Assistant's device discovery [P-39]; what is in them is told by Home Assistant. */
export const DISCOVERY_MEMBERS: readonly PayloadMember[] = [
  required('device', 'any', 'Identifiers and name.'),
  required('origin', 'any', 'Who publishes it.'),
  required('components', 'any', 'Two sensors and a cover.'),
];
