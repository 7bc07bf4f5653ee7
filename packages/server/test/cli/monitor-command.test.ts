import { afterEach, expect, test } from 'vitest';
import type { AedesOptions } from 'aedes';
import { monitorCommand } from '../../src/cli/monitor-command.js';
import { run, startBroker, testEnvironment, until, type TestBroker, type TestEnvironment } from './support.js';

const CONTROL = {
  device_id: 'room-1',
  timestamp: '2026-01-31T12:00:00Z',
  position: 75.5,
  confidence: 0.923,
  features_used: { temperature: 25.5, humidity: 60, audio_features: [] },
};

const open: TestBroker[] = [];

afterEach(async () => {
  for (const broker of open.splice(0)) await broker.stop();
});

async function monitoring(
  options: AedesOptions = {},
  ...args: string[]
): Promise<{ broker: TestBroker; environment: TestEnvironment; ended: Promise<void> }> {
  const broker = await startBroker(options);
  open.push(broker);
  const environment = testEnvironment();
  const ended = run(monitorCommand(environment), '--mqtt-url', broker.url, ...args);
  await Promise.race([ended, until(() => environment.remarks.length > 0, 'subscribed')]);
  return { broker, environment, ended };
}

test('prints a line for each command until it is interrupted', async () => {
  const { broker, environment, ended } = await monitoring();
  expect(environment.remarks).toEqual([`listening for window/+/control at 127.0.0.1:${broker.port}, Ctrl+C ends`]);
  await broker.publish('window/kept/control', JSON.stringify(CONTROL), true);
  await broker.publish('window/room-1/control', JSON.stringify({ ...CONTROL, source: 'model' }));
  await broker.publish('window/room-1/control', 'not JSON');
  await broker.publish('window/room-2/control', JSON.stringify({ ...CONTROL, confidence: null }));
  await until(() => environment.lines.length === 3, 'three lines');
  expect(environment.lines).toEqual([
    '2026-01-31T12:00:00.000Z  kept  75.5 %  confidence 0.92  external',
    '2026-01-31T12:00:00.000Z  room-1  75.5 %  confidence 0.92  model',
    '2026-01-31T12:00:00.000Z  room-2  75.5 %  confidence unknown  external',
  ]);
  expect(environment.remarks[1]).toMatch(/^not a command on window\/room-1\/control: /);
  environment.interrupt();
  await ended;
});

test('--json prints an object for each command', async () => {
  const { broker, environment, ended } = await monitoring({}, '--json');
  const control = { ...CONTROL, command_id: 'c1', request_id: 'r1', model_version: 'v1', source: 'manual' };
  await broker.publish('window/room-1/control', JSON.stringify(control));
  await until(() => environment.lines.length === 1, 'a line');
  expect(JSON.parse(environment.lines[0]!)).toEqual({
    timestamp: '2026-01-31T12:00:00.000Z',
    device_id: 'room-1',
    position: 75.5,
    confidence: 0.923,
    source: 'manual',
    command_id: 'c1',
    request_id: 'r1',
    model_version: 'v1',
  });
  environment.interrupt();
  await ended;
});

test('a command that the broker kept is not going out now', async () => {
  const broker = await startBroker();
  open.push(broker);
  await broker.publish('window/old/control', JSON.stringify(CONTROL), true);
  const environment = testEnvironment();
  const ended = run(monitorCommand(environment), '--mqtt-url', broker.url);
  await until(() => environment.remarks.length > 0, 'subscribed');
  await broker.publish('window/new/control', JSON.stringify(CONTROL));
  await until(() => environment.lines.length > 0, 'a line');
  expect(environment.lines).toEqual([expect.stringContaining('  new  ')]);
  environment.interrupt();
  await ended;
});

test('comes back after the broker was away', async () => {
  const { broker, environment, ended } = await monitoring();
  await broker.stop();
  await until(() => environment.remarks.length === 2, 'told of the loss');
  expect(environment.remarks[1]).toBe(`connection to 127.0.0.1:${broker.port} lost, trying again`);
  open[0] = await startBroker({}, broker.port);
  await until(() => environment.remarks.length === 3, 'subscribed again');
  await open[0].publish('window/room-1/control', JSON.stringify(CONTROL));
  await until(() => environment.lines.length === 1, 'a line');
  environment.interrupt();
  await ended;
});

test('ends although the broker is away', async () => {
  const { broker, environment, ended } = await monitoring();
  await broker.stop();
  await until(() => environment.remarks.length === 2, 'told of the loss');
  environment.interrupt();
  await ended;
});

test('a broker that is not there, and one that refuses the subscription, end it', async () => {
  const { url, stop } = await startBroker();
  await stop();
  await expect(run(monitorCommand(testEnvironment()), '--mqtt-url', url)).rejects.toThrow(/connection refused/);
  const refusing = monitoring({ authorizeSubscribe: (_client, _subscription, done) => done(null, null) });
  await expect(refusing).rejects.toThrow(/refuses the subscription to window\/\+\/control/);
});

test('a user that is refused later ends it', async () => {
  const { broker, environment, ended } = await monitoring();
  broker.aedes.authenticate = (_client, _username, _password, done) =>
    done(Object.assign(new Error('no'), { returnCode: 5 as const }), false);
  broker.cut();
  await expect(ended).rejects.toThrow(/wants to know who connects/);
  expect(environment.remarks).toHaveLength(2);
});
