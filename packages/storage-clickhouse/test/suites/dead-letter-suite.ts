import {
  createPipeline,
  deadband,
  defaultContext,
  memoryTransport,
  type Codec,
  type DeadLetterQuery,
  type StorageAdapter,
} from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

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
  });
}
