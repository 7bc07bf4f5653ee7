import type { Context } from '@louver/core';

/** So long nothing was shed and there was room: it is over. Shorter gaps would make many lines of one outage. */
const QUIET_MS = 5_000;
const SHED = { kind: 'unknown', result: 'shed' };

/**
 * Counts QoS 0 messages that found no room, and says so twice per outage: at its begin, and at its end how many they were.
 *
 * @param hasRoom asked at the end of a quiet time
 * @param signal ends the watch, and with it the outage
 */
export function shedLog({ clock, logger, metrics }: Context, hasRoom: () => boolean, signal: AbortSignal): () => void {
  let count = 0;

  const watch = async (): Promise<void> => {
    for (let before = 0; !signal.aborted && (count > before || !hasRoom());) {
      before = count;
      await clock.sleep(QUIET_MS, signal);
    }
    logger.warn('QoS 0 messages were shed', { count });
    count = 0;
  };

  return () => {
    metrics.count('broker_shed_total');
    metrics.count('messages_total', SHED);
    if (++count > 1) return;
    logger.warn('QoS 0 messages are shed while there is no room');
    void watch();
  };
}
