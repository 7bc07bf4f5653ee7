import { afterEach, describe, expect, test } from 'vitest';
import { esp32Codec } from '@louver/device-esp32';
import { simulateCommand } from '../../src/cli/simulate-command.js';
import { run, startBroker, testEnvironment, until, type TestBroker } from './support.js';

const open: TestBroker[] = [];

afterEach(async () => {
  for (const broker of open.splice(0)) await broker.stop();
});

async function started(...given: Parameters<typeof startBroker>): Promise<TestBroker> {
  const broker = await startBroker(...given);
  open.push(broker);
  return broker;
}

function topics(broker: TestBroker, deviceId: string): string[] {
  return broker.published.map(({ topic }) => topic).filter((topic) => topic.includes(`/${deviceId}/`));
}

describe('louver simulate', () => {
  test('each device measures, records, obeys and says good-bye; everything is counted', async () => {
    const broker = await started();
    const environment = testEnvironment();
    const ended = run(
      simulateCommand(environment),
      ...['--mqtt-url', broker.url, '--devices', '2', '--interval', '0.05', '--audio-interval', '0.2', '--prefix', 'x'],
    );
    await until(() => topics(broker, 'x-2').includes('window/x-2/state'), 'both devices are on');
    const command = { command_id: 'c1', timestamp: new Date().toISOString(), position: 40, confidence: 1 };
    await broker.publish('window/x-2/control', JSON.stringify({ device_id: 'x-2', ...command, features_used: {} }));
    const obeyed = (): boolean => broker.published.some(({ payload }) => payload.includes('"command_id":"c1"'));
    const recorded = (id: string): boolean => topics(broker, id).filter((t) => t === `sensor/${id}/audio`).length >= 2;
    await until(() => obeyed() && recorded('x-1') && recorded('x-2'), 'measured, recorded and obeyed');
    environment.interrupt();
    await ended;

    const codec = esp32Codec();
    for (const { topic, payload } of broker.published) {
      // Throws for what the backend would refuse.
      codec.decode({ topic, payload: Buffer.from(payload), receivedAtMs: Date.now(), deliveryId: 'd' });
    }
    for (const id of ['x-1', 'x-2']) {
      const status = broker.published.filter(({ topic }) => topic === `sensor/${id}/status`);
      expect(status.map(({ payload }) => payload)).toEqual(['online', 'offline']);
      expect(topics(broker, id)).toEqual(
        expect.arrayContaining([`sensor/${id}/temperature`, `sensor/${id}/humidity`, `sensor/${id}/audio`]),
      );
    }
    const summary =
      /^2 devices, [\d.]+ s: sent (\d+) {2}acknowledged (\d+) {2}p50 [\d.]+ ms {2}p99 [\d.]+ ms {2}commands 1 {2}not acknowledged 0$/;
    const [, sent, acknowledged] = summary.exec(environment.lines.at(-1)!) ?? [];
    expect(Number(sent)).toBe(broker.published.length);
    expect(acknowledged).toBe(sent);
  });

  test('--duration ends it, 0 makes no recordings, lines tell how it goes', async () => {
    const broker = await started();
    // A report each 10 ms instead of each 5 s, everything else as it is.
    const environment = testEnvironment();
    const { clock } = environment;
    const hurried = { ...clock, sleep: (ms: number, s?: AbortSignal) => clock.sleep(ms === 5_000 ? 10 : ms, s) };
    const args = ['--mqtt-url', broker.url, '--devices', '1', '--interval', '0.02', '--audio-interval', '0'];
    await run(simulateCommand({ ...environment, clock: hurried }), ...args, '--duration', '0.3');
    expect(topics(broker, 'sim-1')).not.toContain('sensor/sim-1/audio');
    expect(environment.lines.length).toBeGreaterThan(2);
    expect(environment.lines.at(-2)).toMatch(
      /^\d{4}-\S+Z {2}connected 1\/1 {2}sent \d+ {2}acknowledged \d+ {2}p50 \S+ ms/,
    );
  });

  test('the same seed makes the same sound, and another boot: nothing is taken for a repetition', async () => {
    const measured: { data: string; boot: number }[] = [];
    for (let i = 0; i < 2; i++) {
      const broker = await started();
      const environment = testEnvironment({ clock: { ...testEnvironment().clock, now: () => 1_770_000_000_000 } });
      const ended = run(simulateCommand(environment), '--mqtt-url', broker.url, '--devices', '1', '--seed', '7');
      const audio = (): string | undefined =>
        broker.published.find(({ topic }) => topic === 'sensor/sim-1/audio')?.payload;
      await until(() => audio() !== undefined, 'a recording');
      environment.interrupt();
      await ended;
      measured.push(JSON.parse(audio()!) as { data: string; boot: number });
    }
    expect(measured[0]!.data === measured[1]!.data).toBe(true);
    expect(measured[0]!.boot).not.toBe(measured[1]!.boot);
  });

  test('devices come back after the broker was away', async () => {
    const broker = await started();
    const environment = testEnvironment();
    const args = ['--mqtt-url', broker.url, '--devices', '2', '--interval', '0.05', '--audio-interval', '0'];
    const ended = run(simulateCommand(environment), ...args);
    await until(() => topics(broker, 'sim-2').length > 0, 'on');
    await broker.stop();
    const again = await startBroker({}, broker.port);
    open[0] = again;
    await until(() => ['sim-1', 'sim-2'].every((id) => topics(again, id).includes(`sensor/${id}/status`)), 'on again');
    environment.interrupt();
    await ended;
    expect(environment.lines.at(-1)).toContain('not acknowledged 0');
  });

  test('the last will says that a device was lost', async () => {
    const broker = await started();
    const wills: string[] = [];
    broker.aedes.on('publish', ({ topic, payload }, client) => {
      if (client === null && topic.endsWith('/status')) wills.push(`${topic} ${payload.toString()}`);
    });
    const environment = testEnvironment();
    const ended = run(simulateCommand(environment), '--mqtt-url', broker.url, '--devices', '1');
    await until(() => topics(broker, 'sim-1').length > 0, 'on');
    broker.cut();
    const all = (): string[] => [...wills, ...broker.published.map(({ topic, payload }) => `${topic} ${payload}`)];
    await until(() => all().includes('sensor/sim-1/status offline'), 'the will');
    environment.interrupt();
    await ended;
  });

  test('no broker, a refused device and an impossible name end it in one line', async () => {
    const gone = await startBroker();
    await gone.stop();
    await expect(run(simulateCommand(testEnvironment()), '--mqtt-url', gone.url)).rejects.toThrow(/connection refused/);
    const strict = await started({
      // The first client is the one that tries the way; devices come with a will.
      authenticate: ({ id }, _username, _password, done) =>
        id.startsWith('sim-')
          ? done(Object.assign(new Error('no'), { returnCode: 5 as const }), false)
          : done(null, true),
    });
    await expect(run(simulateCommand(testEnvironment()), '--mqtt-url', strict.url)).rejects.toThrow(/who connects/);
    const broker = await started();
    const bad = run(simulateCommand(testEnvironment()), '--mqtt-url', broker.url, '--prefix', 'a/b');
    await expect(bad).rejects.toThrow(/device id is "a\/b-1"/);
    await expect(run(simulateCommand(testEnvironment()), '--devices', '0')).rejects.toThrow(/from 1 to 10000/);
  });
});
