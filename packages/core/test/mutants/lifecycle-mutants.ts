import { durableReceipt, memoryStorage, type StorageAdapter, type StorageReader } from '@louver/core';
import { scalarRow, T0 } from '../../src/testkit/sample-rows.js';
import { durableMemory, type Written } from './durable-memory.js';
import { mutant, nextTurn, readerMutant, type AnyRow, type Mutant } from './mutant.js';

const DECLARES = 'lifecycle: declares what it has';
const NOT_OPEN = 'lifecycle: before open and after close every call is refused with E_NOT_OPEN';
const ASKED = 'lifecycle: one that can be asked whether it works says so without a trace, also while it writes';
const STREAM_AT_CLOSE = 'lifecycle: close ends a stream that nobody reads on';
const RECEIPT = 'writing: the receipt says how durable the rows are, and when';
const RESTART = 'durability: after a restart every row of every table is there, as it was';
const CRASH = 'durability: what was resolved is there after a crash, without any close';

export const lifecycleMutants: readonly Mutant[] = [
  {
    breaks: 'claims lookup without present',
    caughtBy: [DECLARES],
    options: () => ({
      storage(): StorageAdapter {
        const { present: _, ...rest } = memoryStorage();
        return rest;
      },
    }),
  },
  mutant('has a present that it does not answer for', DECLARES, () => ({
    supports: { durable: false, lookup: false },
  })),
  mutant('lacks a method of its reader', DECLARES, ({ reader }) => {
    const { features: _, ...rest } = reader;
    return { reader: rest as StorageReader };
  }),
  mutant('answers after it was closed', NOT_OPEN, () => ({ close: async () => {} })),
  mutant('looks up before it is open', NOT_OPEN, (memory) => ({
    present: (table, keys) => memory.present!(table, keys).catch(() => keys.map(() => false)),
  })),
  readerMutant('streams nothing where it is not open', NOT_OPEN, (reader) => ({
    async *features(query) {
      try {
        yield* reader.features(query);
      } catch {
        // And goes on as if there was nothing.
      }
    },
  })),
  mutant('says that it is not well', 'lifecycle: is well once it is open', () => ({
    health: () => ({ ok: false, reason: 'never' }),
  })),
  mutant('writes a row to find out whether it works', ASKED, (memory) => ({
    check: async () => void (await memory.write('sensor_temperature', [scalarRow({ timestamp: T0 + 9 })])),
  })),
  mutant('says that it does not work while it writes', ASKED, (memory) => {
    let writing = 0;
    return {
      async write(table, rows) {
        writing++;
        await nextTurn();
        writing--;
        return memory.write(table, rows);
      },
      async check() {
        if (writing > 0) throw new Error('busy');
      },
    };
  }),
  mutant('begins anew when it is opened again', 'lifecycle: open while it is open changes nothing', () => {
    let memory = memoryStorage();
    return {
      async open(context) {
        memory = memoryStorage();
        await memory.open(context);
      },
      close: () => memory.close(),
      write: (table, rows) => memory.write(table, rows),
      present: (table, keys) => memory.present!(table, keys),
      get reader() {
        return memory.reader;
      },
    };
  }),
  mutant('cannot be closed twice', 'lifecycle: close is idempotent, also before open', (memory) => {
    let isOpen = false;
    return {
      async open(context) {
        isOpen = true;
        await memory.open(context);
      },
      async close() {
        if (!isOpen) throw new Error('not open');
        isOpen = false;
        await memory.close();
      },
    };
  }),
  mutant('closes without its writes', 'lifecycle: close waits for a write in flight', (memory) => ({
    async write(table, rows) {
      const receipt = await memory.write(table, rows);
      await nextTurn();
      return receipt;
    },
  })),
  readerMutant('closes without its answers', 'lifecycle: close waits for questions in flight', (reader) => ({
    async readings(quantity, query) {
      const found = await reader.readings(quantity, query);
      await nextTurn();
      return found;
    },
  })),
  mutant('ends a stream early and quietly when it is closed', STREAM_AT_CLOSE, (memory) => {
    let isClosed = false;
    return {
      async close() {
        isClosed = true;
        await memory.close();
      },
      reader: {
        ...memory.reader,
        async *rows(table, query) {
          for await (const batch of memory.reader.rows(table, query)) {
            for (let first = 0; first < batch.length && !isClosed; first += 100) yield batch.slice(first, first + 100);
          }
        },
      },
    };
  }),
  mutant('says storage of rows in memory', RECEIPT, (memory) => ({
    write: async (table, rows) => durableReceipt('storage', (await memory.write(table, rows)).atMs),
  })),
  mutant('receipts in seconds', RECEIPT, (memory) => ({
    write: async (table, rows) => durableReceipt('none', (await memory.write(table, rows)).atMs / 1000),
  })),
  {
    breaks: 'keeps no events',
    caughtBy: [RESTART],
    options: () =>
      durableMemory(() => ({
        keep: (kept, written) => void (written.table !== 'device_events' && kept.push(written)),
      })),
  },
  {
    breaks: 'keeps the last write only',
    caughtBy: [RESTART],
    options: () => durableMemory(() => ({ keep: (kept, written) => void kept.splice(0, 1, written) })),
  },
  {
    breaks: 'keeps its rows a second time whenever it is opened',
    caughtBy: ['durability: a restart without a write between changes nothing'],
    options: () =>
      durableMemory(() => ({
        recall(kept) {
          kept.push(...kept);
          return [...kept];
        },
      })),
  },
  {
    breaks: 'resolves before the rows are durable',
    caughtBy: [CRASH],
    options: () =>
      durableMemory(() => {
        const waiting = new Map<Written[], Written[]>();
        return {
          keep: (kept, written) => void waiting.set(kept, [...(waiting.get(kept) ?? []), written]),
          atClose: (kept) => {
            kept.push(...(waiting.get(kept) ?? []));
            waiting.delete(kept);
          },
        };
      }),
  },
  {
    breaks: 'looks up what it wrote itself only',
    caughtBy: ['retry: after a restart present() tells the same'],
    options: () =>
      durableMemory(undefined, (storage) => {
        const own = new Set<unknown>();
        return {
          write(table, rows) {
            for (const row of rows as unknown as readonly AnyRow[]) own.add(row['message_id']);
            return storage.write(table, rows);
          },
          present: async (table, keys) =>
            (await storage.present!(table, keys)).map((isThere, i) => isThere && own.has(keys[i]!.id)),
        };
      }),
  },
];
