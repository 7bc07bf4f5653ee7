import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import {
  createPipeline,
  deadband,
  LouverError,
  memoryJournal,
  memoryStorage,
  memoryTransport,
  topicMatches,
  type MemoryStorage,
} from '@louver/core';
import { esp32Codec, seededRandom } from '@louver/device-esp32';
import { expect, test } from 'vitest';
import { ready } from '../packages/server/test/support/api.js';
import { startLouver } from '../packages/server/test/support/louver-process.js';
import { withDatabase, type Sql } from './support/database.js';
import { NAMED_POISON } from './support/named-poison.js';
import { PoisonClient } from './support/poison-client.js';
import { poisonInputs, type Input } from './support/poison-grammar.js';
import { progress, report } from './support/report.js';
import { FRESH_WITHIN_MS, freshReadingStored } from './support/server.js';
import { SEED, tiered } from './support/tier.js';

/** Through codec and pipeline in this process. */
const INPUTS = tiered(100_000, 1_000_000);
/** So many at a time: their rows are kept in memory. */
const AT_ONCE = 20_000;
/** Through a whole server. */
const TO_A_SERVER = tiered(1_000, 20_000);
const MONTHS = 101;

/** Where what a device says goes; what the server knows of devices itself is not looked at. */
const TABLES = [
  'sensor_temperature',
  'sensor_humidity',
  'sensor_scalar',
  'sensor_audio',
  'window_actions',
  'window_states',
  'ml_predictions',
  'dead_letters',
] as const;
const WITHOUT_ROW = ['device-info', 'inference-asked', 'device-status'];

test(
  `R11: ${INPUTS} generated messages: each is acknowledged, and a row or a dead letter (seed ${SEED})`,
  async () => {
    const inputs = poisonInputs(INPUTS, seededRandom(SEED));
    const tell = progress('R11');
    const total = { inputs: 0, rows: 0, letters: 0, duplicates: 0 };
    while (total.inputs < INPUTS) {
      const codec = esp32Codec();
      const some: Input[] = [];
      // Not for … of, which would end the generator.
      while (some.length < AT_ONCE && total.inputs + some.length < INPUTS) some.push(inputs.next().value as Input);
      const through = await throughAPipeline(some);
      let expected = 0;
      for (const [i, { topic, payload }] of some.entries()) {
        const isHeard = codec.filters.some((filter) => topicMatches(filter, topic));
        if (isHeard) expected += rowsOf(codec, topic, payload, i);
      }
      const rows = TABLES.reduce((sum, table) => sum + through.storage.rows(table).length, 0);
      expect(rows + through.duplicates, 'rows, dead letters and repetitions').toBe(expected + through.orders);
      expect(through.errors).toEqual([]);
      total.inputs += some.length;
      total.rows += rows;
      total.letters += through.storage.rows('dead_letters').length;
      total.duplicates += through.duplicates;
      tell(() => `${total.inputs} of ${INPUTS} inputs`);
    }
    report(
      'R11',
      `${total.inputs} inputs, all acknowledged: ${total.rows - total.letters} rows, ${total.letters} dead letters, ` +
        `${total.duplicates} repetitions, no crash`,
    );
    // Neither is a grammar of nothing but poison, nor one of none.
    expect(total.letters).toBeGreaterThan(INPUTS / 10);
    expect(total.rows - total.letters).toBeGreaterThan(INPUTS / 10);
  },
  tiered(120_000, 3_600_000),
);

test(`R11: every kind of poison through a whole server: set aside and acknowledged, its neighbours stored (seed ${SEED})`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-r11-'));
  const louver = await startLouver(folder, ['--no-model', '--log-level', 'error']);
  try {
    await ready(louver.httpUrl);
    const client = await connectAsync(louver.mqttUrl);
    const neighbour = (value: number, timestamp: string): Promise<unknown> =>
      client.publishAsync('sensor/neighbour/temperature', JSON.stringify({ value, timestamp }), { qos: 1 });
    for (const [i, [topic, payload]] of NAMED_POISON.entries()) {
      // Resolves at the PUBACK: a message that is not acknowledged would stop the test here.
      await client.publishAsync(topic, payload, { qos: 1 });
      await neighbour(i, new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString());
    }
    const halfBad = JSON.stringify({ temperature: 20, humidity: 999, co2: 700, timestamp: '2026-01-02T00:00:00Z' });
    await client.publishAsync('devices/half/telemetry', halfBad, { qos: 1 });
    // In one batch: ClickHouse takes a hundred partitions at the most.
    const months = Array.from({ length: MONTHS }, (_, i) => new Date(Date.UTC(2010, i, 1)).toISOString());
    await Promise.all(months.map((timestamp, i) => neighbour(100 + i / 1000, timestamp)));

    const raw = new PoisonClient(louver.mqttPort);
    const generated = [...poisonInputs(TO_A_SERVER, seededRandom(SEED + 1))];
    const acknowledged: Input[] = [];
    const refused: string[] = [];
    for (const input of generated) {
      const outcome = await raw.publish(Buffer.from(input.topic), input.payload);
      if (outcome === 'acknowledged') acknowledged.push(input);
      else refused.push(input.topic);
    }
    // Not to be published to [MQTT-3.3.2-2]: its connection ends, and nobody else's.
    expect(await raw.publish(Buffer.from('sensor/+/temperature'), Buffer.from('{"value":21}'))).toBe('closed');
    // No text: it names no device.
    const noText = Buffer.from('sensor/\xff\xfe/temperature', 'latin1');
    expect(await raw.publish(noText, Buffer.from('{"value":21}'))).toBe('acknowledged');
    await raw.close();
    expect(client.connected).toBe(true);
    // Behind a hundred inserts, one for each month.
    await freshReadingStored(louver);
    const freshMs = await freshReadingStored(louver);
    await client.endAsync();
    expect(await louver.kill('SIGTERM')).toBe(0);

    // The same through a pipeline in memory says which rows there are to be.
    const { storage } = await throughAPipeline(acknowledged);
    await withDatabase(folder, async (sql) => {
      const named = NAMED_POISON.map(([topic, payload, reason]) => letterOf(topic, reason, payload));
      const letters = await sql<{ topic: string; code: string; payload: string; detail: string }>(
        'SELECT topic, code, payload, detail FROM iot.dead_letters ORDER BY received_at',
      );
      // Those of one millisecond in any order.
      const first = letters
        .slice(0, named.length + 1)
        .map(({ topic, code, payload }) => letterOf(topic, code, Buffer.from(payload, 'base64')));
      expect(first.sort()).toEqual([...named, letterOf('devices/half/telemetry', 'out-of-range', halfBad)].sort());
      for (const { detail } of letters) expect(detail.length).toBeGreaterThan(10);
      expect(await valuesOf(sql, 'neighbour')).toEqual([
        ...NAMED_POISON.keys(),
        ...months.map((_, i) => 100 + i / 1000),
      ]);
      expect(await valuesOf(sql, 'half')).toEqual([20]);
      const found = await countsOf(sql);
      expect(found).toEqual(countsIn(storage, named.length + 2));
      report(
        'R11',
        `${NAMED_POISON.length} kinds and ${generated.length} generated through a server: ${acknowledged.length} acknowledged, ` +
          `${refused.length} with a topic that is none; ${JSON.stringify(found)}; fresh reading stored after ${freshMs} ms`,
      );
    });
    // More than 16 levels, empty, or the broker's own.
    for (const topic of refused) expect(topic).toMatch(/^$|^\$|^([^/]*\/){16}/);
    expect(acknowledged.length).toBeGreaterThan(TO_A_SERVER / 2);
    expect(freshMs).toBeLessThan(FRESH_WITHIN_MS);
  } finally {
    await louver.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
});

/** A pipeline of the real parts but for network and disk. Resolves when everything was acknowledged and is stored. */
async function throughAPipeline(inputs: readonly Input[]): Promise<{
  readonly storage: MemoryStorage;
  readonly duplicates: number;
  /** Commands that went out: by chance some messages ask for a position, and rightly get it. */
  readonly orders: number;
  readonly errors: readonly unknown[];
}> {
  const transport = memoryTransport();
  let orders = 0;
  transport.onPublish(({ topic }) => {
    if (topicMatches('window/+/control', topic)) orders++;
  });
  const storage = memoryStorage();
  const errors: unknown[] = [];
  let duplicates = 0;
  const metrics = {
    count(name: string, _labels?: unknown, by = 1) {
      if (name === 'duplicates_total') duplicates += by;
    },
    observe: () => undefined,
    gauge: () => undefined,
  };
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (...words: unknown[]) => void errors.push(words),
  };
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    journal: memoryJournal(),
    storage,
    detector: deadband({ temperature: 0.5, humidity: 2 }),
    durability: 'storage',
    context: { metrics, logger },
  });
  await pipeline.open();
  const { filters: told, talk } = esp32Codec();
  const filters = [...told, ...talk!.askFilters];
  const heard = inputs.filter(({ topic }) => filters.some((filter) => topicMatches(filter, topic)));
  await Promise.all(heard.map(({ topic, payload }) => transport.inject(topic, payload)));
  await pipeline.drain();
  await pipeline.close();
  return { storage, duplicates, orders, errors };
}

/** Rows and dead letters that a message is to become. The codec throws nothing but what makes a dead letter. */
function rowsOf(codec: ReturnType<typeof esp32Codec>, topic: string, payload: Uint8Array, number: number): number {
  try {
    const message = { topic, payload, receivedAtMs: Date.now(), deliveryId: `test:${number}` };
    return codec.decode(message).filter(({ kind }) => !WITHOUT_ROW.includes(kind)).length;
  } catch (error) {
    if (!LouverError.is(error) || error.code !== 'E_DECODE') throw error;
    return 1;
  }
}

function letterOf(topic: string, code: string, payload: string | Buffer): string {
  // Some are long, and differences of them unreadable.
  return `${topic} ${code} ${createHash('sha256').update(payload).digest('hex')}`;
}

async function valuesOf(sql: Sql, deviceId: string): Promise<readonly number[]> {
  const rows = await sql<{ value: number }>(
    `SELECT value FROM iot.sensor_temperature WHERE device_id = '${deviceId}' ORDER BY value`,
  );
  return rows.map(({ value }) => value);
}

/** Of all but the named ones. */
async function countsOf(sql: Sql): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const others = table === 'dead_letters' ? '' : `WHERE device_id NOT IN ('neighbour', 'half', 'fresh')`;
    const [row] = await sql<{ n: string }>(`SELECT count() AS n FROM iot.${table} ${others}`);
    counts[table] = Number(row!.n);
  }
  return counts;
}

/** @param letters that are there besides */
function countsIn(storage: MemoryStorage, letters: number): Record<string, number> {
  return Object.fromEntries(
    TABLES.map((table) => [table, storage.rows(table).length + (table === 'dead_letters' ? letters : 0)]),
  );
}
