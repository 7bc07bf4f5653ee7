import { defaultContext, type ScalarRow, type StorageAdapter } from '@louver/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const TABLE = 'iot.sensor_temperature';

/**
 * ClickHouse drops an insert whose token, or whose content, it has seen. The token is on disk before the rows are: killed in between, the
 * correct retry is taken for a copy, and its rows are lost. Whoever trusts the token loses data; so every one of our inserts goes without.
 */
export function tokenTrapSuite(start: StartHarness): void {
  describe('the token trap', () => {
    const folder = tempFolder();
    let harness: Harness;
    let storage: StorageAdapter;
    let device = 0;

    beforeAll(async () => {
      harness = await start(folder);
      storage = harness.storage();
      await storage.open(defaultContext());
      // As a replicated table does by itself, and as an operator may choose for a plain one.
      await harness.sql(`ALTER TABLE ${TABLE} MODIFY SETTING non_replicated_deduplication_window = 100`);
    });
    afterAll(async () => {
      await storage.close();
      await harness.close();
    });
    beforeEach(() => void device++);

    const ids = async (): Promise<string[]> => {
      const found = await harness.sql(
        `SELECT message_id FROM ${TABLE} WHERE device_id = 'dev-${device}' ORDER BY message_id`,
      );
      return found.map((row) => String(row['message_id']));
    };
    const row = (id: string): ScalarRow =>
      scalarRow({ device_id: `dev-${device}`, message_id: id, timestamp: T0, received_at: T0 });
    /** What an adapter does that gives its insert a token. */
    const insertWithToken = async (token: string, { device_id, value, message_id }: ScalarRow): Promise<void> => {
      await harness.sql(
        `INSERT INTO ${TABLE} (timestamp, device_id, value, message_id) ` +
          `SETTINGS async_insert = 0, insert_deduplicate = 1, insert_deduplication_token = '${token}' ` +
          `VALUES (fromUnixTimestamp64Milli(${T0}), '${device_id}', ${value}, '${message_id}')`,
      );
    };
    /** As after a kill between token and rows: what was inserted is gone, that it was is known. Dropping the part would forget that too. */
    const loseRows = async (): Promise<void> => {
      await harness.sql(`ALTER TABLE ${TABLE} DELETE WHERE device_id = 'dev-${device}' SETTINGS mutations_sync = 2`);
      expect(await ids()).toEqual([]);
    };

    test('this engine has it: a retry with the token of lost rows stores nothing', async () => {
      const token = `t-${device}`;
      await insertWithToken(token, row('a'));
      expect(await ids()).toEqual(['a']);
      await loseRows();
      await insertWithToken(token, row('a'));
      expect(await ids()).toEqual([]);
    });

    test('our retry of rows whose token was kept and that were lost stores them', async () => {
      await insertWithToken(`t-${device}`, row('a'));
      await loseRows();
      const key = { deviceId: `dev-${device}`, fromMs: T0, toMs: T0, id: 'a' };
      expect(await storage.present!('sensor_temperature', [key])).toEqual([false]);
      await storage.write('sensor_temperature', [row('a')]);
      expect(await ids()).toEqual(['a']);
    });

    test('our retry of our own insert, to the byte the same, stores what was lost', async () => {
      const batch = [row('a'), row('b')];
      await storage.write('sensor_temperature', batch);
      await loseRows();
      await storage.write('sensor_temperature', batch);
      expect(await ids()).toEqual(['a', 'b']);
    });

    test('two batches after each other are both stored; with one token for both the second one is lost', async () => {
      await storage.write('sensor_temperature', [row('a')]);
      await storage.write('sensor_temperature', [row('b')]);
      expect(await ids()).toEqual(['a', 'b']);
      await insertWithToken(`fixed-${device}`, row('c'));
      await insertWithToken(`fixed-${device}`, row('d'));
      expect(await ids()).toEqual(['a', 'b', 'c']);
    });

    test("a token on the same connection, whoever left it there, is none of our insert's", async () => {
      await insertWithToken(`left-${device}`, row('a'));
      await storage.write('sensor_temperature', [row('b')]);
      await insertWithToken(`left-${device}`, row('lost'));
      await storage.write('sensor_temperature', [row('c')]);
      expect(await ids()).toEqual(['a', 'b', 'c']);
    });
  });
}
