import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';
import { defaultContext, type SensorRow } from '@louver/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedClickhouse, type EmbeddedStorage } from '../../src/embedded/index.js';
import { parseRows, type ReadRow } from '../../src/read/rows.js';
import { scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const TABLE = 'sensor_humidity';
const keyOf = (row: SensorRow) => ({ deviceId: row.device_id, fromMs: T0, toMs: T0, id: row.message_id });

let folder: string;
let storage: EmbeddedStorage;
let own: Session;
const insert = Session.prototype.insert;

beforeEach(async () => {
  folder = tempFolder();
  storage = embeddedClickhouse({ path: folder, fsync: false });
  await storage.open(defaultContext());
  own = new Session(folder);
});

afterEach(async () => {
  Session.prototype.insert = insert;
  own.close();
  await storage.close();
});

async function sql(statement: string): Promise<ReadRow[]> {
  return parseRows((await own.queryAsync(statement, { format: 'JSONEachRow' })).text());
}

/** What a disk that is full has left of the newest part of a table: its marks were never written. */
async function breakNewestPart(table: string): Promise<string> {
  const [part] = await sql(
    `SELECT name, path FROM system.parts WHERE table = '${table}' AND active ORDER BY max_block_number DESC LIMIT 1`,
  );
  const path = part!.path as string;
  const marks = readdirSync(path).filter((name) => /\.c?mrk\d?$/.test(name));
  expect(marks.length).toBeGreaterThan(0);
  for (const name of marks) truncateSync(join(path, name), 0);
  await own.queryAsync('SYSTEM DROP MARK CACHE');
  return part!.name as string;
}

/** The next insert is listed, cannot be read, and fails, as where the disk ran full on the way. */
function failNextInsert(table: string): { part?: string } {
  const broken: { part?: string } = {};
  Session.prototype.insert = async function (request) {
    Session.prototype.insert = insert;
    await insert.call(this, request as Parameters<typeof insert>[0]);
    broken.part = await breakNewestPart(table);
    throw new Error('Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)');
  };
  return broken;
}

test('what a failed insert left unreadable is set aside, and its rows can be looked up and written', async () => {
  const before = scalarRow({ message_id: 'before' });
  const row = scalarRow({ message_id: 'again' });
  await storage.write(TABLE, [before]);
  const broken = failNextInsert(TABLE);
  await expect(storage.write(TABLE, [row])).rejects.toThrow(/disk is full/);
  expect(await storage.present!(TABLE, [keyOf(before), keyOf(row)])).toEqual([true, false]);
  await storage.write(TABLE, [row]);
  expect(await storage.present!(TABLE, [keyOf(before), keyOf(row)])).toEqual([true, true]);
  expect(await sql(`SELECT message_id FROM iot.${TABLE} ORDER BY message_id`)).toEqual([
    { message_id: 'again' },
    { message_id: 'before' },
  ]);
  expect(await sql("SELECT name FROM system.detached_parts WHERE database = 'iot'")).toEqual([{ name: broken.part }]);
});

test('so is what feeds on the table, also when it is read after the rows were written', async () => {
  const row = scalarRow({ message_id: 'again' });
  failNextInsert('device_latest');
  await expect(storage.write(TABLE, [row])).rejects.toThrow(/disk is full/);
  expect(await storage.present!(TABLE, [keyOf(row)])).toEqual([true]);
  expect((await storage.reader.latest(row.device_id)).map(({ quantity, value }) => [quantity, value])).toEqual([
    ['humidity', row.value],
  ]);
});

test('a part that was good once is left where it is: an operator has to see that', async () => {
  const row = scalarRow({ message_id: 'lost' });
  await storage.write(TABLE, [row]);
  await breakNewestPart(TABLE);
  await expect(storage.present!(TABLE, [keyOf(row)])).rejects.toThrow(/while reading from part/);
  expect(await sql("SELECT name FROM system.detached_parts WHERE database = 'iot'")).toEqual([]);
});
