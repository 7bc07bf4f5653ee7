import { expect, test } from 'vitest';
import { defaultContext } from '@louver/core';
import { seededRandom } from '@louver/device-esp32';
import { startDemo } from '../../src/demo/start-demo.js';
import { startBroker, until } from './support.js';

test('devices of the demo connect, also later, measure and say good-bye', async () => {
  const first = await startBroker();
  await first.stop();
  const warned: object[] = [];
  const logger = {
    ...defaultContext().logger,
    warn: (_message: string, fields: object = {}) => void warned.push(fields),
  };
  const context = defaultContext({ random: seededRandom(1), logger });
  const demo = await startDemo({ broker: { url: first.url }, devices: 2, context });
  await until(() => warned.length === 2, 'both were refused');
  const users: (string | undefined)[] = [];
  const broker = await startBroker(
    { authenticate: (_client, username, _password, done) => (users.push(username), done(null, true)) },
    first.port,
  );
  const seen = (topic: string): boolean => broker.published.some((message) => message.topic === topic);
  await until(() => seen('sensor/demo-1/audio') && seen('sensor/demo-2/audio'), 'both have recorded');
  expect(warned).toHaveLength(2);
  expect(users).toEqual([undefined, undefined]);
  await demo.close();
  const last = broker.published.filter(({ topic }) => topic === 'sensor/demo-2/status').at(-1);
  expect(last?.payload).toBe('offline');
  await broker.stop();
});

test('gives its credentials; closes although nobody answers; refuses an impossible URL', async () => {
  let given = '';
  const broker = await startBroker({
    authenticate: (_client, username, password, done) => {
      given = `${username}:${password?.toString()}`;
      done(null, true);
    },
  });
  const context = defaultContext();
  const demo = await startDemo({
    broker: { url: broker.url, username: 'demo', password: 'x' },
    devices: 1,
    context,
  });
  await until(() => given === 'demo:x', 'credentials');
  await broker.stop();
  await demo.close();
  await expect(startDemo({ broker: { url: 'nonsense' }, devices: 1, context })).rejects.toMatchObject({
    code: 'E_CONFIG',
  });
});
