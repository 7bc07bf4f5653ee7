import { expect, test } from 'vitest';
import { checksum, MIGRATIONS } from '../../src/schema/migrations.js';

/** Of what was released: databases carry it, and would be refused by a program with another one. */
const RELEASED = [
  '454b9749871461ae9b8f8285a9eb10a9ecea0b3ed69ba8b40283df4eb2db47f3',
  'ad923ae9663918964d5383d97217338ff8c2c3bacfff75c7de29e240b852e110',
];

test('released migrations are never edited', () => {
  expect(MIGRATIONS.slice(0, RELEASED.length).map((migration) => checksum(migration))).toEqual(RELEASED);
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
});

test("a cluster's differ by how it has its tables, and not by its name", () => {
  const [base] = MIGRATIONS;
  const sums = [
    checksum(base!),
    checksum(base!, { name: 'a', sharded: true }),
    checksum(base!, { name: 'a', replicated: true }),
    checksum(base!, { name: 'a', replicated: true, sharded: true }),
    checksum(base!, { name: 'a', replicated: { replicaName: 'r' } }),
  ];
  expect(new Set(sums).size).toBe(sums.length);
  expect(checksum(base!, { name: 'b', sharded: true })).toBe(sums[1]);
});
