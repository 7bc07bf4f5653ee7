import { defaultContext, type Context } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RetentionOptions } from '../../src/index.js';
import type { Harness, StartHarness } from '../support/harness.js';
import { deadLetterRow, scalarRow } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const DAY_MS = 86_400_000;

interface Said {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

export function retentionSuite(start: StartHarness): void {
  describe('retention', () => {
    const folder = tempFolder();
    let harness: Harness;

    beforeAll(async () => {
      harness = await start(folder);
    });
    afterAll(() => harness.close());

    /** Opens and closes; what was said about it. */
    const openedWith = async (database: string, retention?: RetentionOptions): Promise<Said[]> => {
      const said: Said[] = [];
      const log =
        (level: Said['level']) =>
        (message: string, fields?: Readonly<Record<string, unknown>>): void => {
          said.push({ level, message, fields });
        };
      const logger: Context['logger'] = { ...defaultContext().logger, info: log('info'), warn: log('warn') };
      const storage = harness.storage(database, retention === undefined ? {} : { retention });
      await storage.open(defaultContext({ logger }));
      await storage.close();
      // What is said of tables that are made is no change.
      const isNew = said.some(({ message }) => message === 'schema migration applied');
      const ofNew = ['schema migration applied', 'table settings changed'];
      return said.filter(({ message }) => !isNew || !ofNew.includes(message));
    };
    const ttlOf = async (database: string, table: string): Promise<string | undefined> => {
      const sql = `SELECT engine_full FROM system.tables WHERE database = '${database}' AND name = '${table}'`;
      const [row] = await harness.sql(sql);
      return / TTL (.*) SETTINGS /.exec(String(row!['engine_full']))?.[1];
    };
    const devices = async (database: string, table: string): Promise<unknown[]> => {
      await harness.sql(`OPTIMIZE TABLE ${database}.${table} FINAL`);
      const rows = await harness.sql(`SELECT device_id FROM ${database}.${table} ORDER BY device_id`);
      return rows.map(({ device_id }) => device_id);
    };

    test('what is older goes, what is younger and what is of any other time stays, and so does the last value', async () => {
      const retention = { readingsMs: 30 * DAY_MS };
      await openedWith('aged', retention);
      const storage = harness.storage('aged', { retention });
      await storage.open(defaultContext());
      const now = Date.now();
      const rows = [
        scalarRow({ device_id: 'old', timestamp: now - 31 * DAY_MS }),
        scalarRow({ device_id: 'young', timestamp: now - 29 * DAY_MS }),
        scalarRow({ device_id: 'before-1970', timestamp: Date.UTC(1950, 0) }),
        scalarRow({ device_id: 'beyond-2106', timestamp: Date.UTC(2299, 0) }),
        scalarRow({ device_id: 'near-2106', timestamp: Date.UTC(2106, 0, 30) }),
      ];
      await storage.write('sensor_temperature', rows);
      await storage.write('dead_letters', [deadLetterRow({ device_id: 'old', received_at: now - 300 * DAY_MS })]);
      expect(await devices('aged', 'sensor_temperature')).toEqual(['beyond-2106', 'near-2106', 'young']);
      expect(await devices('aged', 'dead_letters')).toEqual(['old']);
      expect((await storage.reader!.latest('old')).map(({ value }) => value)).toEqual([scalarRow().value]);
      await storage.close();
    });

    test('each table is altered where it differs, said each time, and not a second time', async () => {
      expect(await openedWith('changed')).toEqual([]);
      const retention = { readingsMs: 30 * DAY_MS, deadLettersMs: 3_600_000 };
      const changes = await openedWith('changed', retention);
      const change = (table: string, from: string, to: string): Said => ({
        level: 'info',
        message: 'retention changed',
        fields: { database: 'changed', table, from, to },
      });
      expect(changes).toEqual([
        change('sensor_temperature', 'for ever', '30d'),
        change('sensor_humidity', 'for ever', '30d'),
        change('sensor_scalar', 'for ever', '30d'),
        change('dead_letters', 'for ever', '1h'),
      ]);
      expect(await openedWith('changed', retention)).toEqual([]);
      expect(await openedWith('changed', { ...retention, deadLettersMs: 5_400_000 })).toEqual([
        change('dead_letters', '1h', '90m'),
      ]);
      // Whoever says nothing about retention, a tool that reads for one, changes nothing of it.
      expect(await openedWith('changed')).toEqual([]);
      expect(await ttlOf('changed', 'dead_letters')).toContain('toIntervalSecond(5400)');
      expect(await openedWith('changed', { deadLettersMs: 5_400_000 })).toEqual([
        change('sensor_temperature', '30d', 'for ever'),
        change('sensor_humidity', '30d', 'for ever'),
        change('sensor_scalar', '30d', 'for ever'),
      ]);
      expect(await openedWith('changed', {})).toEqual([change('dead_letters', '90m', 'for ever')]);
      expect(await ttlOf('changed', 'sensor_temperature')).toBeUndefined();
      expect(await ttlOf('changed', 'dead_letters')).toBeUndefined();
      expect(await openedWith('changed', {})).toEqual([]);
    });

    test('rows that are there already go too', async () => {
      const storage = harness.storage('before');
      await storage.open(defaultContext());
      await storage.write('sensor_humidity', [
        scalarRow({ device_id: 'old', timestamp: Date.now() - 3 * DAY_MS }),
        scalarRow({ device_id: 'young', timestamp: Date.now() }),
      ]);
      await storage.close();
      await openedWith('before', { readingsMs: DAY_MS });
      expect(await devices('before', 'sensor_humidity')).toEqual(['young']);
    });

    test("a TTL that is not Louver's stays, and it is said where it stands in the way", async () => {
      await openedWith('foreign');
      const own = 'toDateTime(timestamp) + toIntervalDay(7)';
      await harness.sql(`ALTER TABLE foreign.device_events MODIFY TTL ${own}`);
      expect(await openedWith('foreign', {})).toEqual([]);
      const said = await openedWith('foreign', { eventsMs: DAY_MS });
      expect(said).toMatchObject([{ level: 'warn', fields: { table: 'device_events', ttl: own } }]);
      expect(said[0]!.message).toContain('ALTER TABLE foreign.device_events REMOVE TTL');
      expect(await ttlOf('foreign', 'device_events')).toBe(own);
    });

    test.each([
      [{ readingsMs: 0 }, 'retention.readingsMs is 0, expected 3600000 to 315360000000'],
      [{ audioMs: NaN }, 'retention.audioMs is null, expected'],
      [{ eventsMs: '30d' }, 'retention.eventsMs is "30d", expected'],
      [{ readings: 1 }, 'retention.readings is unknown, expected readingsMs, audioMs, actionsMs'],
    ])('%j is refused', (retention, words) => {
      const make = (): unknown => harness.storage('x', { retention: retention as RetentionOptions });
      expect(make).toThrow(/^E_CONFIG: /);
      expect(make).toThrow(words);
    });
  });
}
