import { inRange, interval, known, orNothing, quantile, quantiles, thisDevice } from '../expressions.js';
import { from, fromAll, fromAnswer, fromLatestBefore, quoted } from '../statement.js';

/** A person who moves a window so soon after the model did corrects it. */
const CORRECTED_WITHIN_S = 600;
/** Of the confidence, from 0 to 1. */
const BIN = 0.05;
const CALIBRATION_BIN = 0.1;

/** The newest answers of the model. */
export const RECENT_PREDICTIONS = from('ml_predictions', (columns) => {
  const { timestamp, device_id, prediction, confidence, position, held, reason, model_version, inference_time_ms } =
    columns;
  return {
    select: {
      timestamp,
      device_id,
      prediction: orNothing(prediction),
      confidence: orNothing(confidence),
      position: orNothing(position),
      decision: `if(${held}, concat('held: ', ${reason}), 'sent')`,
      model_version,
      inference_time_ms: orNothing(inference_time_ms),
    },
    where: [inRange(timestamp)],
    orderBy: [`${timestamp} DESC`, device_id],
    limit: 50,
  };
});

/** Answers per minute, by version of the model. */
export const PREDICTION_FREQUENCY = from('ml_predictions', ({ timestamp, model_version }) => ({
  select: { time: interval(timestamp), model_version, predictions: 'count() * 60 / $__interval_s' },
  where: [inRange(timestamp)],
  groupBy: ['time', 'model_version'],
  orderBy: ['time', 'model_version'],
}));

/** How many answers had a confidence from `xMin` to below `xMax`; 1 belongs to the last bin. */
export const CONFIDENCE_BINS = from('ml_predictions', ({ timestamp, confidence }) => ({
  select: {
    // From the number of the bin: steps of 0.05 would not add up to it.
    xMin: `least(floor(${confidence} * ${1 / BIN} + 1e-9), ${1 / BIN - 1}) / ${1 / BIN}`,
    xMax: `(least(floor(${confidence} * ${1 / BIN} + 1e-9), ${1 / BIN - 1}) + 1) / ${1 / BIN}`,
    predictions: 'toFloat64(count())',
  },
  where: [inRange(timestamp), `${confidence} >= 0`, `${confidence} <= 1`],
  groupBy: ['xMin', 'xMax'],
  orderBy: ['xMin'],
}));

/** How long the model took, in milliseconds. */
export const INFERENCE_LATENCY = fromAnswer(
  from('ml_predictions', ({ timestamp, inference_time_ms }) => ({
    select: { time: interval(timestamp), levels: quantiles([0.5, 0.95, 0.99], inference_time_ms) },
    where: [inRange(timestamp), `isFinite(${inference_time_ms})`],
    groupBy: ['time'],
  })),
  { select: { time: 'time', p50: 'levels[1]', p95: 'levels[2]', p99: 'levels[3]' }, orderBy: ['time'] },
);

/** What the model told windows, and a little from before the range: it may be corrected within it. */
const DECIDED = from(
  'window_actions',
  ({ timestamp, device_id, position, confidence, model_version, command_id, source }) => ({
    select: { timestamp, device_id, position, confidence, model_version, command_id },
    where: [
      `${source} = 'model'`,
      `isFinite(${position})`,
      `${timestamp} >= $__fromTime_ms - INTERVAL ${CORRECTED_WITHIN_S} SECOND AND ${timestamp} <= $__toTime_ms`,
    ],
  }),
);
const BY_HAND = from('window_actions', ({ timestamp, device_id, position, source }) => ({
  select: { timestamp, device_id, position },
  // To stop it is no position.
  where: [`${source} = 'manual'`, inRange(timestamp), `isFinite(${position})`],
}));

/** Decisions that a person has corrected soon after: the last word on each counts. */
const CORRECTED = fromLatestBefore([BY_HAND, DECIDED], {
  select: {
    command_id: 'b.command_id',
    device_id: 'any(a.device_id)',
    time: 'max(a.timestamp)',
    decided_at: 'any(b.timestamp)',
    decided: 'any(b.position)',
    wanted: 'argMax(a.position, a.timestamp)',
    confidence: 'any(b.confidence)',
    model_version: 'any(b.model_version)',
  },
  where: [`a.timestamp <= b.timestamp + INTERVAL ${CORRECTED_WITHIN_S} SECOND`],
  groupBy: ['command_id'],
});

/** One device, or all: what people made of decisions. */
export const CORRECTIONS = fromAnswer(CORRECTED, {
  select: {
    time: 'time',
    device_id: 'device_id',
    decided: 'decided',
    wanted: 'wanted',
    difference: 'abs(wanted - decided)',
    model_version: 'model_version',
  },
  orderBy: ['time DESC'],
  limit: 100,
});
export const CORRECTED_DIFFERENCE = fromAnswer(CORRECTED, {
  select: { time: interval('time'), 'decided − corrected by hand': 'avg(abs(wanted - decided))' },
  where: [thisDevice('device_id')],
  groupBy: ['time'],
  orderBy: ['time'],
});

const bin = `least(floor(confidence * ${1 / CALIBRATION_BIN} + 1e-9), ${1 / CALIBRATION_BIN - 1})`;

/** Each decision of the range once, and each of them that was corrected once more, with how far. */
const JUDGED = [
  fromAnswer(DECIDED, {
    select: {
      time: 'timestamp',
      model_version: 'model_version',
      bin,
      decisions: '1',
      corrected: '0',
      difference: 'nan',
    },
    where: [inRange('timestamp')],
  }),
  fromAnswer(CORRECTED, {
    select: {
      time: 'time',
      model_version: 'model_version',
      bin,
      decisions: '0',
      // Who asks for what was decided corrects nothing.
      corrected: 'toUInt8(wanted != decided)',
      difference: 'abs(wanted - decided)',
    },
    where: ['decided_at >= $__fromTime_ms'],
  }),
];

/** Of two rows one has the value, the other NaN; NULL when neither has. */
const theOne = (name: string): string => {
  const value = quoted(name);
  return `if(countIf(isFinite(${value})) = 0, NULL, ${known('avg', value)})`;
};

/** Versions of the model beside each other. */
export const MODEL_PERFORMANCE = fromAll(
  [
    from('ml_predictions', ({ timestamp, model_version, confidence, held, inference_time_ms }) => ({
      select: {
        version: `toString(${model_version})`,
        predictions: 'toFloat64(count())',
        'held back': `toFloat64(countIf(${held}))`,
        'mean confidence': known('avg', confidence),
        'latency p95': quantile(0.95, inference_time_ms),
        corrected: 'nan',
        'mean correction': 'nan',
        'newest prediction': `max(${timestamp})`,
      },
      where: [inRange(timestamp)],
      groupBy: ['version'],
    })),
    fromAll(JUDGED, {
      select: {
        version: 'toString(model_version)',
        predictions: '0.',
        'held back': '0.',
        'mean confidence': 'nan',
        'latency p95': 'nan',
        corrected: 'if(sum(decisions) = 0, nan, sum(corrected) / sum(decisions))',
        'mean correction': known('avg', 'difference'),
        'newest prediction': 'toDateTime64(0, 3)',
      },
      groupBy: ['version'],
    }),
  ],
  {
    select: {
      version: 'version',
      predictions: 'sum(predictions)',
      'held back': 'sum(`held back`)',
      'mean confidence': theOne('mean confidence'),
      'latency p95': theOne('latency p95'),
      corrected: theOne('corrected'),
      'mean correction': theOne('mean correction'),
      // A version may have decided within the range and have answered before it.
      'newest prediction': 'nullIf(max(`newest prediction`), toDateTime64(0, 3))',
    },
    groupBy: ['version'],
    orderBy: ['newest prediction DESC', 'version'],
  },
);

/** How sure each version was, and how far people had to correct it, in percent of the way. */
export const CONFIDENCE_OVER_TIME = from('ml_predictions', ({ timestamp, model_version, confidence }) => ({
  select: { time: interval(timestamp), model_version, confidence: known('avg', confidence) },
  where: [inRange(timestamp), `isFinite(${confidence})`],
  groupBy: ['time', 'model_version'],
  orderBy: ['time', 'model_version'],
}));
export const CORRECTION_OVER_TIME = fromAnswer(CORRECTED, {
  select: { time: interval('time'), model_version: 'model_version', correction: 'avg(abs(wanted - decided))' },
  groupBy: ['time', 'model_version'],
  orderBy: ['time', 'model_version'],
});

/** Of decisions with about that confidence: the share that nobody corrected. Well calibrated is what is as often right as it is sure. */
export const CALIBRATION = fromAll(JUDGED, {
  select: {
    confidence: `concat(toString(round(bin / ${1 / CALIBRATION_BIN}, 1)), ' – ', toString(round((bin + 1) / ${1 / CALIBRATION_BIN}, 1)))`,
    'left as decided': '1 - sum(corrected) / sum(decisions)',
    ideal: `(bin + 0.5) / ${1 / CALIBRATION_BIN}`,
  },
  where: ['isFinite(bin)'],
  groupBy: ['bin'],
  having: 'sum(decisions) > 0',
  orderBy: ['bin'],
});
