import { LONGEST_TIMER_MS, LouverError } from '@louver/core';
import type { Defined, RollBackBounds } from './failure-window.js';

export interface OnnxPredictorOptions {
  /** Written with every prediction of the model of a file that is not watched, in place of its manifest's `version`. */
  readonly modelVersion?: string | undefined;
  /** Worker threads, 1 to 64, each with the model in memory of its own. Default 1. */
  readonly workers?: number | undefined;
  /** Calls waiting at most, from 1; one more is refused with `E_OVERLOADED`. Default 1024. */
  readonly queueLimit?: number | undefined;
  /** A run that takes longer is given up with `E_TIMEOUT`, and its worker started anew. Milliseconds, from 1. Default 3,000. */
  readonly timeoutMs?: number | undefined;
  /** Whether a model that is changed, or comes to the folder, takes over. Default false. */
  readonly watch?: boolean | undefined;
  /** How often is looked for one. Milliseconds, from 1. Default 1,000. */
  readonly watchIntervalMs?: number | undefined;
  /** When a model that took over gives way to the one before again. */
  readonly rollBack?: RollBackBounds | undefined;
}

export type PredictorSettings = Required<Defined<Omit<OnnxPredictorOptions, 'rollBack' | 'modelVersion'>>> & {
  readonly modelVersion: string | undefined;
  readonly rollBack: Required<Defined<RollBackBounds>>;
};

const isWhole = (least: number, most: number) => (value: number) =>
  Number.isInteger(value) && value >= least && value <= most;
const isMs = (value: number): boolean => value >= 1 && value <= LONGEST_TIMER_MS;
const MS = `milliseconds, from 1 to ${LONGEST_TIMER_MS}`;
const isShare = (value: number): boolean => value >= 0 && value <= 1;

/** Fills in the defaults; throws `E_CONFIG` that names every impossible value at once. */
export function predictorSettings(options: OnnxPredictorOptions): PredictorSettings {
  const problems: string[] = [];
  const number = (
    name: string,
    value: unknown,
    fallback: number,
    fits: (value: number) => boolean,
    expected: string,
  ) => {
    if (value === undefined) return fallback;
    if (typeof value !== 'number' || !fits(value)) problems.push(`${name} is ${String(value)}, expected ${expected}`);
    return value as number;
  };
  const { rollBack = {} } = options;
  const settings: PredictorSettings = {
    modelVersion: options.modelVersion,
    workers: number('workers', options.workers, 1, isWhole(1, 64), 'a whole number from 1 to 64'),
    queueLimit: number('queueLimit', options.queueLimit, 1024, isWhole(1, Infinity), 'a whole number from 1'),
    timeoutMs: number('timeoutMs', options.timeoutMs, 3_000, isMs, MS),
    watch: options.watch ?? false,
    watchIntervalMs: number('watchIntervalMs', options.watchIntervalMs, 1_000, isMs, MS),
    rollBack: {
      maxErrorRate: number('rollBack.maxErrorRate', rollBack.maxErrorRate, 0.05, isShare, 'a share from 0 to 1'),
      maxNotFiniteRate: number('rollBack.maxNotFiniteRate', rollBack.maxNotFiniteRate, 0.01, isShare, 'a share from 0 to 1'), // prettier-ignore
      window: number('rollBack.window', rollBack.window, 200, isWhole(1, 1e6), 'a whole number from 1 to 1000000'),
      minFailures: number('rollBack.minFailures', rollBack.minFailures, 3, isWhole(1, 1e6), 'a whole number from 1'),
    },
  };
  if (settings.watch && settings.modelVersion !== undefined)
    problems.push(
      `modelVersion is ${settings.modelVersion}, expected none with watch: models that come have versions of their own`,
    );
  const { minFailures, window } = settings.rollBack;
  if (minFailures > window)
    problems.push(`rollBack.minFailures is ${minFailures}, expected at most its window (${window})`);
  if (problems.length > 0) throw new LouverError('E_CONFIG', `onnxPredictor: ${problems.join('; ')}`);
  return settings;
}
