import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BROKERS, TalkingServer } from '../support/talking-server.js';

const PATIENCE = { timeout: 20_000, interval: 5 };

interface Discovery {
  readonly availability_topic: string;
  readonly components: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

describe.each(BROKERS.map((broker) => [broker.name, broker] as const))('through %s', (_name, { embedded, skip }) => {
  let server: TalkingServer;
  beforeAll(async () => {
    if (!skip) server = await TalkingServer.start(embedded, 'home_assistant: { discovery: true }\n');
  });
  afterAll(() => server?.end());

  test.skipIf(skip)('what Home Assistant finds it can read and move, also after a restart', async () => {
    const device = await server.connect(['window/room-1/control']);
    await device.client.publishAsync('sensor/room-1/temperature', '{"value":20.5}', { qos: 1, retain: false });
    for (const restart of [false, true]) {
      if (restart) await server.restart();
      const { client, heard } = await server.connect(['homeassistant/device/+/config']);
      await vi.waitUntil(() => heard.length > 0, PATIENCE);
      expect(heard[0]!.topic).toBe('homeassistant/device/room-1/config');
      const { components } = JSON.parse(heard[0]!.text) as Discovery;
      expect(Object.values(components).map(({ platform }) => platform)).toEqual(['sensor', 'sensor', 'cover']);
      const window = await server.connect([components['window']!['position_topic']!, 'window/room-1/control']);
      await client.publishAsync(components['window']!['set_position_topic']!, restart ? '30' : '40', { qos: 0 });
      await vi.waitUntil(() => window.heard.length > 0, PATIENCE);
      expect(JSON.parse(window.heard[0]!.text)).toMatchObject({ position: restart ? 30 : 40, source: 'manual' });
    }
  });

  test.skipIf(skip)('a device that is taken out of use is taken out of Home Assistant', async () => {
    const { client } = await server.connect([]);
    await client.publishAsync('sensor/room-2/temperature', '{"value":20.5}', { qos: 1 });
    const before = await server.connect(['homeassistant/device/room-2/config']);
    await vi.waitUntil(() => before.heard.length > 0, PATIENCE);
    expect((await server.ask('DELETE', '/api/devices/room-2')).status).toBe(204);
    await vi.waitUntil(() => before.heard.some(({ text }) => text === ''), PATIENCE);
    const after = await server.connect(['homeassistant/device/+/config']);
    await vi.waitUntil(() => after.heard.length > 0, PATIENCE);
    expect(after.heard.map(({ topic }) => topic)).toEqual(['homeassistant/device/room-1/config']);
  });
});

test('unless it is wanted nothing is announced', async () => {
  const server = await TalkingServer.start(true);
  try {
    const { client, heard } = await server.connect(['homeassistant/#']);
    await client.publishAsync('sensor/room-1/temperature', '{"value":20.5}', { qos: 1 });
    await server.knows('room-1');
    await server.pipeline.drain();
    expect(heard).toEqual([]);
  } finally {
    await server.end();
  }
});
