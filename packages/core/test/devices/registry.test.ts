import { defaultContext, type DerivedRecord } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { beforeEach, expect, test } from 'vitest';
import { DeviceRegistry } from '../../src/devices/registry.js';
import type { DeviceRow } from '../../src/tables.js';

const T0 = Date.UTC(2026, 0, 1);
let written: DerivedRecord[];
let registry: DeviceRegistry;

beforeEach(() => {
  written = [];
  registry = new DeviceRegistry({
    inactiveAfterMs: 600_000,
    context: defaultContext({ clock: manualClock(T0) }),
    write: (records) => void written.push(...records),
  });
});

const rows = () => written.flatMap((record) => (record.table === 'device_registry' ? [record.row] : []));
const events = () => written.flatMap((record) => (record.table === 'device_events' ? [record.row.event] : []));
const stored = (change: Partial<DeviceRow> = {}): DeviceRow => ({
  device_id: 'a',
  name: 'Bedroom',
  location: '{"address":"upstairs"}',
  registered_at: T0 - 1000,
  last_seen: T0,
  is_active: true,
  config: '{"interval":5}',
  device_type: 'esp32',
  metadata: '{}',
  deleted_at: 0,
  ...change,
});

test('the first message registers a device', async () => {
  await registry.recall([]);
  await registry.begin(T0);
  registry.saw('a', T0 + 5);
  expect(rows()).toMatchObject([
    { device_id: 'a', name: 'a', registered_at: T0 + 5, last_seen: T0 + 5, is_active: true },
  ]);
  expect(events()).toEqual(['registered']);
});

test('last_seen is written every 30 s at the most', async () => {
  await registry.recall([stored()]);
  await registry.begin(T0);
  for (let ms = 0; ms <= 90_000; ms += 100) registry.saw('a', T0 + ms);
  expect(rows().map(({ last_seen }) => last_seen - T0)).toEqual([30_000, 60_000, 90_000]);
});

test.each(['recall', 'begin'] as const)(
  'nothing is written before %s, and what a person has entered stays',
  async (late) => {
    if (late === 'begin') await registry.recall([stored()]);
    else await registry.begin(T0);
    registry.saw('a', T0 + 60_000);
    registry.saw('b', T0 + 60_000);
    await registry.sweep(T0 + 3_600_000);
    expect(written).toEqual([]);
    if (late === 'begin') await registry.begin(T0);
    else await registry.recall([stored()]);
    expect(rows()).toMatchObject(
      [
        { device_id: 'b', registered_at: T0 + 60_000 },
        { ...stored(), last_seen: T0 + 60_000 },
      ].sort((x, y) => x.device_id.localeCompare(y.device_id)),
    );
    expect(events()).toEqual(['registered']);
  },
);

test('a row that waits in the journal wins over an older one in storage, whichever is read first', async () => {
  const waiting = stored({ name: 'Renamed', last_seen: T0 + 1 });
  registry.restore(waiting);
  await registry.recall([stored()]);
  registry.restore(stored({ name: 'Oldest', last_seen: T0 - 1 }));
  await registry.begin(T0);
  registry.saw('a', T0 + 60_000);
  expect(rows()).toMatchObject([{ name: 'Renamed', last_seen: T0 + 60_000 }]);
});

test('inactive after a silence, active again by a message; each row is newer than the one before', async () => {
  await registry.recall([stored()]);
  await registry.begin(T0);
  await registry.sweep(T0 + 599_999);
  expect(written).toEqual([]);
  await registry.sweep(T0 + 600_000);
  await registry.sweep(T0 + 630_000);
  registry.saw('a', T0 + 700_000);
  expect(events()).toEqual(['inactive', 'active']);
  expect(rows().map(({ is_active, last_seen }) => [is_active, last_seen - T0])).toEqual([
    [false, 1],
    [true, 700_000],
  ]);
});

test('a server clock that steps back writes nothing older', async () => {
  await registry.recall([stored()]);
  await registry.begin(T0);
  registry.saw('a', T0 + 40_000);
  registry.saw('a', T0 - 3_600_000);
  await registry.sweep(T0 - 3_600_000);
  expect(rows().map(({ last_seen }) => last_seen - T0)).toEqual([40_000]);
});

test('the event loop is free while 50,000 devices fall silent at once', async () => {
  await registry.recall(Array.from({ length: 50_000 }, (_, i) => stored({ device_id: `d${i}` })));
  await registry.begin(T0);
  let turns = 0;
  let over = false;
  const turn = (): void => {
    turns++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await registry.sweep(T0 + 600_000);
  over = true;
  expect(rows()).toHaveLength(50_000);
  expect(turns).toBeGreaterThan(1);
});
