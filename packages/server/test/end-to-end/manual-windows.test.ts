import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { addUser } from '../../src/users/manage-users.js';
import { BROKERS, TalkingServer, type Heard } from '../support/talking-server.js';

const PATIENCE = { timeout: 20_000, interval: 5 };
const CONTROL = 'window/room-1/control';

const commands = (heard: readonly Heard[]) =>
  heard.filter(({ topic }) => topic === CONTROL).map(({ text }) => JSON.parse(text) as Record<string, unknown>);

describe.each(BROKERS.map((broker) => [broker.name, broker] as const))('through %s', (_name, { embedded, skip }) => {
  let server: TalkingServer;
  beforeAll(async () => {
    if (!skip) server = await TalkingServer.start(embedded);
  });
  afterAll(() => server?.end());

  const actions = async () => {
    await server.pipeline.drain();
    const { body } = await server.ask('GET', '/api/devices/room-1/commands');
    return body['commands'] as Record<string, unknown>[] | undefined;
  };

  test.skipIf(skip)('what people set becomes a command, and a row of window_actions', async () => {
    const { client, heard } = await server.connect([CONTROL]);
    const set = (text: string) => client.publishAsync('window/room-1/set', text, { qos: 1 });
    for (const bad of ['', '101', 'open', '40 %', '{"position":40}', 'STOP']) await set(bad);
    const before = Date.now();
    await set('40.5');
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    const [command] = commands(heard);
    expect(command).toMatchObject({
      device_id: 'room-1',
      position: 40.5,
      confidence: 1,
      source: 'manual',
      features_used: { audio_features: [] },
      unknown: ['temperature', 'humidity'],
    });
    const at = Date.parse(String(command!['timestamp']));
    expect(at).toBeGreaterThanOrEqual(before);
    expect(Date.parse(String(command!['expires_at'])) - at).toBe(300_000);
    expect(heard[0]!.retained).toBe(false);

    // The same once more, as a broker redelivers it: the same command, no second row.
    await set('40.5');
    await vi.waitUntil(() => heard.length > 1, PATIENCE);
    await client.publishAsync('window/room-1/state', '{"position":22.5,"target":40.5,"result":"moving"}', {
      qos: 1,
      retain: true,
    });
    await server.pipeline.idle();
    await expect.poll(() => server.pipeline.devices.knows('room-1'), PATIENCE).toBe(true);
    for (const word of ['OPEN', 'STOP', 'CLOSE']) await set(word);
    await vi.waitUntil(() => heard.length === 5, PATIENCE);
    expect(commands(heard).map(({ position }) => position)).toEqual([40.5, 40.5, 100, 22.5, 0]);
    const ids = commands(heard).map((each) => each['command_id']);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(4);
    await expect.poll(async () => (await actions())?.length, PATIENCE).toBe(4);
    expect(await actions()).toMatchObject([
      { command_id: ids[0], source: 'manual', position: 40.5, confidence: 1, temperature: null, request_id: '' },
      { position: 100 },
      { position: 22.5 },
      { position: 0 },
    ]);
    const letters = await server.ask('GET', '/api/dead-letters');
    expect(letters.body['dead_letters']).toEqual([]);
  });

  test.skipIf(skip)('after a restart a demand that is delivered once more makes no second command', async () => {
    const first = await server.connect([CONTROL]);
    await first.client.publishAsync('window/room-1/set', '55', { qos: 1 });
    await vi.waitUntil(() => first.heard.length > 0, PATIENCE);
    await server.pipeline.drain();
    const rows = (await actions())!.length;
    await server.restart();
    const { client, heard } = await server.connect([CONTROL]);
    await client.publishAsync('window/room-1/set', '55', { qos: 1, dup: true });
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    expect(commands(heard)[0]).toEqual(commands(first.heard)[0]);
    expect(await actions()).toHaveLength(rows);
  });
});

test('once there are users only an operator sets windows', async () => {
  const server = await TalkingServer.start(true);
  try {
    const users = join(server.folder, 'data', 'users.json');
    for (const role of ['operator', 'viewer'] as const) {
      await addUser(users, { name: role, role, password: 'correct horse' }, new Date());
    }
    await server.restart();
    const as = (username: string) => ({ username, password: 'correct horse' });
    const { client, heard } = await server.connect([CONTROL], as('operator'));
    const viewer = await server.connect([], as('viewer'));
    viewer.client.on('error', () => undefined);
    await viewer.client.publishAsync('window/room-1/set', '10', { qos: 0 });
    await client.publishAsync('window/room-1/set', '20', { qos: 1 });
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    expect(commands(heard).map(({ position }) => position)).toEqual([20]);
  } finally {
    await server.end();
  }
});
