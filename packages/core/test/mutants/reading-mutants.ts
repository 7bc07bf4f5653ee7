import { REPLAYED, type LatestValue, type QuantityRow } from '@louver/core';
import { readerMutant, type Mutant } from './mutant.js';

const RANGES = [
  'readings of a quantity with a table of its own',
  'readings of another quantity',
  'recordings',
  'actions',
  'predictions',
].map((name) => `ranges: ${name} are ordered, within inclusive bounds, the newest where a limit cuts`);
const LATEST_TIE = 'latest: of one millisecond, what was received last';
const LATEST_EACH = 'latest: one value of each device and quantity, of one device or of all, oldest first';
const DEVICES = 'devices: each once as of its newest last_seen, decommissioned ones too, oldest registration first';
const RECORDINGS = 'lastRecordings: the newest of each device from a time on, oldest first';
const ACTIONS = "lastActions: the newest of each device that names a temperature or a humidity, a person's not";
const LETTERS = 'dead letters: come back whole, oldest first, within inclusive bounds, the newest where a limit cuts';
const MARKER = 'dead letters: one that was taken in again is left out with its marker, however late that is written';

const latestOf = (row: QuantityRow): LatestValue => ({
  deviceId: row.device_id,
  quantity: row.quantity,
  timestampMs: row.timestamp,
  value: row.value,
});

export const readingMutants: readonly Mutant[] = [
  readerMutant('says 1970 of an empty storage', 'reading: an empty storage has nothing', (reader) => ({
    newestMs: async () => Math.max(0, await reader.newestMs()),
  })),
  readerMutant(
    'tells the latest by arrival',
    'latest: the newest value by its own time, however late others come',
    (reader, rows) => ({
      async latest(deviceId) {
        const last = rows('sensor_temperature').at(-1);
        if (last === undefined) return reader.latest(deviceId);
        return [latestOf({ ...last, quantity: 'temperature' })];
      },
    }),
  ),
  readerMutant('tells what was written last of a millisecond', LATEST_TIE, (_, rows) => ({
    latest: async () =>
      rows('sensor_humidity')
        .slice(-1)
        .map((row) => latestOf({ ...row, quantity: 'humidity' })),
  })),
  readerMutant('tells the latest of all devices', LATEST_EACH, (reader) => ({ latest: () => reader.latest() })),
  readerMutant('tells the latest newest first', LATEST_EACH, (reader) => ({
    latest: async (deviceId) => (await reader.latest(deviceId)).toReversed(),
  })),
  readerMutant('tells a device as it came last', DEVICES, (_, rows) => ({
    devices: async () => [...new Map(rows('device_registry').map((row) => [row.device_id, row])).values()],
  })),
  readerMutant('leaves decommissioned devices out', DEVICES, (reader) => ({
    devices: async () => (await reader.devices()).filter((row) => row.deleted_at === 0),
  })),
  readerMutant(
    'knows the newest time of temperatures only',
    'newestMs: the newest time of any table with an identity, by its own time',
    (_, rows) => ({
      newestMs: async () => Math.max(-Infinity, ...rows('sensor_temperature').map((row) => row.timestamp)),
    }),
  ),
  readerMutant('does not tell a recording of just then', RECORDINGS, (reader) => ({
    lastRecordings: (sinceMs) => reader.lastRecordings(sinceMs + 1),
  })),
  readerMutant('tells recordings in the order of their first', RECORDINGS, (reader) => ({
    lastRecordings: async (sinceMs) =>
      (await reader.lastRecordings(sinceMs)).toSorted((a, b) => (a.deviceId < b.deviceId ? -1 : 1)),
  })),
  readerMutant("tells a person's action", ACTIONS, (_, rows) => ({
    async lastActions() {
      const sorted = rows('window_actions').toSorted((a, b) => a.timestamp - b.timestamp);
      return [...new Map(sorted.map((row) => [row.device_id, row])).values()];
    },
  })),

  readerMutant('keeps the oldest where a limit cuts', RANGES, (reader) => {
    const oldest = <R>(found: readonly R[], limit: number): readonly R[] => found.slice(0, limit);
    return {
      readings: async (quantity, query) =>
        oldest(await reader.readings(quantity, { ...query, limit: Infinity }), query.limit),
      recordings: async (query) => oldest(await reader.recordings({ ...query, limit: Infinity }), query.limit),
      actions: async (query) => oldest(await reader.actions({ ...query, limit: Infinity }), query.limit),
      predictions: async (query) => oldest(await reader.predictions({ ...query, limit: Infinity }), query.limit),
    };
  }),
  readerMutant('has an exclusive upper bound', RANGES[0]!, (reader) => ({
    readings: (quantity, query) => reader.readings(quantity, { ...query, toMs: (query.toMs ?? Infinity) - 1 }),
  })),
  readerMutant('takes a limit of 0 for none', RANGES[3]!, (reader) => ({
    actions: (query) => reader.actions({ ...query, limit: query.limit || Infinity }),
  })),
  readerMutant('tells the newest first', RANGES[4]!, (reader) => ({
    predictions: async (query) => (await reader.predictions(query)).toReversed(),
  })),
  readerMutant(
    'knows no order within a millisecond',
    'ranges: of one millisecond, readings and recordings come in the order of their receipt',
    (_, rows) => ({
      readings: async (_quantity, { limit }) =>
        rows('sensor_temperature')
          .slice(-limit)
          .map((row) => ({ timestampMs: row.timestamp, value: row.value, timeSource: row.time_source })),
    }),
  ),
  readerMutant(
    'tells readings of any quantity',
    'ranges: readings tell value and source of time, each quantity by itself',
    (reader, rows) => ({
      async readings(quantity, query) {
        if (quantity === 'temperature' || quantity === 'humidity') return reader.readings(quantity, query);
        const found = rows('sensor_scalar').filter((row) => row.device_id === query.deviceId);
        return found.map((row) => ({ timestampMs: row.timestamp, value: row.value, timeSource: row.time_source }));
      },
    }),
  ),
  readerMutant(
    'leaves features as text',
    'ranges: recordings with their features parsed, and what is not JSON as it is',
    (reader) => ({
      recordings: async (query) =>
        (await reader.recordings(query)).map((row) => ({ ...row, features: JSON.stringify(row.features) })),
    }),
  ),
  readerMutant('tells actions without their requests', 'ranges: actions and predictions come back whole', (reader) => ({
    actions: async (query) => (await reader.actions(query)).map((row) => ({ ...row, request_id: '' })),
  })),
  readerMutant(
    'does not tell upper from lower case',
    'values: devices and quantities are told apart to the character',
    (_, rows) => ({
      readings: async (_quantity, { deviceId }) =>
        rows('sensor_humidity')
          .filter((row) => row.device_id.toLowerCase() === deviceId.toLowerCase())
          .map((row) => ({ timestampMs: row.timestamp, value: row.value, timeSource: row.time_source })),
    }),
  ),

  readerMutant('tells the oldest dead letters', LETTERS, (reader) => ({
    deadLetters: async (query) => (await reader.deadLetters({ ...query, limit: Infinity })).slice(0, query.limit),
  })),
  readerMutant(
    'does not ask for the code',
    'dead letters: by device, code and ids, all of which have to fit',
    (reader) => ({
      deadLetters({ code: _, ...query }) {
        return reader.deadLetters(query);
      },
    }),
  ),
  readerMutant('pays no heed to markers', MARKER, (_, rows) => ({
    deadLetters: async () => rows('dead_letters').filter((row) => row.code !== REPLAYED),
  })),
  readerMutant('heeds the markers of the range only', MARKER, (reader, rows) => ({
    async deadLetters({ toMs = Infinity, ...query }) {
      const seen = rows('dead_letters').filter((row) => row.received_at <= toMs);
      const isMarked = seen.some((row) => row.code === REPLAYED);
      return isMarked ? reader.deadLetters({ toMs, ...query }) : seen;
    },
  })),
  readerMutant(
    'lets a marker without an id speak for all without one',
    'dead letters: those without an id are told, also beside a marker without one',
    (reader, rows) => ({
      async deadLetters(query) {
        const isMarked = rows('dead_letters').some((row) => row.code === REPLAYED && row.message_id === '');
        return (await reader.deadLetters(query)).filter((row) => !isMarked || row.message_id !== '');
      },
    }),
  ),
  readerMutant('takes 0 characters for all', 'dead letters: a payload is cut where the caller says', (reader) => ({
    deadLetters: ({ maxPayloadChars, ...query }) =>
      reader.deadLetters({ ...query, ...(maxPayloadChars ? { maxPayloadChars } : {}) }),
  })),
  readerMutant(
    'takes 500 ids at the most',
    'dead letters: a thousand ids at once, ids, devices and codes of any text',
    (reader) => ({
      deadLetters: ({ messageIds, ...query }) =>
        reader.deadLetters({ ...query, ...(messageIds && { messageIds: messageIds.slice(0, 500) }) }),
    }),
  ),
];
