import type { DeadLetterQuery } from '../../storage-reader.js';
import type { StorageAdapter } from '../../storage.js';
import { REPLAYED } from '../../tables.js';
import { expectSame } from './expect.js';
import { deadLetterRow, T0 } from '../sample-rows.js';
import { readerOf, type CaseSpec } from './stage.js';
import { TEXTS } from './sample-values.js';

async function idsOf(storage: StorageAdapter, query: Partial<DeadLetterQuery>): Promise<readonly string[]> {
  return (await readerOf(storage).deadLetters({ limit: 100, ...query })).map(({ message_id: id }) => id);
}

export const deadLetterCases: readonly CaseSpec[] = [
  {
    name: 'dead letters: come back whole, oldest first, within inclusive bounds, the newest where a limit cuts',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = [2, 0, 1].map((i) => deadLetterRow({ received_at: T0 + i, message_id: `m${i}` }));
      await storage.write('dead_letters', rows);
      const reader = readerOf(storage);
      expectSame(await reader.deadLetters({ limit: 9 }), [rows[1], rows[2], rows[0]], 'deadLetters()');
      expectSame(await idsOf(storage, { limit: 2 }), ['m1', 'm2'], 'with a limit of 2');
      expectSame(await idsOf(storage, { limit: 0 }), [], 'with a limit of 0');
      expectSame(await idsOf(storage, { fromMs: T0 + 1, toMs: T0 + 2 }), ['m1', 'm2'], 'with bounds');
      expectSame(await idsOf(storage, { fromMs: T0 + 1, toMs: T0 + 1 }), ['m1'], 'of one millisecond');
      const infinite = { fromMs: -Infinity, toMs: Infinity, limit: Infinity };
      expectSame(await idsOf(storage, infinite), ['m0', 'm1', 'm2'], 'with infinite bounds');
    },
  },
  {
    name: 'dead letters: by device, code and ids, all of which have to fit',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('dead_letters', [
        deadLetterRow({ message_id: 'a', device_id: 'x', code: 'not-json', received_at: T0 }),
        deadLetterRow({ message_id: 'b', device_id: 'x', code: 'too-large', received_at: T0 + 1 }),
        deadLetterRow({ message_id: 'c', device_id: 'y', code: 'not-json', received_at: T0 + 2 }),
        deadLetterRow({ message_id: 'd', device_id: '', code: 'not-json', received_at: T0 + 3 }),
      ]);
      expectSame(await idsOf(storage, { deviceId: 'x' }), ['a', 'b'], 'of a device');
      expectSame(await idsOf(storage, { deviceId: '' }), ['d'], 'of no device');
      expectSame(await idsOf(storage, { code: 'not-json' }), ['a', 'c', 'd'], 'with a code');
      expectSame(await idsOf(storage, { deviceId: 'x', code: 'not-json' }), ['a'], 'of a device with a code');
      expectSame(await idsOf(storage, { messageIds: ['c', 'b', 'nobody', 'b'] }), ['b', 'c'], 'with ids');
      expectSame(await idsOf(storage, { messageIds: ['a', 'c'], deviceId: 'y' }), ['c'], 'with ids of a device');
      expectSame(await idsOf(storage, { messageIds: [] }), [], 'with no id of an empty list');
    },
  },
  {
    name: 'dead letters: one that was taken in again is left out with its marker, however late that is written',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const letters = [0, 1, 2].map((i) => deadLetterRow({ received_at: T0 + i, message_id: `m${i}` }));
      await storage.write('dead_letters', letters);
      const marker = { ...letters[1]!, code: REPLAYED, payload: '', received_at: T0 + 400 * 86_400_000 };
      await storage.write('dead_letters', [marker]);
      expectSame(await idsOf(storage, {}), ['m0', 'm2'], 'deadLetters()');
      expectSame(await idsOf(storage, { toMs: T0 + 9 }), ['m0', 'm2'], 'within bounds that its marker is not in');
      expectSame(await idsOf(storage, { limit: 2 }), ['m0', 'm2'], 'with a limit of 2');
      expectSame(await idsOf(storage, { messageIds: ['m1'] }), [], 'asked by its id');
      expectSame(await idsOf(storage, { code: REPLAYED }), [], 'asked for markers');
    },
  },
  {
    name: 'dead letters: those without an id are told, also beside a marker without one',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('dead_letters', [
        deadLetterRow({ message_id: '', topic: 'x' }),
        deadLetterRow({ message_id: '', topic: 'y', received_at: T0 + 1 }),
        deadLetterRow({ message_id: '', code: REPLAYED, received_at: T0 + 2 }),
      ]);
      const found = await readerOf(storage).deadLetters({ limit: 9 });
      expectSame(
        found.map(({ topic }) => topic),
        ['x', 'y'],
        'topics of deadLetters()',
      );
      const many = Array.from({ length: 2_500 }, () => deadLetterRow({ message_id: '', received_at: T0 + 3 }));
      await storage.write('dead_letters', many);
      const all = await readerOf(storage).deadLetters({ limit: 9_999 });
      expectSame(all.length, 2_502, 'number of those without an id, 2,500 of them in one millisecond');
      expectSame((await readerOf(storage).deadLetters({ limit: 1 })).length, 1, 'with a limit of 1');
    },
  },
  {
    name: 'dead letters: a payload is cut where the caller says',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const payload = 'bG91dmVy'.repeat(12_500);
      await storage.write('dead_letters', [deadLetterRow({ payload })]);
      const cut = async (maxPayloadChars?: number): Promise<string | undefined> =>
        (
          await readerOf(storage).deadLetters({ limit: 1, ...(maxPayloadChars !== undefined && { maxPayloadChars }) })
        )[0]?.payload;
      expectSame(await cut(10), payload.slice(0, 10), 'payload of 10 characters');
      expectSame(await cut(0), '', 'payload of 0 characters');
      expectSame(await cut(1_000_000), payload, 'payload that is shorter');
      expectSame(await cut(), payload, 'payload that is not cut');
    },
  },
  {
    name: 'dead letters: a thousand ids at once, ids, devices and codes of any text',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const ids = Array.from({ length: 1_000 }, (_, i) => `${"it's\\ ".repeat(40)}${i}`);
      const rows = ids.map((message_id, i) => deadLetterRow({ device_id: 'many', message_id, received_at: T0 + i }));
      const odd = TEXTS.map((text, i) => deadLetterRow({ device_id: text, code: text, message_id: `odd-${i}` }));
      await storage.write('dead_letters', [...rows, ...odd]);
      expectSame(await idsOf(storage, { messageIds: [...ids, ...ids, 'nobody'], limit: 2_000 }), ids, 'all of them');
      expectSame(await idsOf(storage, { messageIds: ids, limit: 3 }), ids.slice(-3), 'the newest 3');
      for (const [i, text] of TEXTS.entries()) {
        const what = `of ${JSON.stringify(text.slice(0, 60))}`;
        expectSame(await idsOf(storage, { deviceId: text, code: text }), [`odd-${i}`], `device and code ${what}`);
      }
      expectSame(await idsOf(storage, { messageIds: ["') OR (1 = 1) --"] }), [], 'an id that is a statement');
    },
  },
];
