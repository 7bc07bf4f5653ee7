import {
  createPipeline,
  deadband,
  defaultContext,
  memoryTransport,
  REPLAYED,
  type Codec,
  type DeadLetterQuery,
  type StorageAdapter,
} from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { deadLetterRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const NASTY = `'); DROP TABLE iot.dead_letters; --\\'"\`{device:String}\n\t\u0000\u001b[31m Ω 🪟 %27`;

/** `window/w/state` with the position and nothing else. */
const stateCodec: Codec = {
  filters: ['window/+/state'],
  decode: ({ payload, receivedAtMs, deliveryId }) => [
    {
      kind: 'window-state',
      deviceId: 'w',
      timestampMs: receivedAtMs,
      timeSource: 'server',
      deviceTimestamp: '',
      receivedAtMs,
      messageId: deliveryId,
      identified: false,
      position: Number(Buffer.from(payload).toString()),
      target: NaN,
      commandId: '',
      result: 'done',
    },
  ],
  encode: ({ deviceId }) => ({ topic: deviceId, payload: '', qos: 1 }),
};

export function deadLetterSuite(start: StartHarness): void {
  describe('dead letters', () => {
    const folder = tempFolder();
    let harness: Harness;
    let storage: StorageAdapter;

    beforeAll(async () => {
      harness = await start(folder);
      storage = harness.storage();
      await storage.open(defaultContext());
    });
    afterAll(async () => {
      await storage.close();
      await harness.close();
    });

    const found = (query: Partial<DeadLetterQuery>) => storage.reader!.deadLetters({ limit: 100, ...query });
    const ids = async (query: Partial<DeadLetterQuery>) => (await found(query)).map(({ message_id: id }) => id);

    test('come back whole, oldest first; bounds are inclusive, a limit keeps the newest', async () => {
      const rows = [2, 0, 1].map((i) => deadLetterRow({ device_id: 'a', received_at: T0 + i, message_id: `a${i}` }));
      await storage.write('dead_letters', rows);
      expect(await found({ deviceId: 'a' })).toEqual([rows[1], rows[2], rows[0]]);
      expect(await ids({ deviceId: 'a', limit: 2 })).toEqual(['a1', 'a2']);
      expect(await ids({ deviceId: 'a', fromMs: T0 + 1, toMs: T0 + 1 })).toEqual(['a1']);
      expect(await ids({ deviceId: 'a', limit: 0 })).toEqual([]);
      expect(await ids({ deviceId: 'a', fromMs: -Infinity, toMs: Infinity, limit: Infinity })).toHaveLength(3);
      expect(await ids({ deviceId: 'nobody' })).toEqual([]);
      expect(await ids({ deviceId: 'a', code: 'too-large' })).toEqual([]);
    });

    test('one that was taken in again is left out with its marker, however late that was written', async () => {
      const letter = deadLetterRow({ device_id: 'b', message_id: 'b0' });
      await storage.write('dead_letters', [letter, deadLetterRow({ device_id: 'b', message_id: 'b1' })]);
      expect(await ids({ deviceId: 'b' })).toEqual(['b0', 'b1']);
      const marker = { ...letter, code: REPLAYED, payload: '', received_at: T0 + 400 * 86_400_000 };
      await storage.write('dead_letters', [marker]);
      expect(await ids({ deviceId: 'b' })).toEqual(['b1']);
      expect(await ids({ messageIds: ['b0', 'b1', 'b2'] })).toEqual(['b1']);
      expect(await ids({ deviceId: 'b', code: REPLAYED })).toEqual([]);
    });

    test("somebody else's without an id are shown, also beside a marker without one", async () => {
      const nameless = { device_id: 'c', message_id: '' };
      await storage.write('dead_letters', [
        deadLetterRow({ ...nameless, topic: 'x' }),
        deadLetterRow({ ...nameless, topic: 'y' }),
        deadLetterRow({ ...nameless, code: REPLAYED }),
      ]);
      expect((await found({ deviceId: 'c' })).map(({ topic }) => topic).sort()).toEqual(['x', 'y']);
      expect(await found({ deviceId: 'c', limit: 1 })).toHaveLength(1);
    });

    test('every text comes back as it was, and is never part of a statement', async () => {
      const row = deadLetterRow({ device_id: NASTY, topic: NASTY, code: NASTY, detail: NASTY, message_id: NASTY });
      await storage.write('dead_letters', [row]);
      expect(await found({ deviceId: NASTY, code: NASTY, messageIds: [NASTY] })).toEqual([row]);
      expect(await found({ deviceId: "' OR 1 = 1 --" })).toEqual([]);
      expect(await found({ code: "' OR 1 = 1 --" })).toEqual([]);
      expect(await found({ messageIds: ["') OR (1 = 1) --"] })).toEqual([]);
    });

    test('a payload is cut where the caller says', async () => {
      const payload = Buffer.alloc(100_000, 'louver').toString('base64');
      await storage.write('dead_letters', [deadLetterRow({ device_id: 'd', payload })]);
      expect((await found({ deviceId: 'd', maxPayloadChars: 10 }))[0]?.payload).toBe(payload.slice(0, 10));
      expect((await found({ deviceId: 'd', maxPayloadChars: 0 }))[0]?.payload).toBe('');
      expect((await found({ deviceId: 'd' }))[0]?.payload).toBe(payload);
    });

    test('a row that ClickHouse refuses is a letter, and stored once when it takes it, NaN and all', async () => {
      // Open already, and for others: one at a time has the folder.
      const { name, supports } = storage;
      const own: StorageAdapter = {
        name,
        supports,
        open: async () => {},
        close: async () => {},
        write: storage.write.bind(storage),
        present: storage.present!.bind(storage),
      };
      const transport = memoryTransport();
      const context = { clock: { ...defaultContext().clock, now: () => T0 } };
      const pipeline = createPipeline({
        transport,
        codec: stateCodec,
        storage: own,
        detector: deadband({}),
        durability: 'none',
        context,
      });
      await pipeline.open();
      await harness.sql(`ALTER TABLE iot.${harness.rowsOf('window_states')} ADD CONSTRAINT ajar CHECK position < 50`);
      await transport.inject('window/w/state', '80');
      await transport.inject('window/w/state', '20');
      await pipeline.drain();
      const letters = await found({ deviceId: 'w' });
      expect(letters).toMatchObject([{ code: 'storage-rejected', topic: 'window_states', device_id: 'w' }]);
      expect(await pipeline.replay(letters)).toMatchObject([
        { takenIn: false, code: 'storage-rejected', detail: expect.stringContaining('ajar') as string },
      ]);
      await harness.sql(`ALTER TABLE iot.${harness.rowsOf('window_states')} DROP CONSTRAINT ajar`);
      const [{ message_id: messageId }] = letters as [(typeof letters)[0]];
      const outcomes = await Promise.all([pipeline.replay(letters), pipeline.replay(letters)]);
      expect(outcomes).toEqual([[{ messageId, takenIn: true }], [{ messageId, takenIn: true }]]);
      await pipeline.drain();
      await pipeline.replay(letters);
      await pipeline.drain();
      const sql = 'SELECT position, isNaN(target) AS unknown FROM iot.window_states ORDER BY position';
      expect(await harness.sql(sql)).toMatchObject([
        { position: 20, unknown: 1 },
        { position: 80, unknown: 1 },
      ]);
      expect(await found({ deviceId: 'w' })).toEqual([]);
      expect(
        await harness.sql("SELECT code FROM iot.dead_letters WHERE code = 'replayed' AND device_id = 'w'"),
      ).toHaveLength(1);
      await pipeline.close();
    });

    test('a thousand long ids at once, full of quotes', async () => {
      const wanted = Array.from({ length: 1000 }, (_, i) => `${"it's\\ ".repeat(40)}${i}`);
      const rows = wanted.map((id, i) => deadLetterRow({ device_id: 'e', message_id: id, received_at: T0 + i }));
      await storage.write('dead_letters', rows);
      expect(await ids({ messageIds: [...wanted, ...wanted, 'nobody'], limit: 1000 })).toEqual(wanted);
      expect(await ids({ messageIds: wanted, limit: 3 })).toEqual(wanted.slice(-3));
      expect(await ids({ messageIds: [] })).toEqual([]);
    });
  });
}
