import { defaultContext, type LouverError } from '@louver/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StartHarness } from '../support/harness.js';
import { scalarRow } from '../support/rows.js';
import { smallDisk, withoutSmallDisk } from '../support/small-disk.js';

export function fullDiskSuite(start: StartHarness): void {
  describe.skipIf(withoutSmallDisk !== '')(`on a disk of 64 MB${withoutSmallDisk}`, () => {
    test('a write says that it is full, is tried again, and goes in when there is space', async () => {
      const disk = smallDisk(64);
      const harness = await start(disk.path);
      const storage = harness.storage();
      onTestFinished(async () => {
        await storage.close();
        await harness.close();
        disk.remove();
      });
      await storage.open(defaultContext());
      await storage.write('sensor_temperature', [scalarRow({ device_id: 'before' })]);
      disk.fill();
      const row = scalarRow({ device_id: 'meanwhile' });
      const error = await storage.write('sensor_temperature', [row]).then(
        () => undefined,
        (refusal: LouverError) => refusal,
      );
      expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
      expect(error?.message).toMatch(
        /^E_STORAGE_UNAVAILABLE: ClickHouse's disk is full, writing sensor_temperature failed at [^\n]*$/,
      );
      expect(storage.health!()).toEqual({ ok: false, reason: error?.message });
      // What is there can be read all the same.
      expect(await storage.reader!.latest('before')).toHaveLength(1);
      disk.free();
      await storage.write('sensor_temperature', [row]);
      expect(await storage.reader!.latest('meanwhile')).toHaveLength(1);
      expect(storage.health!()).toEqual({ ok: true });
    });
  });
}
