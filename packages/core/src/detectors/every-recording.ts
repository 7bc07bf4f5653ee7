import type { ChangeDetector } from '../change-detector.js';

const AUDIO = ['audio'] as const;

/** Reports each recording (`audio_always_trigger: true`). */
export function everyRecording(): ChangeDetector {
  return {
    observe(reading) {
      if (reading.kind !== 'waveform') return undefined;
      const { deviceId, timestampMs, messageId } = reading;
      return { deviceId, timestampMs, triggers: AUDIO, messageId };
    },
    rebase() {},
    forget() {},
  };
}
