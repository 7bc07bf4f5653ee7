import { defaultContext } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickhouseStorage } from '../../src/index.js';
import { HttpConnection } from '../../src/http/http-connection.js';
import { chdbFront, type ChdbFront } from '../support/chdb-front.js';
import { audioRow, scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();
let front: ChdbFront;
beforeAll(async () => {
  front = await chdbFront(folder);
});
afterAll(() => front.close());

/** What `call` sends: as it travels, and unpacked. */
async function sent(call: () => Promise<unknown>): Promise<{ bytes: number; unpackedBytes: number }> {
  const before = { ...front.received };
  await call();
  const { bytes, unpackedBytes } = front.received;
  return { bytes: bytes - before.bytes, unpackedBytes: unpackedBytes - before.unpackedBytes };
}

describe('compression', () => {
  test('rows travel packed and are stored as they are', async () => {
    const storage = clickhouseStorage({ url: front.url, compression: true });
    await storage.open(defaultContext());
    const rows = Array.from({ length: 1000 }, (_, i) =>
      scalarRow({ device_id: 'gz', timestamp: T0 + i, value: i / 7 }),
    );
    const travelled = await sent(() => storage.write('sensor_temperature', rows));
    expect(travelled.bytes).toBeLessThan(travelled.unpackedBytes / 4);
    const stored = await storage.reader!.readings('temperature', { deviceId: 'gz', limit: 2000 });
    expect(stored.map(({ value }) => value)).toEqual(rows.map(({ value }) => value));
    const keys = rows.map(({ message_id: id }, i) => ({ deviceId: 'gz', fromMs: T0 + i, toMs: T0 + i, id }));
    expect(await storage.present!('sensor_temperature', keys)).toEqual(rows.map(() => true));
    await storage.write('sensor_audio', [audioRow({ device_id: 'gz', features: '{"values":{"ü":"日本\\u0000"}}' })]);
    expect(await storage.reader!.recordings({ deviceId: 'gz', limit: 1 })).toHaveLength(1);
    await storage.close();
  });

  test('answers travel packed, and errors keep their words', async () => {
    const options = { url: front.url, requestTimeoutMs: 30_000, maxConnections: 10, compression: true };
    const connection = new HttpConnection(options, defaultContext().clock);
    let encoding: unknown;
    front.interceptAnswer = (_request, response) => {
      response.on('finish', () => (encoding = response.getHeader('content-encoding')));
      return false;
    };
    expect(await connection.query('SELECT 1 AS one', {})).toBe('{"one":1}\n');
    expect(encoding).toBe('gzip');
    front.interceptAnswer = undefined;
    await expect(connection.query('SELECT nothing', {})).rejects.toMatchObject({
      clickhouseCode: 47,
      message: expect.stringContaining('nothing') as string,
    });
    await expect(connection.command('DROP TABLE iot.nowhere')).rejects.toMatchObject({ clickhouseCode: 60 });
    await connection.close();
  });

  test('to this machine itself rows are not packed unless it is asked for', async () => {
    const storage = clickhouseStorage({ url: front.url });
    await storage.open(defaultContext());
    const travelled = await sent(() => storage.write('sensor_temperature', [scalarRow()]));
    expect(travelled.bytes).toBe(travelled.unpackedBytes);
    await storage.close();
  });
});
