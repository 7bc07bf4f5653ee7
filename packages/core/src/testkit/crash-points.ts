import { LouverError } from '../errors.js';
import { incarnation, type Incarnation } from './incarnation.js';

/** A place in a run at which a process may die. */
export interface CrashPoint {
  /** Number of its step, from 1. */
  readonly step: number;
  /** E.g. `storage.write sensor_temperature (after)`. */
  readonly name: string;
  /** Lives up to this step; each call is a new life. */
  incarnation(): Incarnation;
}

/**
 * Every point at which `run` can crash, in order: does it once without a crash, and names the steps that it took. A run that waits for a disk
 * or a network may take its steps in another order the next time; a life that comes to its end before its step did not crash, which
 * {@link Incarnation.crashed} tells.
 *
 * ```ts
 * for (const point of await everyCrashPoint((life) => run(newWorld(), life))) {
 *   const world = newWorld();
 *   await run(world, point.incarnation());
 *   await run(world, incarnation());
 *   check(world);
 * }
 * ```
 * @param run is expected to live by `life.live(…)`.
 * @throws LouverError `E_CONFIG` for a run without a step: a loop over its points would hold for anything.
 */
export async function everyCrashPoint(run: (life: Incarnation) => Promise<unknown>): Promise<readonly CrashPoint[]> {
  const faultless = incarnation();
  await run(faultless);
  if (faultless.steps.length === 0) {
    const found =
      'everyCrashPoint: the run made no step (0 steps), expected at least one: there is no point to crash at';
    const check =
      'are the parts wrapped (life.storage(…), life.journal(…), life.transport(…)), are those the ones that the pipeline is given, ' +
      'is the work awaited inside life.live(…), and does a message reach the storage, on a topic that its codec knows?';
    throw new LouverError('E_CONFIG', `${found}. Check: ${check}`);
  }
  return faultless.steps.map((name, i) => ({ step: i + 1, name, incarnation: () => incarnation({ crashAt: i + 1 }) }));
}

/** So many of them, by lot but spread over the whole: one of each of `count` stretches of equal length. */
export function sampled<T>(all: readonly T[], count: number, random: () => number): readonly T[] {
  if (count >= all.length) return all;
  const stretch = all.length / count;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i + random()) * stretch)]!);
}
