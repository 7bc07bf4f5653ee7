import { readdirSync, readFileSync } from 'node:fs';
import { LouverError, topicMatches, type InboundEvent } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { esp32Codec } from '../src/index.js';

interface Vectors {
  readonly receivedAt: string;
  readonly deliveryId: string;
  readonly cases: readonly {
    readonly name: string;
    readonly topic: string;
    readonly retained?: boolean;
    readonly payload?: string;
    readonly payload_base64?: string;
    readonly events?: readonly unknown[];
    readonly rejected?: { readonly reason: string; readonly deviceId?: string; readonly sequence?: unknown };
  }[];
}

const folder = new URL('./vectors/', import.meta.url);
const codec = esp32Codec();
const filters = [...codec.filters, ...codec.requestFilters!, ...codec.answerFilters!];

/** Events as the vectors write them. */
function comparable(events: readonly InboundEvent[]): unknown {
  return JSON.parse(
    JSON.stringify(events, (key, value: unknown) => {
      if (value instanceof Uint8Array || (key === 'bytes' && typeof value === 'object')) return undefined;
      return typeof value === 'number' && Number.isNaN(value) ? 'NaN' : value;
    }),
    (_key, value: Record<string, unknown>) => {
      if (value?.kind === 'rejected') delete value.detail;
      return value;
    },
  );
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const vectors = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Vectors;
  describe(`vectors/${file}`, () => {
    test.each(vectors.cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
      const payload =
        one.payload === undefined ? Buffer.from(one.payload_base64!, 'base64') : new TextEncoder().encode(one.payload);
      const message = {
        topic: one.topic,
        payload,
        receivedAtMs: Date.parse(vectors.receivedAt),
        deliveryId: vectors.deliveryId,
        retained: one.retained === true,
      };
      if (one.rejected !== undefined) {
        expect(filters.some((filter) => topicMatches(filter, one.topic))).toBe(true);
        const error = thrownBy(() => codec.decode(message));
        expect({ code: error.code, reason: error.reason, deviceId: error.deviceId, sequence: error.sequence }).toEqual({
          code: 'E_DECODE',
          reason: one.rejected.reason,
          deviceId: one.rejected.deviceId,
          sequence: one.rejected.sequence,
        });
        return;
      }
      const events = codec.decode(message);
      const expected = one.events as { recording?: { byteLength?: number } }[];
      const lengths = expected.map((event) => event.recording?.byteLength);
      expect(events.map((event) => (event.kind === 'waveform' ? event.recording.bytes.length : undefined))).toEqual(
        lengths,
      );
      for (const event of expected) delete event.recording?.byteLength;
      expect(comparable(events)).toEqual(expected);
      if (events.length > 0) expect(filters.some((filter) => topicMatches(filter, one.topic))).toBe(true);
    });
  });
}

function thrownBy(run: () => unknown): LouverError {
  try {
    run();
  } catch (error) {
    if (LouverError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
