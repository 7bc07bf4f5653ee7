import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { judgeConfig, type ConfigValues } from '@louver/device-esp32';
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

  test.skipIf(skip)(
    'a configuration reaches a device that comes later, is reported back, and outlives a restart',
    async () => {
      const topic = 'sensor/room-7/config';
      const ask = async () => (await server.ask('GET', '/api/devices/room-7/config')).body;
      const hello = await server.connect([]);
      await hello.client.publishAsync('sensor/room-7/temperature', '{"value":20}', { qos: 1 });
      await server.knows('room-7');
      const put = await server.ask('PUT', '/api/devices/room-7/config', { interval_s: 30, failsafe_position: 12.5 });
      expect(put).toMatchObject({ status: 200, body: { state: 'pending', desired: { version: 1 } } });

      let inForce: ConfigValues = {};
      /** What the firmware does with what it is offered. */
      const device = async (): Promise<void> => {
        const { client, heard } = await server.connect([topic]);
        await vi.waitUntil(() => heard.length > 0, PATIENCE);
        expect(heard.at(-1)!.retained).toBe(true);
        const judged = judgeConfig(heard.at(-1)!.text, inForce);
        if (judged.applied) inForce = judged.values;
        const report = judged.applied
          ? { applied: true, ...inForce }
          : { version: inForce['version'], applied: false, reason: judged.reason, in_force: inForce['version'] };
        await client.publishAsync(`${topic}/reported`, JSON.stringify(report), { qos: 1, retain: true });
      };
      await device();
      const works = { version: 1, interval_s: 30, failsafe_position: 12.5 };
      await expect.poll(ask, PATIENCE).toMatchObject({ state: 'in-force', desired: works, in_force: works });

      await server.restart();
      await server.knows('room-7');
      await expect.poll(ask, PATIENCE).toMatchObject({ state: 'in-force', desired: works, in_force: works });
      await device();
      await server.pipeline.drain();
      expect(await ask()).toMatchObject({ state: 'in-force', reported: { applied: true } });
      await server.ask('PUT', '/api/devices/room-7/config', { interval_s: 60 });
      await device();
      await expect.poll(ask, PATIENCE).toMatchObject({
        state: 'in-force',
        in_force: { version: 2, interval_s: 60, failsafe_position: 12.5 },
      });
      await server.pipeline.drain();
      const devices = (await server.ask('GET', '/api/devices')).body['devices'] as {
        device_id: string;
        config: object;
      }[];
      expect(devices.find(({ device_id }) => device_id === 'room-7')?.config).toMatchObject({
        desired: { version: 2 },
      });
    },
  );

  test.skipIf(skip)('what a broker has lost it is given again at the next start', async () => {
    const { client } = await server.connect([]);
    await client.publishAsync('sensor/room-8/temperature', '{"value":20}', { qos: 1 });
    await server.knows('room-8');
    await server.ask('PUT', '/api/devices/room-8/config', { interval_s: 30 });
    await client.publishAsync('sensor/room-8/config', '', { qos: 1, retain: true });
    await server.restart();
    const { heard } = await server.connect(['sensor/room-8/config']);
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    expect(JSON.parse(heard[0]!.text)).toEqual({ version: 1, interval_s: 30 });
  });
});
