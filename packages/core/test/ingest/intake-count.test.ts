import { expect, test } from 'vitest';
import { defaultContext, type Metrics } from '../../src/index.js';
import { manualClock } from '../../src/testkit/manual-clock.js';
import { START_MS, rig } from '../support/rig.js';

/** Sums by name and labels. */
function counting(): { readonly metrics: Metrics; of(name: string): Readonly<Record<string, number>> } {
  const counts = new Map<string, Map<string, number>>();
  const metrics: Metrics = {
    count(name, labels = {}, by = 1) {
      const series = counts.get(name) ?? new Map<string, number>();
      const key = Object.values(labels).join(' ');
      counts.set(name, series.set(key, (series.get(key) ?? 0) + by));
    },
    observe: () => undefined,
    gauge: () => undefined,
  };
  return { metrics, of: (name) => Object.fromEntries(counts.get(name) ?? []) };
}

test('each message is counted once by what it tells; a repetition again when it is found to be one', async () => {
  const { metrics, of } = counting();
  const { pipeline, transport, send } = rig({
    context: defaultContext({ clock: manualClock(START_MS), random: () => 0.5, metrics }),
  });
  await pipeline.open();
  await send('s/a/temperature', 20, START_MS);
  await send('s/a/temperature', 20, START_MS);
  await send('s/a/humidity', 50, START_MS);
  // Names of Object's own: a device may call its quantity so.
  for (const quantity of ['co2', 'constructor', 'toString']) await send(`s/a/${quantity}`, 7, START_MS);
  await transport.inject('s/a/temperature', 'nonsense');
  await transport.inject('s/a/temperature', '{"v":"warm"}');
  await pipeline.drain();
  expect(of('messages_total')).toEqual({
    'temperature accepted': 2,
    'temperature duplicate': 1,
    'humidity accepted': 1,
    'scalar accepted': 3,
    'unknown dead-letter': 2,
    // The model's own, read back.
    'command accepted': 1,
  });
  expect(of('decode_errors_total')).toEqual({ 'not-json': 1, 'wrong-type': 1 });
  expect(of('duplicates_total')).toEqual({ sensor_temperature: 1 });
  expect(of('commands_total')).toEqual({ 'model sent': 1 });
  await pipeline.close();
});
