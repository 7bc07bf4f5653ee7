import { defaultContext } from '@louver/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clickhouseStorage } from '../../src/index.js';
import { chdbFront, type ChdbFront, type Interception } from '../support/chdb-front.js';
import { scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();
let front: ChdbFront;
const storage = () => clickhouseStorage({ url: front.url });
beforeAll(async () => {
  front = await chdbFront(folder);
});
afterEach(() => {
  front.intercept = undefined;
  front.interceptAnswer = undefined;
});
afterAll(() => front.close());

/** Takes everything and never answers it, also not later. */
const hang: Interception = () => true;

describe('a server that falls silent', () => {
  test.each(['before', 'after'] as const)(
    'an insert lost %s it was carried out is given up when the server is back',
    async (when) => {
      const own = storage();
      await own.open(defaultContext());
      if (when === 'before') front.intercept = hang;
      else front.interceptAnswer = hang;
      const row = scalarRow({ device_id: `lost-${when}` });
      const writing = own.write('sensor_temperature', [row]);
      writing.catch(() => undefined);
      front.intercept = (request, response, sql) => sql === 'ping' && hang(request, response, sql);
      if (when === 'before') front.intercept = hang;
      await expect.poll(() => own.health!(), { timeout: 10_000 }).toMatchObject({ ok: false });
      expect(own.health!()).toEqual({
        ok: false,
        reason: expect.stringMatching(`^${front.url}: no answer for \\d+ s$`),
      });

      const backMs = performance.now();
      front.intercept = undefined;
      front.interceptAnswer = undefined;
      await expect(writing).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
      // With the retry's 1 s it is below 2 s; the ten-fold time-out of 30 s is what it must not take.
      expect(performance.now() - backMs).toBeLessThan(5_000);
      const key = { deviceId: row.device_id, fromMs: T0, toMs: T0, id: row.message_id };
      expect(await own.present!('sensor_temperature', [key])).toEqual([when === 'after']);
      await own.close();
    },
  );

  test('close ends an opening that waits for an answer', async () => {
    const own = storage();
    front.intercept = hang;
    const opening = own.open(defaultContext());
    opening.catch(() => undefined);
    await expect.poll(() => front.seen.at(-1)).toContain('version()');
    await own.close();
    await expect(opening).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE' });
  });

  test('close waits 2 s for calls in flight and then ends them', async () => {
    const own = storage();
    await own.open(defaultContext());
    front.intercept = hang;
    const reading = own.reader!.devices();
    reading.catch(() => undefined);
    const startedMs = performance.now();
    await own.close();
    await expect(reading).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE' });
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});
