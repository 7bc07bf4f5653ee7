import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import type { Metrics } from '@louver/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { startServer, type RunningServer } from '../../src/server.js';

const isThere = ((): boolean => {
  try {
    return execFileSync('promtool', ['--version'], { encoding: 'utf8' }) !== '';
  } catch {
    return process.env['CI'] === 'true';
  }
})();

let folder: string;
let server: RunningServer;
/** What somebody else's metrics were told. */
const told = new Map<string, number>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-metrics-'));
  const flags = { mqttPort: '0', httpPort: '0', dataDir: join(folder, 'data') };
  const config = loadConfig({ workingDirectory: folder, flags });
  const metrics: Metrics = {
    count: (name, _labels, by = 1) => void told.set(name, (told.get(name) ?? 0) + by),
    observe: () => undefined,
    gauge: () => undefined,
  };
  server = await startServer(config, { context: { metrics } });
}, 60_000);

afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

async function scraped(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${server.ports.http}/metrics`)).text();
}

/** What `promtool check metrics` finds; '': nothing. */
function complaints(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('promtool', ['check', 'metrics'], (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') return reject(error);
      resolve(stdout + stderr);
    });
    child.stdin!.end(text);
  });
}

test.skipIf(!isThere)('promtool finds nothing wrong, before and after (skipped without promtool)', async () => {
  expect(await complaints('# TYPE x_total gauge\nx_total 1\n')).toContain('x_total');
  expect(await complaints(await scraped())).toBe('');
  const device = await connectAsync(`mqtt://127.0.0.1:${server.ports.mqtt}`);
  const say = (topic: string, payload: string) => device.publishAsync(topic, payload, { qos: 1 });
  const timestamp = new Date().toISOString();
  await say('sensor/a/humidity', JSON.stringify({ value: 50, timestamp }));
  for (const value of [21, 22, 23]) await say('sensor/a/temperature', JSON.stringify({ value, timestamp }));
  await say('sensor/a/temperature', JSON.stringify({ value: 23, timestamp }));
  await say('sensor/a/temperature', 'nonsense');
  await say('sensor/a/temperature', '{"value":"warm"}');
  await say('window/b/set', '40');
  await device.endAsync();
  await server.pipeline!.drain();
  const text = await scraped();
  expect(await complaints(text)).toBe('');
  const lines = text.split('\n').filter((line) => /^louver_(messages|decode_errors|devices|duplicates)/.test(line));
  // The first two readings make a decision, the next ones perhaps: its command is read back like the person's.
  expect(lines.filter((line) => !line.includes('kind="command"')).sort()).toEqual([
    'louver_decode_errors_total{code="not-json"} 1',
    'louver_decode_errors_total{code="wrong-type"} 1',
    'louver_devices{state="active"} 1',
    'louver_devices{state="inactive"} 0',
    'louver_duplicates_total{table="sensor_temperature"} 1',
    'louver_messages_total{kind="humidity",result="accepted"} 1',
    'louver_messages_total{kind="temperature",result="accepted"} 4',
    'louver_messages_total{kind="temperature",result="duplicate"} 1',
    'louver_messages_total{kind="unknown",result="dead-letter"} 2',
  ]);
  expect(text).toContain('\nlouver_commands_total{source="manual",result="sent"} 1\n');
  expect(text).not.toContain('device_id');
  expect(told.get('duplicates_total')).toBe(1);
});
