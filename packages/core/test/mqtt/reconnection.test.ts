import { describe, expect, test } from 'vitest';
import { Reconnection, type EndKind } from '../../src/mqtt/reconnection.js';

/** The longest that jitter can make of each wait. */
const LONGEST = () => 1;
const SHORTEST = () => 0;

function waits(reconnection: Reconnection, kind: EndKind, livedMs: number | undefined, count: number): number[] {
  return Array.from({ length: count }, () => reconnection.waitMs(kind, livedMs));
}

describe('when to connect again', () => {
  test('a broker that is away is asked at least every second, however long it has been away', () => {
    const all = waits(new Reconnection(LONGEST), 'away', undefined, 1000);
    expect(all.slice(0, 6)).toEqual([50, 100, 200, 400, 800, 1000]);
    expect(Math.max(...all)).toBe(1000);
    expect(Math.min(...waits(new Reconnection(SHORTEST), 'away', undefined, 1000).slice(5))).toBe(500);
  });

  test('after a quick restart of the broker, and after many, the next attempt follows within 50 ms', () => {
    const reconnection = new Reconnection(LONGEST);
    for (let restart = 0; restart < 20; restart++) {
      expect(reconnection.waitMs('cut', 200)).toBe(50);
      expect(reconnection.contested).toBe(false);
      // Nothing listens yet: so it was a restart.
      expect(reconnection.waitMs('away', undefined)).toBeLessThanOrEqual(1000);
    }
    expect(reconnection.waitMs('away', undefined)).toBe(1000);
    expect(reconnection.waitMs('away', 10_000)).toBe(50);
  });

  test('a broker that refuses us is asked less and less often, up to half a minute', () => {
    const reconnection = new Reconnection(LONGEST);
    expect(waits(reconnection, 'refused', undefined, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    // Being let in for a moment does not make it another broker.
    expect(reconnection.waitMs('refused', 100)).toBe(30_000);
    expect(reconnection.waitMs('refused', 5000)).toBe(1000);
  });

  test.each(['cut', 'taken'] as const)('two servers with one client id come to rest (%s)', (kind) => {
    const both = [new Reconnection(LONGEST), new Reconnection(SHORTEST)];
    let livedMs = 0;
    let nowMs = 0;
    const changes: number[] = [];
    for (let change = 0; nowMs < 600_000; change++) {
      // Who was thrown out waits, and then throws out the other, who has lived that long.
      livedMs = both[change % 2]!.waitMs(kind, livedMs);
      nowMs += livedMs;
      changes.push(nowMs);
    }
    expect(both.map(({ contested }) => contested)).toEqual([true, true]);
    expect(changes.length).toBeLessThan(60);
    expect(changes.filter((at) => at > 300_000).length).toBeLessThan(20);
    // The other has gone: this connection lives on, and is believed.
    expect(both[0]!.isContested(59_999)).toBe(true);
    expect(both[0]!.isContested(60_000)).toBe(false);
    expect(both[0]!.waitMs('cut', 60_000)).toBe(50);
    expect(both[0]!.contested).toBe(false);
  });

  test('asking for redelivery slows down when it does not help', () => {
    const reconnection = new Reconnection(LONGEST);
    expect(waits(reconnection, 'returned', 10, 5)).toEqual([50, 100, 200, 400, 800]);
    expect(reconnection.contested).toBe(false);
    expect(reconnection.waitMs('returned', 5000)).toBe(50);
    // Each of them has brought something.
    expect(waits(reconnection, 'overflowed', 10, 4)).toEqual([50, 50, 50, 50]);
  });
});
