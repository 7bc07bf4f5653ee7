import { chunk, floats, pcm, wavFile } from './wav-file.js';

/** A kind of recording; its files are all treated alike. */
export interface OddRecordings {
  /** As the first column of the table in docs/audio-features.md. */
  readonly recording: string;
  readonly files: readonly Uint8Array[];
  /** What its samples are taken for, in the words of the second column, and the samples themselves; absent: it is refused. */
  readonly taken?: { readonly as: string; readonly samples: readonly number[]; readonly rateHz?: number };
  /** What the message says of the rate. Default 16000, as the files do. */
  readonly saidHz?: number;
}

/** In steps that 8 bits have as well: half a second of a tone that grows. */
const SOUND = Array.from({ length: 8_000 }, (_, i) => Math.round(100 * (i / 8_000) * Math.sin(i * i * 1e-4)) / 128);
const OTHER = SOUND.map((_, i) => SOUND[SOUND.length - 1 - i]!);
const interleaved = (...channels: readonly (readonly number[])[]): number[] =>
  channels[0]!.flatMap((_, i) => channels.map((channel) => channel[i]!));
const s16 = pcm(SOUND, 16);
const whole = wavFile(s16);
const asIs = { as: 'as it is', samples: SOUND };
const riff = whole.slice(4);
const named = (name: string): Uint8Array => Uint8Array.from([...Buffer.from(name), ...riff]);
const list = chunk('LIST', Buffer.from('INFOISFT\x05\0\0\0abcde', 'latin1'));

export const ODD_RECORDINGS: readonly OddRecordings[] = [
  {
    recording: 'message and header name different rates',
    files: [wavFile(s16, { rateHz: 44_100 })],
    taken: { as: "at the header's rate", samples: SOUND, rateHz: 44_100 },
  },
  {
    recording: 'a rate above 384 kHz',
    files: [wavFile(s16, { rateHz: 400_000 })],
    saidHz: 400_000,
    taken: { as: "at the header's rate", samples: SOUND, rateHz: 400_000 },
  },
  { recording: 'a rate of 0', files: [wavFile(s16, { rateHz: 0 })] },
  {
    recording: 'stereo, or more channels',
    files: [
      wavFile(pcm(interleaved(SOUND, OTHER), 16), { channels: 2 }),
      wavFile(pcm(interleaved(SOUND, OTHER, SOUND, OTHER), 24), { channels: 4, bits: 24 }),
      wavFile(floats(interleaved(SOUND, OTHER), 32), { tag: 3, channels: 2, bits: 32 }),
    ],
    taken: { as: 'the mean of its channels', samples: SOUND.map((sample, i) => (sample + OTHER[i]!) / 2) },
  },
  { recording: 'no channel', files: [wavFile(s16, { channels: 0, blockAlign: 2 })] },
  {
    recording: 'PCM of 8 bits',
    files: [wavFile(pcm(SOUND, 8), { bits: 8 })],
    taken: { as: '(byte − 128) / 128', samples: SOUND },
  },
  {
    recording: 'PCM of 16, 24 or 32 bits',
    files: [whole, wavFile(pcm(SOUND, 24), { bits: 24 }), wavFile(pcm(SOUND, 32), { bits: 32 })],
    taken: { as: 'divided by 2¹⁵, 2²³, 2³¹', samples: SOUND },
  },
  {
    recording: 'float of 32 or 64 bits',
    files: [wavFile(floats(SOUND, 32), { tag: 3, bits: 32 }), wavFile(floats(SOUND, 64), { tag: 3, bits: 64 })],
    taken: asIs,
  },
  {
    recording: '`WAVE_FORMAT_EXTENSIBLE` around one of these',
    files: [
      wavFile(s16, { extensible: 1 }),
      wavFile(pcm(SOUND, 24), { extensible: 1, bits: 24 }),
      wavFile(floats(SOUND, 32), { extensible: 3, bits: 32 }),
    ],
    taken: { as: 'as without it', samples: SOUND },
  },
  { recording: '`WAVE_FORMAT_EXTENSIBLE` without its GUID', files: [wavFile(s16, { tag: 0xfffe })] },
  { recording: 'PCM of 24 bits, each in four bytes', files: [wavFile(pcm(SOUND, 32), { bits: 24, blockAlign: 4 })] },
  { recording: 'PCM of other bits, e.g. 12', files: [wavFile(s16, { bits: 12 })] },
  { recording: 'float of other bits, e.g. 16', files: [wavFile(s16, { tag: 3, bits: 16 })] },
  { recording: 'another codec in a WAV file, e.g. A-law', files: [wavFile(pcm(SOUND, 8), { tag: 6, bits: 8 })] },
  {
    recording: 'another kind of file, e.g. Ogg, FLAC, RIFX, RF64',
    files: ['OggS', 'fLaC', 'RIFX', 'RF64'].map(named),
  },
  {
    recording: 'less sound than the data chunk says: cut off',
    files: [whole.slice(0, 44 + 6_001), wavFile(s16.subarray(0, 6_000), { dataBytes: 6_002 })],
    taken: { as: 'what is there, whole frames', samples: SOUND.slice(0, 3_000) },
  },
  {
    recording: 'more bytes than the data chunk says',
    files: [wavFile(s16, { dataBytes: 6_000 }), wavFile(s16, { dataBytes: 6_001 })],
    taken: { as: 'what it says, whole frames', samples: SOUND.slice(0, 3_000) },
  },
  { recording: 'a data chunk of 0 bytes, and sound behind it', files: [wavFile(s16, { dataBytes: 0, riffBytes: 0 })] },
  {
    recording: 'a data chunk of 0xFFFFFFFF bytes: streamed',
    files: [wavFile(s16, { dataBytes: 0xffffffff, riffBytes: 0xffffffff })],
    taken: { as: 'to the end of the file', samples: SOUND },
  },
  {
    recording: "a wrong size in the RIFF header, or the fmt chunk's block align or byte rate",
    files: [
      ...[0, 20, 0x7fffffff, 0xffffffff].map((riffBytes) => wavFile(s16, { riffBytes })),
      wavFile(s16, { blockAlign: 4 }),
      wavFile(s16, { blockAlign: 0 }),
    ],
    taken: { as: 'as it is: none is believed', samples: SOUND },
  },
  {
    recording: 'other chunks before or behind the data, of odd size too',
    files: [
      wavFile(s16, { before: list }),
      wavFile(s16, { behind: list }),
      wavFile(s16, { before: chunk('junk', Buffer.from('odd')) }),
    ],
    taken: { as: 'without them', samples: SOUND },
  },
  { recording: 'no data chunk', files: [whole.slice(0, 36)] },
  { recording: 'cut off within its fmt chunk', files: [whole.slice(0, 30)] },
  {
    recording: 'clipped: samples at full scale',
    files: [wavFile(pcm(clipped(), 16))],
    taken: { as: 'as it is', samples: clipped() },
  },
  {
    recording: 'floats beyond ±1',
    files: [wavFile(floats(loud(), 32), { tag: 3, bits: 32 }), wavFile(floats(loud(), 64), { tag: 3, bits: 64 })],
    taken: { as: 'as it is: nothing is clipped', samples: loud() },
  },
  { recording: 'floats that are NaN', files: [32, 64].map((bits) => broken(NaN, bits as 32 | 64)) },
  { recording: 'floats that are infinite', files: [32, 64].map((bits) => broken(-Infinity, bits as 32 | 64)) },
  { recording: 'an empty file', files: [new Uint8Array(0)] },
  { recording: 'a header and no sample', files: [wavFile(new Uint8Array(0))] },
  {
    recording: 'fewer samples than a frame (2048)',
    files: [wavFile(pcm(SOUND.slice(0, 1_500), 16))],
    taken: { as: 'with silence around it', samples: SOUND.slice(0, 1_500) },
  },
  {
    recording: 'fewer samples than a hop (512)',
    files: [wavFile(pcm(SOUND.slice(4_000, 4_100), 16))],
    taken: { as: 'with silence around it: one frame', samples: SOUND.slice(4_000, 4_100) },
  },
  {
    recording: 'a single sample',
    files: [wavFile(pcm([0.5], 16))],
    taken: { as: 'with silence around it: one frame', samples: [0.5] },
  },
];

function clipped(): number[] {
  return SOUND.map((sample) => Math.min(Math.max(4 * sample, -1), 1 - 2 ** -15));
}

function loud(): number[] {
  return SOUND.map((sample) => 4 * sample);
}

/** One sample is. */
function broken(value: number, bits: 32 | 64): Uint8Array {
  return wavFile(floats(SOUND.with(7, value), bits), { tag: 3, bits });
}
