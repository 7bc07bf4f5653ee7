import { defaultContext } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { plainTables } from '../support/specification.js';
import { tempFolder } from '../support/temp-folder.js';

export function migrateSuite(start: StartHarness): void {
  describe('migrate', () => {
    const folder = tempFolder();
    let harness: Harness;

    beforeAll(async () => {
      harness = await start(folder);
    });
    afterAll(() => harness.close());

    const names = async (sql: string): Promise<unknown[]> => (await harness.sql(sql)).map(({ name }) => name);
    const tables = (database: string): Promise<unknown[]> =>
      names(`SELECT name FROM system.tables WHERE database = '${database}' ORDER BY name`);

    test('a dry run tells what would be done, and these statements are what is done', async () => {
      const retention = { eventsMs: 86_400_000 };
      const dry = await harness.storage('planned', { retention }).migrate(defaultContext(), { dryRun: true });
      expect(await names("SELECT name FROM system.databases WHERE name = 'planned'")).toEqual([]);
      expect(dry.changes.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['database', 'base', 'device_events']) as string[],
      );
      expect(dry.changes[0]!.statements[0]).toBe('CREATE DATABASE IF NOT EXISTS planned');

      // By hand, in another database, what was told.
      for (const { statements } of dry.changes) {
        for (const statement of statements) await harness.sql(statement.replaceAll('planned', 'by_hand'));
      }
      expect(await harness.storage('planned', { retention }).migrate(defaultContext())).toEqual(dry);
      expect(await tables('planned')).toEqual(await tables('by_hand'));
      const engines = async (database: string): Promise<string> =>
        JSON.stringify(
          await harness.sql(
            `SELECT name, engine_full FROM system.tables WHERE database = '${database}' AND engine != 'MaterializedView' ORDER BY name`,
          ),
        );
      expect((await engines('planned')).replaceAll('planned', 'by_hand')).toBe(await engines('by_hand'));
    });

    test('afterwards there is nothing to do, for migrate and for open', async () => {
      const storage = harness.storage('twice');
      const first = await storage.migrate(defaultContext());
      expect(first.changes.find(({ name }) => name === 'base')).toMatchObject({ version: 1 });
      const newest = Math.max(...first.changes.map(({ version = 0 }) => version));
      expect(await storage.migrate(defaultContext())).toEqual({ version: newest, changes: [] });
      expect(await storage.migrate(defaultContext(), { dryRun: true })).toEqual({ version: newest, changes: [] });
      await storage.open(defaultContext());
      await storage.close();
    });

    test('a dry run refuses what migrating would refuse', async () => {
      await harness.sql('CREATE DATABASE odd');
      for (const statement of plainTables('odd')) await harness.sql(statement);
      await harness.sql('ALTER TABLE odd.sensor_temperature MODIFY COLUMN value Float32');
      for (const dryRun of [true, false]) {
        await expect(harness.storage('odd').migrate(defaultContext(), { dryRun })).rejects.toThrow(
          /^E_CONFIG: [^\n]*\n- sensor_temperature.value Float32\n\+ sensor_temperature.value Float64$/,
        );
      }
    });
  });
}
