import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { judgeTimeResponse } from '@louver/device-esp32';
import { BROKERS, TalkingServer } from '../support/talking-server.js';

const PATIENCE = { timeout: 20_000, interval: 5 };

describe.each(BROKERS.map((broker) => [broker.name, broker] as const))('through %s', (_name, { embedded, skip }) => {
  let server: TalkingServer;
  beforeAll(async () => {
    if (!skip) server = await TalkingServer.start(embedded);
  });
  afterAll(() => server?.end());

  test.skipIf(skip)('a device without a clock learns the time, whatever else is sent to that topic', async () => {
    const { client, heard } = await server.connect(['sensor/room-1/time/response']);
    const upMs = 12_345.5;
    const request = JSON.stringify({ deviceSendTime: upMs });
    for (const malformed of ['', 'now', '{}', '{"deviceSendTime":"1"}', '{"deviceSendTime":1e999}']) {
      await client.publishAsync('sensor/room-1/time/request', malformed, { qos: 1 });
    }
    const sentMs = Date.now();
    await client.publishAsync('sensor/room-1/time/request', request, { qos: 1 });
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    const gotMs = Date.now();
    const body = JSON.parse(heard[0]!.text) as Record<string, number>;
    expect(heard).toHaveLength(1);
    expect(heard[0]!.retained).toBe(false);
    expect(Object.keys(body)).toEqual(['deviceSendTime', 'serverRecvTime', 'serverSendTime']);
    expect(body['serverRecvTime']).toBeGreaterThanOrEqual(sentMs);
    expect(body['serverSendTime']).toBeLessThanOrEqual(gotMs);
    const learntMs = judgeTimeResponse(body, upMs, upMs + (gotMs - sentMs));
    expect(Math.abs(learntMs! - gotMs)).toBeLessThanOrEqual(gotMs - sentMs);

    await client.publishAsync('sensor/room-1/temperature', 'poison', { qos: 1 });
    await server.pipeline.drain();
    const letters = await server.ask('GET', '/api/dead-letters');
    expect(letters.body['dead_letters']).toMatchObject([{ topic: 'sensor/room-1/temperature' }]);
  });
});
