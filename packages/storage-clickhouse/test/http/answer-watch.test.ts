import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { AnswerWatch, RequestLost } from '../../src/http/answer-watch.js';

/** Time of a ping that nobody answers. */
const PING_MS = 1_000;

function setUp() {
  const clock = manualClock(0);
  const state = { answers: true, running: new Set<string>() as Set<string> | undefined, pings: 0 };
  const watch = new AnswerWatch({
    clock,
    async ping() {
      state.pings++;
      if (state.answers) return true;
      await clock.sleep(PING_MS);
      return false;
    },
    running: () => Promise.resolve(state.running),
  });
  /** A request whose answer never comes. */
  const request = (queryId: string) => {
    const outcome = { error: undefined as unknown };
    const waiting = watch.during(
      queryId,
      undefined,
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
        ),
    );
    waiting.catch((error: unknown) => (outcome.error = error));
    return outcome;
  };
  return { clock, state, watch, request };
}

describe('answer watch', () => {
  test('quick requests cost no ping', async () => {
    const { clock, state, watch } = setUp();
    for (let i = 0; i < 100; i++) {
      await watch.during(`q${i}`, undefined, () => Promise.resolve(i));
      await clock.advance(100);
    }
    expect(state.pings).toBe(0);
  });

  test('the end of the caller, before or during, ends a request; nothing of it stays with a signal that lives on', async () => {
    const { watch } = setUp();
    const caller = new AbortController();
    const listeners = (): number => getEventListeners(caller.signal, 'abort').length;
    const untilAborted = (signal: AbortSignal): Promise<boolean> =>
      new Promise((resolve) => {
        if (signal.aborted) resolve(true);
        signal.addEventListener('abort', () => resolve(true));
      });
    for (let i = 0; i < 100; i++) await watch.during(`q${i}`, caller.signal, () => Promise.resolve(i));
    expect(listeners()).toBe(0);
    const waiting = watch.during('during', caller.signal, untilAborted);
    expect(listeners()).toBe(1);
    caller.abort();
    expect(await waiting).toBe(true);
    expect(await watch.during('after', caller.signal, untilAborted)).toBe(true);
    expect(listeners()).toBe(0);
  });

  test('closing ends what waits and what comes later', async () => {
    const { watch, request } = setUp();
    const waiting = request('waiting');
    watch.close();
    await nextTurn();
    expect(waiting.error).toMatchObject({ message: 'aborted' });
    expect(await watch.during('later', undefined, ({ aborted }) => Promise.resolve(aborted))).toBe(true);
  });

  test('while the server answers nothing is given up, however long it takes', async () => {
    const { clock, watch, request } = setUp();
    const slow = request('slow');
    await clock.advance(60_000);
    expect(slow.error).toBeUndefined();
    expect(watch.silentSinceMs).toBeUndefined();
  });

  test('a request that a silent server lost is given up within a second of its return', async () => {
    const { clock, state, watch, request } = setUp();
    const lost = request('lost');
    state.answers = false;
    await clock.advance(20_000);
    expect(lost.error).toBeUndefined();
    expect(watch.silentSinceMs).toBeLessThanOrEqual(3_000);
    state.answers = true;
    await clock.advance(1_000);
    expect(lost.error).toBeInstanceOf(RequestLost);
    expect(watch.silentSinceMs).toBeUndefined();
  });

  test('one that the server is at work on is left alone after a silence', async () => {
    const { clock, state, request } = setUp();
    const slow = request('slow');
    const lost = request('lost');
    state.running = new Set(['slow']);
    state.answers = false;
    await clock.advance(5_000);
    state.answers = true;
    await clock.advance(60_000);
    expect([slow.error, lost.error]).toEqual([undefined, expect.any(RequestLost)]);
  });

  test('one that was sent after the silence, and that the server is at work on, is left alone', async () => {
    const { clock, state, request } = setUp();
    request('old');
    state.answers = false;
    await clock.advance(5_000);
    state.answers = true;
    state.running = new Set(['fresh']);
    const fresh = request('fresh');
    await clock.advance(60_000);
    expect(fresh.error).toBeUndefined();
  });

  test.each([0, 100, 250, 400, 900])(
    'one that was sent %d ms before the silence ended is given up as well',
    async (ms) => {
      const { clock, state, request } = setUp();
      request('old');
      state.answers = false;
      await clock.advance(20_000 - ms);
      const last = request('last');
      await clock.advance(ms);
      state.answers = true;
      await clock.advance(1_500);
      expect(last.error).toBeInstanceOf(RequestLost);
    },
  );

  test('where the server does not say what it is doing, the time-out decides', async () => {
    const { clock, state, request } = setUp();
    state.running = undefined;
    const waiting = request('waiting');
    state.answers = false;
    await clock.advance(5_000);
    state.answers = true;
    await clock.advance(60_000);
    expect(waiting.error).toBeUndefined();
  });

  test('a server that could not be reached is asked once a second until it answers', async () => {
    const { clock, state, watch } = setUp();
    state.answers = false;
    watch.unreachable();
    await nextTurn();
    await clock.advance(10_000);
    expect(watch.silentSinceMs).toBe(0);
    expect(state.pings).toBe(10);
    state.answers = true;
    await clock.advance(1_000);
    expect(watch.silentSinceMs).toBeUndefined();
    await clock.advance(10_000);
    expect(state.pings).toBe(11);
  });

  test('close ends what waits', async () => {
    const { watch, request } = setUp();
    const waiting = request('waiting');
    await nextTurn();
    watch.close();
    await nextTurn();
    expect(waiting.error).toMatchObject({ message: 'aborted' });
  });
});
