import { readWavHeader, type Clock, type OutboundMessage } from '@louver/core';
import { describe, expect, test } from 'vitest';
import {
  esp32Codec,
  Outdoors,
  seededRandom,
  SharedRecordings,
  SimulatedDevice,
  type SimulatedDeviceOptions,
  type SimulatedMessage,
} from '../../src/index.js';

const START = Date.parse('2026-03-01T00:00:00Z');
const DAY = 86_400_000;

/** A clock that stands still until it is told; `sleep` moves it on. */
function handClock(): Clock & { set(ms: number): void } {
  let now = START;
  return {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    set: (ms) => void (now = ms),
  };
}

function rig(options: Partial<SimulatedDeviceOptions> = {}, seed = 1) {
  const clock = handClock();
  const sent: OutboundMessage[] = [];
  const device = new SimulatedDevice({
    deviceId: 'dev-1',
    clock,
    random: seededRandom(seed),
    publish: (message) => void sent.push(message),
    audioIntervalMs: 0,
    ...options,
  });
  const runTo = async (ms: number): Promise<void> => {
    while (device.nextDueMs <= ms) {
      clock.set(Math.max(clock.now(), device.nextDueMs));
      await device.tick();
    }
    clock.set(ms);
    await device.tick();
  };
  const states = () =>
    sent
      .filter((m) => m.topic === 'window/dev-1/state')
      .map((m) => JSON.parse(m.payload as string) as Record<string, unknown>);
  return { clock, device, sent, runTo, states };
}

const command = (position: number, atMs: number, more: object = {}): string =>
  JSON.stringify({
    device_id: 'dev-1',
    timestamp: new Date(atMs).toISOString(),
    position,
    confidence: 1,
    features_used: { temperature: 20, humidity: 50, audio_features: [] },
    command_id: `c-${position}-${atMs}`,
    ...more,
  });

describe('SimulatedDevice', () => {
  test('everything that it publishes is what the codec expects', async () => {
    const { device, sent, runTo } = rig({ audioIntervalMs: 600_000 });
    await device.start();
    await runTo(START + 3_600_000);
    await device.onMessage('window/dev-1/control', command(50, START + 3_600_000));
    await runTo(START + 3_660_000);
    await device.stop();
    const codec = esp32Codec();
    const kinds = new Map<string, number>();
    const ids = new Set<string>();
    for (const [i, message] of sent.entries()) {
      const payload = new TextEncoder().encode(message.payload as string);
      for (const event of codec.decode({ ...message, payload, receivedAtMs: START + 3_700_000, deliveryId: `d${i}` })) {
        kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
        expect(ids.has(event.messageId)).toBe(false);
        ids.add(event.messageId);
        if (event.kind === 'scalar' || event.kind === 'waveform') expect(event.identified).toBe(true);
        if (event.kind === 'waveform') expect(readWavHeader(event.recording.bytes).durationS).toBe(2);
      }
    }
    expect(Object.fromEntries(kinds)).toEqual({
      'device-status': 2,
      'window-state': 3,
      scalar: 2 * 123,
      waveform: 7,
    });
    expect(sent.filter((m) => m.retain).every((m) => /\/(status|state)$/.test(m.topic))).toBe(true);
    expect(device.will).toEqual({ topic: 'sensor/dev-1/status', payload: 'offline', qos: 1, retain: true });
  });

  test('the same seed and clock make the same messages, another seed others', async () => {
    const run = async (seed: number): Promise<OutboundMessage[]> => {
      const { sent, runTo } = rig({ audioIntervalMs: 600_000 }, seed);
      await runTo(START + 3_600_000);
      return sent;
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  test('an open window pulls the room towards outdoors, in temperature and vapour', async () => {
    const far = async (position: number): Promise<{ kelvin: number; humidity: number }> => {
      const outdoors = new Outdoors({ random: seededRandom(9), meanC: 5 });
      const { device, runTo, clock } = rig({ windowPosition: position, outdoors, room: { heaterW: 0 } });
      await runTo(START + 4 * 3_600_000);
      return { kelvin: device.temperatureC - outdoors.at(clock.now()).temperatureC, humidity: device.relativeHumidity };
    };
    const closed = await far(0);
    const tilted = await far(10);
    const open = await far(100);
    expect(closed.kelvin).toBeGreaterThan(8);
    expect(tilted.kelvin).toBeLessThan(0.75 * closed.kelvin);
    expect(open.kelvin).toBeLessThan(0.6 * tilted.kelvin);
    expect(open.kelvin).toBeGreaterThan(0);
  });

  test('an open window lets the sound in', async () => {
    const loudness = async (windowPosition: number): Promise<number> => {
      const { device, sent } = rig({
        windowPosition,
        audioIntervalMs: 600_000,
        outdoors: new Outdoors({ random: seededRandom(3), scene: 'rain' }),
      });
      await device.tick();
      const { data } = JSON.parse(sent.at(-1)!.payload as string) as { data: string };
      const samples = Buffer.from(data, 'base64').subarray(44);
      let sum = 0;
      for (let i = 0; i < samples.length; i += 2) sum += samples.readInt16LE(i) ** 2;
      return Math.sqrt(sum / (samples.length / 2));
    };
    expect((await loudness(100)) / (await loudness(0))).toBeCloseTo(1 / 0.15, 0);
  });

  test('a command moves the window at its speed, and the device says so', async () => {
    const { device, states, runTo } = rig({ windowPercentPerS: 5 });
    await device.start();
    await runTo(START + 1000);
    await device.onMessage('window/dev-1/control', command(75.5, START + 1000));
    expect(states().at(-1)).toMatchObject({ position: 0, target: 75.5, result: 'moving' });
    await runTo(START + 1000 + 10_000);
    expect(device.windowPosition).toBeCloseTo(50, 6);
    await runTo(START + 1000 + 15_100);
    expect(states().at(-1)).toMatchObject({
      position: 75.5,
      target: 75.5,
      result: 'done',
      command_id: `c-75.5-${START + 1000}`,
    });
  });

  test('expired, retained, older, foreign and unreadable commands move nothing', async () => {
    const { device, states, runTo } = rig();
    await runTo(START + 60_000);
    const now = START + 60_000;
    const send = (payload: string, retained = false): Promise<void> =>
      device.onMessage('window/dev-1/control', payload, retained);
    await send(command(90, now - 10_000, { expires_at: new Date(now - 1).toISOString() }));
    expect(states().at(-1)).toMatchObject({ result: 'expired', target: 0 });
    const count = states().length;
    await send(command(90, now), true);
    await device.onMessage('window/dev-2/control', command(90, now));
    expect(states().length).toBe(count);
    await send('{"position": 900}');
    await send('open!');
    expect(states().at(-1)).toMatchObject({ result: 'rejected', target: 0, command_id: '' });
    await send(command(10, now - 1000));
    await send(command(90, now - 2000));
    expect(states().at(-1)).toMatchObject({ result: 'rejected', target: 10, command_id: `c-90-${now - 2000}` });
    await send(command(10, now - 1000));
    expect(states().at(-1)).toMatchObject({ result: 'moving', target: 10 });
    await runTo(now + 60_000);
    expect(device.windowPosition).toBe(10);
  });

  test('while the broker is away messages wait in order, and at most 256 of them', async () => {
    let away = true;
    const sent: string[] = [];
    const { device, runTo } = rig({
      publish: (message) => {
        if (away) throw new Error('no broker');
        sent.push((JSON.parse(message.payload as string) as { timestamp: string }).timestamp);
      },
    });
    await runTo(START + 10 * 60_000);
    expect(device.unsent).toBe(42);
    await runTo(START + DAY / 2);
    expect(device.unsent).toBe(256);
    away = false;
    await device.tick();
    expect(device.unsent).toBe(0);
    expect(sent.length).toBe(256);
    expect(sent).toEqual(sent.toSorted());
  });

  test('a command that comes before publish returns does not lock', async () => {
    const { device, states } = rig({
      publish: async (message) => {
        replies.push(message);
        if (message.topic.endsWith('/temperature')) await device.onMessage('window/dev-1/control', command(5, START));
      },
    });
    const replies: OutboundMessage[] = [];
    await device.tick();
    expect(states()).toEqual([]);
    expect(replies.map((m) => m.topic)).toEqual([
      'sensor/dev-1/temperature',
      'sensor/dev-1/humidity',
      'window/dev-1/state',
    ]);
  });

  test('run starts, goes on until it is told to stop, and says good-bye', async () => {
    const { device, sent, clock } = rig();
    const stop = new AbortController();
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (ms, signal) => {
      if (clock.now() > START + 120_000) stop.abort();
      return sleep(ms, signal);
    };
    await device.run(stop.signal);
    expect(sent[0]).toMatchObject({ topic: 'sensor/dev-1/status', payload: 'online' });
    expect(sent.at(-1)).toMatchObject({ topic: 'sensor/dev-1/status', payload: 'offline' });
    expect(sent.filter((m) => m.topic.endsWith('/temperature')).length).toBe(5);
  });

  test('a day of five devices stays plausible, hears every scene, and is simulated in seconds', async () => {
    const began = performance.now();
    const heard = new Set<string>();
    let messages = 0;
    for (let i = 0; i < 5; i++) {
      const { device, runTo, sent } = rig({ audioIntervalMs: 600_000, deviceId: `dev-${i}` }, i);
      for (let hour = 1; hour <= 24; hour++) {
        await runTo(START + (hour * DAY) / 24);
        heard.add(device.scene);
        expect(device.temperatureC).toBeGreaterThan(10);
        expect(device.temperatureC).toBeLessThan(35);
        expect(device.relativeHumidity).toBeGreaterThan(15);
        expect(device.relativeHumidity).toBeLessThanOrEqual(100);
      }
      messages += sent.length;
    }
    expect(messages).toBe(5 * (2 * 2881 + 145));
    expect([...heard].sort()).toEqual(['quiet', 'rain', 'traffic', 'wind']);
    // About 1 s on two cores; the bound only tells a hang from work.
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

describe('what a device has and believes', () => {
  const payloads = (sent: readonly OutboundMessage[], topic: string) =>
    sent.filter((m) => m.topic === topic).map((m) => JSON.parse(m.payload as string) as Record<string, unknown>);

  test('one of a thousand measures a part of the quantities, at moments of its own', async () => {
    const { sent, runTo } = rig({ quantities: ['humidity'], intervalMs: 30_000, firstReadingMs: 7_000 });
    await runTo(START + 90_000);
    expect(payloads(sent, 'sensor/dev-1/temperature')).toEqual([]);
    const stamps = payloads(sent, 'sensor/dev-1/humidity').map(({ timestamp }) => Date.parse(timestamp as string));
    expect(stamps).toEqual([7_000, 37_000, 67_000].map((ms) => START + ms));
  });

  test('switched on late it measures at once and keeps to its moments', async () => {
    const { sent, clock, device, runTo } = rig({ intervalMs: 30_000, firstReadingMs: 7_000 });
    clock.set(START + 9_500);
    await device.tick();
    await runTo(START + 60_000);
    const stamps = payloads(sent, 'sensor/dev-1/humidity').map(({ timestamp }) => Date.parse(timestamp as string));
    expect(stamps).toEqual([9_500, 37_000].map((ms) => START + ms));
  });

  test('one that knows no time leaves it empty, numbers its readings all the same, and obeys', async () => {
    const { sent, device, runTo, states } = rig({ believedMs: () => undefined, boot: 9, audioIntervalMs: 30_000 });
    await runTo(START + 30_000);
    expect(
      payloads(sent, 'sensor/dev-1/temperature').map(({ timestamp, seq, boot }) => [timestamp, seq, boot]),
    ).toEqual([
      ['', 0, 9],
      ['', 3, 9],
    ]);
    expect(payloads(sent, 'sensor/dev-1/audio').map(({ timestamp, seq }) => [timestamp, seq])).toEqual([
      ['', 2],
      ['', 5],
    ]);
    await device.onMessage('window/dev-1/control', command(50, START + 30_000));
    expect(states().at(-1)).toMatchObject({ target: 50, result: 'moving', timestamp: '' });
  });

  test('each message says which reading it is, and what had to be dropped is counted', async () => {
    const sent: SimulatedMessage[] = [];
    let isAway = true;
    const { device, runTo } = rig({
      publish: (message) => (isAway ? Promise.reject(new Error('away')) : void sent.push(message)),
      recordings: new SharedRecordings({ random: seededRandom(1), durationS: 0.1 }),
      ...{ intervalMs: 1_000, audioIntervalMs: 100_000 },
    });
    await runTo(START + 199_500);
    // 200 pairs and two recordings, of which it has room for 256.
    expect([device.unsent, device.dropped]).toEqual([256, 146]);
    isAway = false;
    await device.start();
    const readings = sent.flatMap(({ reading, payload }) => (reading === undefined ? [] : [{ ...reading, payload }]));
    // `online` and the window's state took the place of two more.
    expect(readings.map(({ seq }) => seq)).toEqual(Array.from({ length: 254 }, (_, i) => 148 + i));
    for (const { sensor, seq, value, payload } of readings) {
      const said = JSON.parse(Buffer.from(payload as string).toString()) as Record<string, unknown>;
      expect([said['seq'], said['value'], 'data' in said]).toEqual([seq, value, sensor === 'audio']);
    }
  });
});
