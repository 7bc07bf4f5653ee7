import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext, type OutboundMessage } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config/load-config.js';
import { Announcer } from '../src/home-assistant/announcer.js';
import { deviceRow, T0 } from './http/support.js';

let published: OutboundMessage[];
let isAway: boolean;
let clock: ReturnType<typeof manualClock>;
let announcer: Announcer;

function announce(changes: Partial<ConstructorParameters<typeof Announcer>[0]> = {}): void {
  announcer = new Announcer({
    topics: {},
    prefix: 'homeassistant',
    version: '1.2.3',
    context: defaultContext({ clock, random: () => 0.5 }),
    transport: {
      async publish(message) {
        if (isAway) throw new Error('away');
        published.push(message);
      },
    },
    ...changes,
  });
}

beforeEach(() => {
  published = [];
  isAway = false;
  clock = manualClock(T0);
  announce();
});

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};
const topics = () => published.map(({ topic }) => topic);

describe('Home Assistant is told', () => {
  test('of a device: two sensors and a cover, as its documentation says', async () => {
    announcer.begin();
    announcer.observe(deviceRow('room-1', { name: 'Kitchen', device_type: 'esp32c3' }), 'registered');
    await settled();
    const [message] = published;
    expect(message).toMatchObject({ topic: 'homeassistant/device/room-1/config', qos: 1, retain: true });
    expect(JSON.parse(String(message!.payload))).toEqual({
      device: { identifiers: ['louver_room-1'], name: 'Kitchen', model: 'esp32c3' },
      origin: { name: 'Louver', sw_version: '1.2.3' },
      availability_topic: 'sensor/room-1/status',
      payload_available: 'online',
      payload_not_available: 'offline',
      components: {
        temperature: {
          platform: 'sensor',
          unique_id: 'louver_room-1_temperature',
          device_class: 'temperature',
          state_class: 'measurement',
          unit_of_measurement: '°C',
          state_topic: 'sensor/room-1/temperature',
          value_template: '{{ value_json.value }}',
        },
        humidity: {
          platform: 'sensor',
          unique_id: 'louver_room-1_humidity',
          device_class: 'humidity',
          state_class: 'measurement',
          unit_of_measurement: '%',
          state_topic: 'sensor/room-1/humidity',
          value_template: '{{ value_json.value }}',
        },
        window: {
          platform: 'cover',
          unique_id: 'louver_room-1_window',
          device_class: 'window',
          name: 'Window',
          command_topic: 'window/room-1/set',
          payload_open: 'OPEN',
          payload_close: 'CLOSE',
          payload_stop: 'STOP',
          set_position_topic: 'window/room-1/set',
          position_topic: 'window/room-1/state',
          position_template: '{{ value_json.position | round(0) | int if value_json.position is number }}',
          position_open: 100,
          position_closed: 0,
        },
      },
    });
  });

  test('topics and prefix as they are configured', async () => {
    announce({ topics: { temperature: 'site1/sensor/+/temperature', windowControl: 'w/+/control' }, prefix: 'ha/x' });
    announcer.begin();
    announcer.observe(deviceRow('a'), 'known');
    await settled();
    expect(topics()).toEqual(['ha/x/device/a/config']);
    const text = String(published[0]!.payload);
    for (const topic of ['site1/sensor/a/status', 'site1/sensor/a/humidity', 'w/a/set', 'w/a/state']) {
      expect(text).toContain(`"${topic}"`);
    }
  });

  test('ids that it would not hear become others, each one of a kind', async () => {
    announcer.begin();
    for (const id of ['a.b', 'a:b', 'a-b', 'a_b']) announcer.observe(deviceRow(id), 'known');
    await settled();
    for (const topic of topics()) expect(topic).toMatch(/^homeassistant\/device\/[A-Za-z0-9_-]+\/config$/);
    expect(new Set(topics()).size).toBe(4);
    expect(topics().slice(2)).toEqual(['homeassistant/device/a-b/config', 'homeassistant/device/a_b/config']);
  });

  test('once per start, and of nothing that does not concern it', async () => {
    announcer.begin();
    announcer.observe(deviceRow('a'), 'known');
    for (const event of ['inactive', 'active', 'configured']) announcer.observe(deviceRow('a'), event);
    await settled();
    expect(topics()).toHaveLength(1);
  });

  test('that a device is gone', async () => {
    announcer.begin();
    announcer.observe(deviceRow('a', { deleted_at: T0 }), 'decommissioned');
    announcer.observe(deviceRow('b', { deleted_at: T0 }), 'known');
    await settled();
    expect(published).toEqual([
      { topic: 'homeassistant/device/a/config', payload: '', qos: 1, retain: true },
      { topic: 'homeassistant/device/b/config', payload: '', qos: 1, retain: true },
    ]);
  });

  test('later, when the broker is away: the newest only', async () => {
    isAway = true;
    announcer.observe(deviceRow('a'), 'known');
    announcer.observe(deviceRow('a', { name: 'Renamed' }), 'registered');
    announcer.begin();
    await settled();
    await clock.advance(60_000);
    expect(published).toEqual([]);
    isAway = false;
    await clock.advance(60_000);
    await settled();
    expect(published.map(({ payload }) => JSON.parse(String(payload)) as object)).toMatchObject([
      { device: { name: 'Renamed' } },
    ]);
  });

  test('nothing after the end', async () => {
    announcer.begin();
    announcer.close();
    announcer.observe(deviceRow('a'), 'registered');
    await settled();
    expect(published).toEqual([]);
  });
});

describe('the configuration', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'louver-ha-'))));
  afterEach(() => rm(folder, { recursive: true }));
  const load = async (yaml: string) => {
    await writeFile(join(folder, 'louver.yaml'), yaml);
    return loadConfig({ workingDirectory: folder }).homeAssistant;
  };

  test('off unless it is wanted', async () => {
    expect(await load('')).toBeUndefined();
    expect(await load('home_assistant: { discovery: false, prefix: x }')).toBeUndefined();
    expect(await load('home_assistant: { discovery: true }')).toEqual({ prefix: 'homeassistant' });
    expect(await load('home_assistant: { discovery: true, prefix: ha/x }')).toEqual({ prefix: 'ha/x' });
  });

  test.each(['""', 'a/+', 'a/#', '/a', 'a/', '$a', '5'])('a prefix of %s is none', async (prefix) => {
    await expect(load(`home_assistant: { discovery: true, prefix: ${prefix} }`)).rejects.toThrow(
      'home_assistant.prefix: found',
    );
  });
});
