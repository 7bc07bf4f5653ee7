import type { Context } from '../component.js';
import { withDeadline } from '../deadline.js';
import { LouverError } from '../errors.js';
import type { Recording } from '../event.js';
import type { ExtractedFeatures, FeatureExtractor } from '../feature-extractor.js';

/** 34 doubles, 40 mel bands and the hash make about 1 KiB: 4 MiB in all. */
const MAX_ENTRIES = 4096;
/** Below the extractor's own queue bound, so that the caller waits here instead of being refused there. */
const MAX_RUNNING = 32;
/** An extraction that takes longer is given up (protocol.md, `sensor_audio.features`). */
const DEADLINE_MS = 10_000;

/**
 * One analysis per recording, whoever asks: the row of `sensor_audio` and the inference share it by the hash of the bytes. Waits in line
 * rather than being refused; gives up after 10 s of work with `E_TIMEOUT`.
 */
export function cachedFeatures(extractor: FeatureExtractor): FeatureExtractor {
  const known = new Map<string, Promise<ExtractedFeatures>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let context: Context | undefined;

  async function extract(recording: Recording): Promise<ExtractedFeatures> {
    if (context === undefined) throw new LouverError('E_NOT_OPEN', `${extractor.name}: extract() before open()`);
    if (running >= MAX_RUNNING) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      const what = `${extractor.name}: analysing ${recording.bytes.byteLength} bytes`;
      return await withDeadline(context.clock, DEADLINE_MS, what, (signal) => extractor.extract(recording, signal));
    } finally {
      // The place goes to the next in line without being free in between.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  return {
    name: extractor.name,
    get names() {
      return extractor.names;
    },
    get recipe() {
      return extractor.recipe;
    },
    covers: (recipe) => extractor.covers?.(recipe) ?? recipe === extractor.recipe,
    async open(opened) {
      await extractor.open(opened);
      context = opened;
    },
    close: () => extractor.close(),
    health: () => extractor.health?.() ?? { ok: true },
    check: async (signal) => extractor.check?.(signal),
    extract(recording) {
      const { sha256 } = recording;
      let features = known.get(sha256);
      if (features === undefined) {
        features = extract(recording);
        known.set(sha256, features);
        // A passing trouble (overload, deadline) is not remembered; a recording that cannot be analysed is.
        features.catch((error: unknown) => {
          if (LouverError.is(error) && error.retryable) known.delete(sha256);
        });
        for (const oldest of known.keys()) {
          if (known.size <= MAX_ENTRIES) break;
          known.delete(oldest);
        }
      }
      return features;
    },
  };
}
