import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPipeline, deadband, memoryTransport } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { obligationsLedger } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterAll, describe, expect, test } from 'vitest';
import { postgresStorage } from '../src/postgres-storage.js';
import { holding, waiting } from './support/locks.js';
import { onPostgres, postgresOfFile, skipWithoutPostgres } from './support/postgres-process.js';

const example = fileURLToPath(new URL('..', import.meta.url));

const server = await postgresOfFile();
const folder = await mkdtemp(join(tmpdir(), 'louver-example-'));
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(skipWithoutPostgres)(`a pipeline over ${onPostgres}`, () => {
  test('the program of the README compiles, says a wrong password, and stores what is published', async () => {
    const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
    execFileSync(process.execPath, [compiler, '-p', example]);
    const broker = await Aedes.createBroker();
    const listener = createServer({ noDelay: true }, broker.handle);
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const mqttUrl = `mqtt://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const subscribed = new Promise<void>((resolve) => {
      broker.on('subscribe', (subscriptions) => {
        if (subscriptions.some(({ topic }) => topic.startsWith('sensor/'))) resolve();
      });
    });
    const start = (password: string): ChildProcess =>
      spawn(process.execPath, [join(example, 'dist', 'main.js')], {
        cwd: folder,
        env: { ...process.env, MQTT_URL: mqttUrl, POSTGRES_URL: server.url, PGPASSWORD: password },
        stdio: ['ignore', 'inherit', 'pipe'],
      });
    const ended = (program: ChildProcess) => new Promise((resolve) => program.once('exit', resolve));

    const refused = start('guessed');
    let said = '';
    refused.stderr!.on('data', (chunk) => (said += String(chunk)));
    expect(await ended(refused)).toBe(1);
    expect(said).toMatch(/^LouverError: .*password authentication failed for user "postgres".*\n$/);

    const program = start(server.password);
    try {
      await subscribed;
      const device = await connectAsync(mqttUrl);
      await device.publishAsync('sensor/kitchen/temperature', '{"value": 27.5, "timestamp": ""}', { qos: 1 });
      await device.endAsync();
      const stored = () => server.sql('SELECT device_id, value FROM louver.sensor_temperature');
      await expect.poll(stored, { timeout: 20_000 }).toEqual([{ device_id: 'kitchen', value: 27.5 }]);
    } finally {
      const exited = ended(program);
      program.kill('SIGTERM');
      await exited;
      await new Promise<void>((resolve) => broker.close(() => listener.close(() => resolve())));
    }
  });

  test('a server that is killed in the middle of it and started again has every reading once', async () => {
    const transport = memoryTransport();
    const pipeline = createPipeline({
      transport,
      codec: esp32Codec(),
      journal: fileJournal(join(folder, 'journal')),
      storage: postgresStorage({ url: server.url, password: server.password, schema: 'killed' }),
      detector: deadband({ temperature: 0.5 }),
      // Many writes, so that one of them is on its way.
      batch: { maxRows: 20, maxDelayMs: 1 },
    });
    await pipeline.open();
    const ledger = obligationsLedger<number>();
    let next = 0;
    const send = async (): Promise<void> => {
      const place = (next += 1);
      ledger.sent(place);
      const timestamp = new Date(1_700_000_000_000 + place).toISOString();
      await transport.inject('sensor/kitchen/temperature', JSON.stringify({ value: place / 100, timestamp }));
      ledger.acknowledge(place);
    };
    const values = async () =>
      (await server.sql('SELECT value FROM killed.sensor_temperature')).map((row) => row['value']);

    for (const how of ['between writes', 'in a write', 'in a write'] as const) {
      const before = next;
      const sending = Array.from({ length: 1_000 }, send);
      await expect.poll(async () => (await values()).length, { timeout: 20_000 }).toBeGreaterThan(before);
      if (how === 'in a write') {
        await holding(server, 'LOCK TABLE killed.sensor_temperature IN SHARE MODE');
        sending.push(send());
        await expect.poll(() => waiting(server, 'killed'), { timeout: 20_000 }).toHaveLength(1);
      }
      await server.stop('SIGKILL');
      // Taken in while the database is away: the journal has them.
      sending.push(...Array.from({ length: 100 }, send));
      await Promise.all(sending);
      await expect.poll(() => pipeline.health().reasons.join(), { timeout: 20_000 }).toMatch(/PostgreSQL/);
      await server.start();
      await pipeline.drain();
      await expect.poll(() => pipeline.health().state, { timeout: 20_000 }).toBe('ready');
    }
    await pipeline.close();
    const verdict = ledger.check((await values()).map((value) => Math.round(Number(value) * 100)));
    expect(verdict.ok, verdict.summary).toBe(true);
    expect(next).toBe(3_302);
  });
});
