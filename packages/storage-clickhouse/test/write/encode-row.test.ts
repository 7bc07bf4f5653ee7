import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TIME_MS, MIN_TIME_MS } from '../../src/read/times.js';
import { tableSchema, TABLES, type ColumnKind } from '../../src/schema/tables.js';
import { rowEncoder } from '../../src/write/encode-row.js';

const VALUES: Readonly<Record<ColumnKind, fc.Arbitrary<unknown>>> = {
  time: fc.oneof(fc.integer({ min: MIN_TIME_MS, max: MAX_TIME_MS }), fc.integer({ min: -2_000, max: 2_000 })),
  float: fc.oneof(
    fc.double({ noDefaultInfinity: true }),
    fc.integer().map((n) => n / 100),
  ),
  uint32: fc.nat({ max: 0xffffffff }),
  text: fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.nat({ max: 0xffff }).map((c) => String.fromCharCode(c)) })), // prettier-ignore
  bool: fc.boolean(),
};

/** What a reader of JSON makes of the value. */
function read(value: unknown, kind: ColumnKind): unknown {
  if (kind === 'time') return new Date(value as number).toISOString();
  if (kind === 'text') return (value as string).replace(/[\ud800-\udfff]/gu, '\ufffd');
  // The sign of zero is lost, as it always was.
  return Number.isNaN(value) ? 'nan' : value === 0 ? 0 : value;
}

describe('a row as text', () => {
  test.each(TABLES.map((table) => [table.name, table] as const))('%s: the same values, in order', (_name, table) => {
    const columns = [...table.columns, ...table.extension];
    const row = fc.record(Object.fromEntries(columns.map(({ name, kind }) => [name, VALUES[kind]])));
    const encoder = rowEncoder(table);
    expect(encoder.columns).toEqual(columns.map(({ name }) => name));
    fc.assert(
      // More than one: times are remembered from row to row.
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        rows.forEach((each, i) => {
          const line = encoder.encode(each, i);
          expect(line.indexOf('\n')).toBe(line.length - 1);
          expect(JSON.parse(line)).toEqual(columns.map(({ name, kind }) => read(each[name], kind)));
        });
      }),
    );
  });

  test('what does not fit its column is refused, with row and column', () => {
    const encoder = rowEncoder(tableSchema('device_registry')!);
    const good = {
      device_id: 'd',
      name: '',
      location: '',
      registered_at: 0,
      last_seen: 0,
      is_active: true,
      config: '',
      device_type: '',
      metadata: '',
      deleted_at: 0,
    };
    expect(encoder.encode(good, 0)).toContain('1970-01-01T00:00:00.000Z');
    for (const [name, value] of [
      ['last_seen', 0.5],
      ['last_seen', NaN],
      ['last_seen', MAX_TIME_MS + 1],
      ['last_seen', '2026-01-01'],
      ['is_active', 1],
      ['name', undefined],
    ] as const) {
      expect(() => encoder.encode({ ...good, [name]: value }, 7)).toThrow(
        new RegExp(`^E_STORAGE_REJECTED: row 7 for device_registry: ${name} is `),
      );
    }
  });
});
