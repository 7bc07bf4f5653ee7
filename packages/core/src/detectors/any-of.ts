import type { Change, ChangeDetector } from '../change-detector.js';

/** Reports what any of the detectors reports, with the triggers of all of them. Every detector sees every reading. */
export function anyOf(...detectors: readonly ChangeDetector[]): ChangeDetector {
  return {
    observe(reading) {
      let change: Change | undefined;
      for (const detector of detectors) {
        const found = detector.observe(reading);
        if (found === undefined) continue;
        change =
          change === undefined ? found : { ...change, triggers: [...new Set([...change.triggers, ...found.triggers])] };
      }
      return change;
    },
    rebase(deviceId, values) {
      for (const detector of detectors) detector.rebase(deviceId, values);
    },
    forget(deviceId) {
      for (const detector of detectors) detector.forget(deviceId);
    },
  };
}
