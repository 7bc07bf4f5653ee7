export { seededRandom } from './seeded-random.js';
export { SOUND_KINDS, type SoundKind } from './sound/scenes.js';
export { synthesizeSound, type SynthesizeSoundOptions } from './sound/synthesize-sound.js';
