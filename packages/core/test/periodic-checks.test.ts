import { describe, expect, test } from 'vitest';
import { PeriodicChecks } from '../src/periodic-checks.js';
import { manualClock } from '../src/testkit/manual-clock.js';
import { settled } from './support/rig.js';
import { keepingLogger } from './support/test-parts.js';

const WELL = { ok: true };

/** A part whose answers are given by hand. */
function rig(noticeWithinMs = 10_000) {
  const clock = manualClock(0);
  const logger = keepingLogger();
  const asked: number[] = [];
  let running = 0;
  let most = 0;
  let answer: (signal: AbortSignal) => Promise<void> = async () => undefined;
  const check = async (signal: AbortSignal): Promise<void> => {
    asked.push(clock.now());
    most = Math.max(most, ++running);
    await answer(signal).finally(() => running--);
  };
  const checks = new PeriodicChecks({
    parts: { part: { check }, other: {}, absent: undefined },
    noticeWithinMs,
    context: { clock, logger },
  });
  checks.begin();
  return {
    checks,
    clock,
    logger,
    asked,
    most: () => most,
    answers: (how: typeof answer) => void (answer = how),
    health: () => checks.healthOf('part'),
  };
}

const fails = async (): Promise<void> => {
  throw new Error('nobody is there');
};
/** Gives up when it is told to. */
const hangs = (signal: AbortSignal): Promise<void> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

describe('periodic checks', () => {
  test('a part is asked every half of the time, whoever has no check never', async () => {
    const { checks, clock, asked, health } = rig();
    await clock.advance(20_000);
    expect(asked).toEqual([5_000, 10_000, 15_000, 20_000]);
    expect([health(), checks.healthOf('other'), checks.healthOf('absent')]).toEqual([WELL, WELL, WELL]);
    checks.close();
  });

  test('one that fails is known with its reason, asked every second from then on, and told once', async () => {
    const { checks, clock, logger, asked, answers, health } = rig();
    answers(fails);
    await clock.advance(4_999);
    expect(health()).toEqual(WELL);
    await clock.advance(1);
    expect(health()).toEqual({ ok: false, reason: 'nobody is there' });
    await clock.advance(3_000);
    expect(asked).toEqual([5_000, 6_000, 7_000, 8_000]);
    answers(async () => undefined);
    await clock.advance(1_000);
    expect(health()).toEqual(WELL);
    await clock.advance(5_000);
    expect(asked).toEqual([5_000, 6_000, 7_000, 8_000, 9_000, 14_000]);
    expect(logger.lines.map(({ message }) => message)).toEqual(['health check failed', 'health check passed again']);
    checks.close();
  });

  test('one that falls silent right after an answer is known within the time', async () => {
    const { checks, clock, answers, health } = rig();
    await clock.advance(5_000);
    answers(hangs);
    await clock.advance(9_999);
    expect(health()).toEqual(WELL);
    await clock.advance(1);
    expect(health()).toEqual({ ok: false, reason: 'no answer within 5000 ms' });
    checks.close();
  });

  test('one that pays no heed is not asked a second time before it has answered, and is well when it does', async () => {
    const { checks, clock, asked, most, answers, health } = rig();
    let finish = (): void => undefined;
    answers(() => new Promise((resolve) => (finish = resolve)));
    await clock.advance(3_600_000);
    expect([asked, most()]).toEqual([[5_000], 1]);
    expect(health()).toMatchObject({ ok: false });
    finish();
    await settled();
    expect(health()).toEqual(WELL);
    checks.close();
  });

  test('one that throws at once has failed like any other', async () => {
    const { checks, clock, answers, health } = rig();
    answers(() => {
      throw new Error('at once');
    });
    await clock.advance(5_000);
    expect(health()).toEqual({ ok: false, reason: 'at once' });
    checks.close();
  });

  test('after close nothing is asked, what is under way is given up, and nothing is held against anybody', async () => {
    const { checks, clock, logger, asked, answers, health } = rig();
    let given = false;
    answers((signal) => hangs(signal).finally(() => (given = true)));
    await clock.advance(5_000);
    checks.close();
    await settled();
    await clock.advance(60_000);
    expect([given, asked, health(), logger.lines]).toEqual([true, [5_000], WELL, []]);
  });

  test.each([0, 1, NaN, Infinity, -5])('a time of %d ms is refused', (noticeWithinMs) => {
    expect(() => rig(noticeWithinMs)).toThrow(/E_CONFIG: health checks: noticeWithinMs is .*, expected milliseconds/);
  });
});
