export { esp32Codec, type Esp32CodecOptions } from './codec.js';
export { seededRandom } from './seeded-random.js';
export { Outdoors, type OutdoorConditions, type OutdoorsOptions } from './simulator/outdoors.js';
export type { RoomOptions } from './simulator/room.js';
export { SimulatedDevice, type SimulatedDeviceOptions } from './simulator/simulated-device.js';
export { SOUND_KINDS, type SoundKind } from './sound/scenes.js';
export { synthesizeSound, type SynthesizeSoundOptions } from './sound/synthesize-sound.js';
export { isDeviceId } from './topics/device-id.js';
export { isQuantityName, RESERVED_NAMES } from './topics/quantity.js';
export { esp32Topics, type ParsedTopic, type TopicPatterns, type Topics } from './topics/topics.js';
export type { CodecNotice } from './wire/decode-context.js';
export {
  decodeInferenceRequest,
  decodeInferenceResponse,
  type DecodeInferenceOptions,
  type InferenceAnswer,
} from './wire/decode-inference.js';
export { parseRfc3339 } from './wire/rfc3339.js';
