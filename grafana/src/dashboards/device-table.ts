import { rows, type PanelWords } from '../panels.js';
import { LAST_SEEN } from '../queries/devices.js';
import { table } from '../targets.js';

/** Every device in use, the longest silent first; its name leads to its own dashboard. */
export function deviceTable(title: string): ReturnType<typeof rows> {
  const words: PanelWords = {
    title,
    description:
      'Every device in use, the longest silent first; its name leads to its own dashboard (device_registry).',
    width: 12,
    targets: [table(LAST_SEEN)],
  };
  return rows(words, { linked: 'device_id' }).overrideByName('silent for', [{ id: 'unit', value: 's' }]);
}
