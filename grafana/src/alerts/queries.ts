import { inRange, inUse } from '../expressions.js';
import { from } from '../statement.js';

/**
 * Seconds of silence of each device in use that the server has found silent, 0 of the others. The server knows how long each may be silent; while it
 * does not run nobody falls silent here, and INGEST_SILENCE tells that once instead of once for each device.
 */
export const DEVICE_SILENCE = from('device_registry', ({ device_id, last_seen, is_active, deleted_at }) => ({
  select: {
    device_id,
    // At least 1, should the clock of the database be behind the server's.
    'silent for': `if(${is_active}, 0, greatest(dateDiff('second', ${last_seen}, $__toTime_ms), 1))`,
  },
  final: true,
  where: [inUse(deleted_at)],
  orderBy: [device_id],
}));

/** Seconds since anything was stored of any device; no row when none is in use. */
export const INGEST_SILENCE = from('device_registry', ({ last_seen, deleted_at }) => ({
  select: { 'since the last message': `dateDiff('second', max(${last_seen}), $__toTime_ms)` },
  final: true,
  where: [inUse(deleted_at)],
  having: 'count() > 0',
}));

/** The marks of letters that were taken in again; a mark is younger than its letter. */
const REPLAYED = from('dead_letters', ({ received_at, code, message_id }) => ({
  select: { message_id },
  where: [`${received_at} >= $__fromTime_ms`, `${code} = 'replayed'`],
}));

/** Dead letters by code, without those that were taken in again since. */
export const DEAD_LETTERS = from('dead_letters', ({ received_at, code, message_id }) => ({
  select: { code: `toString(${code})`, letters: 'count()' },
  where: [inRange(received_at), `${code} != 'replayed'`, `${message_id} NOT IN (\n${REPLAYED}\n)`],
  groupBy: ['code'],
  orderBy: ['code'],
}));

/** How far storage is behind what was acknowledged, by server. */
export const JOURNAL_AGE = 'max by (instance) (louver_journal_oldest_age_seconds)';

const FAILED = 'louver_inference_failed_total';
const WITHIN_S = 600;
/** Who is watched since then, or runs since then: a series that begins is of failures since then. Else it was Prometheus that began to look. */
const KNOWN_SINCE = `(louver_build_info offset ${WITHIN_S}s or process_start_time_seconds > time() - ${WITHIN_S})`;

/**
 * Decisions that failed within ten minutes, by code, and whether the model is away. A code is counted from its first failure on: its series begins at
 * 1, and `increase` does not see that, so what has a series only lately counts whole.
 */
export const MODEL_ERRORS = [
  `sum by (instance, code) (((${FAILED} unless ${FAILED} offset ${WITHIN_S}s) and on (instance) ${KNOWN_SINCE}) or increase(${FAILED}[${WITHIN_S}s]))`,
  'label_replace(1 - min by (instance) (louver_component_up{component="engine"}), "code", "not ready", "", "")',
].join(' or ');
