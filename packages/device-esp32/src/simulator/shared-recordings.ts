import { encodeWav16 } from '@louver/core';
import type { SoundKind } from '../sound/scenes.js';
import { synthesizeSound } from '../sound/synthesize-sound.js';

export interface SharedRecordingsOptions {
  /** Uniform in [0, 1): the same sequence and questions make the same recordings. */
  readonly random: () => number;
  /** Length of a recording in s; default 2. */
  readonly durationS?: number;
  /** Default 16,000. */
  readonly sampleRateHz?: number;
  /** Takes of each scene at each loudness; default 4. */
  readonly takes?: number;
}

/** The beginning of a payload [P-3], which others may have too, and the end of its base64 text, which is of this recording alone. */
export interface SharedRecording {
  readonly sampleRateHz: number;
  readonly durationS: number;
  /** `{"data":"` and base64 text as bytes. Not to be written to. */
  readonly head: Uint8Array;
  /** The rest of the base64 text. */
  readonly tail: string;
}

interface Take {
  readonly head: Uint8Array;
  readonly lastSamples: Uint8Array;
}

/** Loudness is prepared in steps of a quarter. */
const LEVELS = 4;
/** Three bytes are four characters of base64, and a sample has two: the cut lies between samples and between characters. */
const CUT = 6;
/** The header's 44 bytes, rounded up to a cut. */
const HEADER = 48;

/**
 * Recordings for many devices: a few takes of each scene, synthesized and encoded when they are first wanted (16 kHz and 2 s: 85 kB each), and
 * handed out in turn. In each the last twelve samples are its own, by ±4 of 32,768: two with the same bytes are as good as never.
 */
export class SharedRecordings {
  readonly #random: () => number;
  readonly #durationS: number;
  readonly #sampleRateHz: number;
  readonly #takes: number;
  readonly #made = new Map<string, Take[]>();
  #turn = 0;

  constructor({ random, durationS = 2, sampleRateHz = 16_000, takes = 4 }: SharedRecordingsOptions) {
    this.#random = random;
    this.#durationS = durationS;
    this.#sampleRateHz = sampleRateHz;
    this.#takes = takes;
  }

  /** @param level 0..1, as for `synthesizeSound`. @param random Of the device. */
  record(scene: SoundKind, level: number, random: () => number): SharedRecording {
    const step = Math.max(1, Math.round(level * LEVELS));
    const key = `${scene} ${step}`;
    let takes = this.#made.get(key);
    if (takes === undefined) this.#made.set(key, (takes = []));
    const i = this.#turn++ % this.#takes;
    const take = (takes[i] ??= this.#make(scene, step / LEVELS));
    return {
      sampleRateHz: this.#sampleRateHz,
      durationS: Math.round(this.#durationS * this.#sampleRateHz) / this.#sampleRateHz,
      head: take.head,
      tail: ownTail(take.lastSamples, random),
    };
  }

  #make(scene: SoundKind, level: number): Take {
    const sampleRateHz = this.#sampleRateHz;
    const samples = synthesizeSound(scene, { durationS: this.#durationS, sampleRateHz, random: this.#random, level });
    const wav = Buffer.from(encodeWav16(samples, sampleRateHz));
    const cut = Math.max(HEADER, Math.floor(wav.length / CUT - 4) * CUT);
    const head = Buffer.from(`{"data":"${wav.toString('base64', 0, cut)}`, 'latin1');
    return { head, lastSamples: Uint8Array.from(wav.subarray(cut)) };
  }
}

function ownTail(lastSamples: Uint8Array, random: () => number): string {
  const bytes = Buffer.from(lastSamples);
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const changed = bytes.readInt16LE(i) + Math.floor(9 * random()) - 4;
    bytes.writeInt16LE(Math.min(32_767, Math.max(-32_768, changed)), i);
  }
  return bytes.toString('base64');
}
