export { esp32Codec, type Esp32CodecOptions } from './codec.js';
export { CONFIG_MEMBERS, type ConfigMember } from './protocol/config-members.js';
export {
  discoveryMessage,
  discoveryRemoval,
  type DiscoveredDevice,
  type DiscoveryOptions,
} from './protocol/discovery.js';
export { judgeCommand, type CommandFault, type DeviceCommand } from './protocol/judge-command.js';
export { judgeConfig, type ConfigJudgement, type ConfigValues } from './protocol/judge-config.js';
export { judgeTimeResponse } from './protocol/judge-time.js';
export { DEVICE_COMMANDS, OTA_STATES, PROTOCOL_LIMITS, RESERVED_NAMES } from './protocol/limits.js';
export type { PayloadMember, PayloadMemberType } from './protocol/members.js';
export {
  PROTOCOL,
  PROTOCOL_VERSION,
  type MessageDirection,
  type MessagePayload,
  type ProtocolMessage,
} from './protocol/messages.js';
export { otaSignedText, type SignedManifest } from './protocol/signed-text.js';
export { seededRandom } from './seeded-random.js';
export { Outdoors, type OutdoorConditions, type OutdoorsOptions } from './simulator/outdoors.js';
export type { RoomOptions } from './simulator/room.js';
export { SharedRecordings, type SharedRecording, type SharedRecordingsOptions } from './simulator/shared-recordings.js';
export {
  SIMULATED_QUANTITIES,
  type SimulatedMessage,
  type SimulatedQuantity,
  type SimulatedReading,
} from './simulator/simulated-message.js';
export { SimulatedDevice, type SimulatedDeviceOptions } from './simulator/simulated-device.js';
export { SOUND_KINDS, type SoundKind } from './sound/scenes.js';
export { synthesizeSound, type SynthesizeSoundOptions } from './sound/synthesize-sound.js';
export { isDeviceId } from './topics/device-id.js';
export { isQuantityName } from './topics/quantity.js';
export type { PartName } from './topics/recording-parts.js';
export { esp32Topics, type ParsedTopic, type ReadingTopic, type TopicPatterns, type Topics } from './topics/topics.js';
export type { CodecNotice } from './wire/decode-context.js';
export { parseRfc3339 } from './wire/rfc3339.js';
