import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRfc3339 } from '../../src/index.js';

describe('parseRfc3339', () => {
  test('agrees with Date on everything that Date writes, in years 0 to 9999', () => {
    const date = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (d) => {
        expect(parseRfc3339(d.toISOString())).toBe(d.getTime());
      }),
      { numRuns: 2000 },
    );
  });

  test('every day of 1900 to 2101 exists as the calendar says, and no other', () => {
    for (let year = 1900; year <= 2101; year++) {
      for (let month = 1; month <= 12; month++) {
        for (let day = 28; day <= 32; day++) {
          const text = `${year}-${String(month).padStart(2, '0')}-${day}T00:00:00Z`;
          const utc = Date.UTC(year, month - 1, day);
          expect(parseRfc3339(text)).toBe(new Date(utc).getUTCDate() === day ? utc : NaN);
        }
      }
    }
  });

  test.each([
    ['2025-10-24T12:00:00+02:00', '2025-10-24T10:00:00.000Z'],
    ['2025-10-24T00:00:00-05:30', '2025-10-24T05:30:00.000Z'],
    ['2025-10-24t12:00:00z', '2025-10-24T12:00:00.000Z'],
    ['2025-10-24T12:00:00.5Z', '2025-10-24T12:00:00.500Z'],
    ['2025-10-24T12:00:00.05Z', '2025-10-24T12:00:00.050Z'],
    ['2025-10-24T12:00:00.9999999999999999999Z', '2025-10-24T12:00:00.999Z'],
    ['2025-10-24T12:00:00-00:00', '2025-10-24T12:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2017-01-01T00:59:60.5+01:00', '2017-01-01T00:00:00.500Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => expect(new Date(parseRfc3339(text)).toISOString()).toBe(iso));

  test.each([
    '',
    'now',
    '2025',
    '2025-10-24',
    '2025-10-24T12:00Z',
    '2025-10-24T12:00:00',
    '2025-10-24 12:00:00Z',
    '2025-10-24T12:00:00.Z',
    '2025-10-24T12:00:00,5Z',
    '2025-10-24T12:00:00+0200',
    '2025-10-24T12:00:00+02',
    '2025-10-24T12:00:00+24:00',
    '2025-10-24T12:00:00+02:60',
    '2025-10-24T12:00:00Z ',
    ' 2025-10-24T12:00:00Z',
    '2025-10-24T12:00:00ZZ',
    '2025-10-24T24:00:00Z',
    '2025-10-24T12:60:00Z',
    '2025-10-24T12:00:61Z',
    '2025-10-24T12:00:60Z',
    '2025-02-29T00:00:00Z',
    '2025-02-30T00:00:00Z',
    '2025-04-31T00:00:00Z',
    '2025-00-10T00:00:00Z',
    '2025-10-00T00:00:00Z',
    '+02025-10-24T12:00:00Z',
    '-025-10-24T12:00:00Z',
    '2025-1x-24T12:00:00Z',
    '２０２５-10-24T12:00:00Z',
    '2025/10/24T12:00:00Z',
    '2025-10-24T12.00.00Z',
    `2025-10-24T12:00:00.${'0'.repeat(60)}Z`,
  ])('%j is refused', (text) => expect(parseRfc3339(text)).toBeNaN());

  test('one changed character never makes another time out of nothing', () => {
    const grammar = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
    fc.assert(
      fc.property(fc.nat({ max: 23 }), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const text = '2025-10-24T12:00:00.123Z';
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        if (!grammar.test(changed)) expect(parseRfc3339(changed)).toBeNaN();
      }),
      { numRuns: 2000 },
    );
  });
});
