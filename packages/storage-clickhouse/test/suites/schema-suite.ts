import { defaultContext } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { plainTables, SPECIFIED } from '../support/specification.js';
import { scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

export function schemaSuite(start: StartHarness): void {
  describe('schema', () => {
    const folder = tempFolder();
    let harness: Harness;

    beforeAll(async () => {
      harness = await start(folder);
    });
    afterAll(() => harness.close());

    const columnsOf = async (database: string, table: string): Promise<string[]> => {
      const statement = `SELECT name, type FROM system.columns WHERE database = '${database}' AND table = '${table}' ORDER BY position`;
      return (await harness.sql(statement)).map(({ name, type }) => `${String(name)} ${String(type)}`);
    };
    const failureOf = async (database: string): Promise<string> => {
      const storage = harness.storage(database);
      const error: unknown = await storage.open(defaultContext()).catch((caught: unknown) => caught);
      await storage.close();
      return error instanceof Error ? error.message : 'opened';
    };

    test('the six tables begin with exactly the specified columns, extensions follow with defaults', async () => {
      const storage = harness.storage();
      await storage.open(defaultContext());
      for (const [table, { columns, extension, engine, sorting, partition }] of Object.entries(SPECIFIED)) {
        expect(await columnsOf('iot', table), table).toEqual([...columns, ...extension]);
        const [found] = await harness.sql(
          `SELECT engine_full, sorting_key, partition_key FROM system.tables WHERE database = 'iot' AND name = '${table}'`,
        );
        expect(found, table).toMatchObject({ sorting_key: sorting, partition_key: partition });
        expect(String(found?.['engine_full']), table).toMatch(new RegExp(`^${engine}(\\(last_seen\\))? `));
      }
      await storage.close();
    });

    test('statements that know only the specified columns keep working', async () => {
      const storage = harness.storage();
      await storage.open(defaultContext());
      await harness.sql(
        `INSERT INTO iot.window_actions (timestamp, device_id, position, confidence, temperature, humidity, audio_hash) ` +
          `VALUES (fromUnixTimestamp64Milli(${T0}), 'plain', 1, 1, 1, 1, '')`,
      );
      expect(await storage.reader!.lastActions()).toMatchObject([
        { device_id: 'plain', command_id: '', source: 'external' },
      ]);
      await storage.close();
    });

    test('a database of the plain specification is upgraded in place and keeps its rows', async () => {
      await harness.sql('CREATE DATABASE plain');
      for (const statement of plainTables('plain')) await harness.sql(statement);
      const at = (ms: number): string => `fromUnixTimestamp64Milli(${ms})`;
      await harness.sql(
        `INSERT INTO plain.sensor_temperature VALUES (${at(T0)}, 'dev', 20.5), (${at(T0 + 1000)}, 'dev', 21.5)`,
      );
      await harness.sql(`INSERT INTO plain.ml_predictions VALUES (${at(T0)}, 'dev', 50, 0.5, 1, 'v0')`);
      await harness.sql(`INSERT INTO plain.device_registry VALUES ('dev', 'n', 'l', ${at(T0)}, ${at(T0)}, true, '{}')`);
      const storage = harness.storage('plain');
      await storage.open(defaultContext());
      const query = { deviceId: 'dev', limit: 10 };
      expect(await storage.reader!.readings('temperature', query)).toEqual([
        { timestampMs: T0, value: 20.5, timeSource: 'device' },
        { timestampMs: T0 + 1000, value: 21.5, timeSource: 'device' },
      ]);
      expect(await storage.reader!.latest()).toEqual([
        { deviceId: 'dev', quantity: 'temperature', timestampMs: T0 + 1000, value: 21.5 },
      ]);
      expect(await storage.reader!.predictions(query)).toMatchObject([
        { model_version: 'v0', held: false, position: NaN },
      ]);
      expect(await storage.reader!.devices()).toMatchObject([{ device_id: 'dev', deleted_at: 0, metadata: '{}' }]);
      await storage.write('sensor_temperature', [scalarRow({ device_id: 'dev', timestamp: T0 + 2000, value: 22.5 })]);
      expect((await storage.reader!.latest('dev'))[0]?.value).toBe(22.5);
      await storage.close();
    });

    test("the specification's own statements work unchanged, on every table and before and after", async () => {
      await harness.sql('CREATE DATABASE own');
      for (const statement of plainTables('own')) await harness.sql(statement);
      const valueOf = (type: string, salt: number): string => {
        if (type.startsWith('DateTime64')) return `'2025-10-24 12:00:0${salt}.123'`;
        if (type === 'String') return `'it\\'s ${salt} 🪟'`;
        return type === 'Bool' ? 'true' : String(salt + (type === 'Float64' ? 0.1 : 0));
      };
      const namesOf = (columns: readonly string[]): string => columns.map((column) => column.split(' ')[0]).join(', ');
      const insert = async (salt: number): Promise<void> => {
        for (const [table, { columns }] of Object.entries(SPECIFIED)) {
          const values = columns.map((column) => valueOf(column.split(' ')[1]!, salt)).join(', ');
          await harness.sql(`INSERT INTO own.${table} (${namesOf(columns)}) VALUES (${values})`);
        }
      };
      const select = (): Promise<unknown[]> =>
        Promise.all(
          Object.entries(SPECIFIED).map(([table, { columns }]) =>
            harness.sql(`SELECT ${namesOf(columns)} FROM own.${table} ORDER BY device_id`),
          ),
        );
      await insert(1);
      const before = await select();
      const storage = harness.storage('own');
      await storage.open(defaultContext());
      expect(await select()).toEqual(before);
      await insert(2);
      const after = await select();
      await storage.close();
      expect(after.map((rows) => (rows as unknown[]).length)).toEqual(Object.keys(SPECIFIED).map(() => 2));
      expect(after.map((rows) => (rows as unknown[])[0])).toEqual(before.map((rows) => (rows as unknown[])[0]));
    });

    test('opening again applies nothing twice; a migration that was cut short is finished', async () => {
      const storage = harness.storage('again');
      for (let i = 0; i < 3; i++) {
        await storage.open(defaultContext());
        if (i === 0) await storage.write('sensor_temperature', [scalarRow()]);
        expect(storage.health!()).toEqual({ ok: true });
        await storage.close();
      }
      expect(await harness.sql('SELECT version, name FROM again.schema_migrations ORDER BY version')).toEqual([
        { version: 1, name: 'base' },
        { version: 2, name: 'large tables' },
      ]);
      await harness.sql('TRUNCATE TABLE again.schema_migrations');
      await harness.sql('DROP TABLE again.window_states');
      await storage.open(defaultContext());
      expect(await storage.reader!.latest()).toHaveLength(1);
      await storage.close();
    });

    test('a database of a newer program is refused and left as it is', async () => {
      expect(await failureOf('newer')).toBe('opened');
      await harness.sql(`INSERT INTO newer.schema_migrations VALUES (7, 'later', 'abc', now64())`);
      await harness.sql('DROP TABLE newer.window_states');
      expect(await failureOf('newer')).toMatch(/^E_CONFIG: database 'newer' has schema version 7.*up to 2/);
      expect(await columnsOf('newer', 'window_states')).toEqual([]);
    });

    test('a table that somebody dropped is missed in one line', async () => {
      expect(await failureOf('dropped')).toBe('opened');
      await harness.sql('DROP TABLE dropped.window_states');
      expect((await failureOf('dropped')).split('\n').slice(1)).toEqual(['+ window_states (the whole table)']);
    });

    test('a migration that was applied with other content is refused', async () => {
      expect(await failureOf('altered')).toBe('opened');
      await harness.sql('TRUNCATE TABLE altered.schema_migrations');
      await harness.sql(`INSERT INTO altered.schema_migrations VALUES (1, 'base', 'abc', now64())`);
      expect(await failureOf('altered')).toMatch(
        /^E_CONFIG: migration 1 \('base'\) of database 'altered'.*other content/,
      );
    });

    test('tables that somebody made otherwise are named, all at once', async () => {
      await harness.sql('CREATE DATABASE foreign_one');
      await harness.sql(
        `CREATE TABLE foreign_one.ml_predictions (timestamp DateTime64(3, 'Europe/Berlin'), device_id LowCardinality(String), ` +
          `prediction String, confidence Float64, model_version String) ENGINE = MergeTree() ORDER BY (device_id, timestamp)`,
      );
      const message = await failureOf('foreign_one');
      expect(message.split('\n')).toEqual([
        "E_CONFIG: the tables of database 'foreign_one' do not fit; alter them, or use another database (- found, + expected):",
        '- ml_predictions.prediction String',
        '+ ml_predictions.prediction Float64',
        '+ ml_predictions.inference_time_ms Float64',
      ]);
    });

    test('and before anything is made beside them', async () => {
      await harness.sql('CREATE DATABASE foreign_two');
      await harness.sql(
        'CREATE TABLE foreign_two.sensor_temperature (timestamp DateTime64(3), device_id String, value Float32) ' +
          'ENGINE = MergeTree() ORDER BY (device_id, timestamp)',
      );
      expect(await failureOf('foreign_two')).toContain(
        '\n- sensor_temperature.value Float32\n+ sensor_temperature.value Float64',
      );
      expect(await columnsOf('foreign_two', 'sensor_temperature')).toHaveLength(3);
      expect(await columnsOf('foreign_two', 'sensor_humidity')).toEqual([]);
    });
  });
}
