import { expect, test } from 'vitest';
import { checksum, MIGRATIONS } from '../../src/schema/migrations.js';

test('a migration that was released stays what it was', () => {
  expect(MIGRATIONS.map((migration) => [migration.version, checksum(migration)])).toEqual([
    [1, '454b9749871461ae9b8f8285a9eb10a9ecea0b3ed69ba8b40283df4eb2db47f3'],
    [2, '07c995cb9e6a2f34f4a698911039c2d3340637b05a6fc297ad8d5b6a8aed1670'],
  ]);
});
