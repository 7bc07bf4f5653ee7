import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BROKERS, TalkingServer } from '../support/talking-server.js';

const PATIENCE = { timeout: 20_000, interval: 5 };

describe.each(BROKERS.map((broker) => [broker.name, broker] as const))('through %s', (_name, { embedded, skip }) => {
  let server: TalkingServer;
  beforeAll(async () => {
    if (!skip) server = await TalkingServer.start(embedded);
  });
  afterAll(() => server?.end());

  test.skipIf(skip)('a command by HTTP reaches a device that was away, with the answer’s id', async () => {
    const device = { clientId: 'room-1', clean: false } as const;
    const first = await server.connect(['devices/room-1/commands'], device);
    await first.client.publishAsync('sensor/room-1/temperature', '{"value":20}', { qos: 1 });
    await server.knows('room-1');
    await first.client.endAsync();
    const order = { command: 'set_sampling_rate', parameters: { rate_seconds: 60 } };
    const answer = await server.ask('POST', '/api/devices/room-1/commands', order);
    expect(answer.status).toBe(202);
    const { heard } = await server.connect([], device);
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    expect(heard.map(({ text }) => JSON.parse(text) as unknown)).toEqual([
      { ...order, command_id: answer.body['command_id'], expires_at: answer.body['expires_at'] },
    ]);
    expect((await server.ask('POST', '/api/devices/room-2/commands', order)).status).toBe(404);
  });
});
