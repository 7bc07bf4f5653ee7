import { feature, inRange, interval, thisDevice } from '../expressions.js';
import { from } from '../statement.js';

/** Mel bands that are stored with a recording; those of a recording that has none are left out. */
const bands = (json: string): string => `JSONExtract(${json}, 'mel_db_mean', 'Array(Nullable(Float64))')`;

/** One device: how often it recorded, and how much sound that was. */
export const AUDIO_ACTIVITY = from('sensor_audio', ({ timestamp, device_id, duration }) => ({
  select: {
    // No narrower than an hour, and no more bars than can be told apart.
    time: `toStartOfInterval(toDateTime(${timestamp}), toIntervalSecond(greatest(3600, $__interval_s)))`,
    recordings: 'count()',
    'seconds of sound': `sumIf(${duration}, isFinite(${duration}))`,
  },
  where: [thisDevice(device_id), inRange(timestamp)],
  groupBy: ['time'],
  orderBy: ['time'],
}));

/** One device: the mean of features in each interval. */
function features(columns: Readonly<Record<string, string>>): string {
  return from('sensor_audio', ({ timestamp, device_id, features: json }) => ({
    select: {
      time: interval(timestamp),
      ...Object.fromEntries(Object.entries(columns).map(([title, name]) => [title, `avg(${feature(json, name)})`])),
    },
    where: [thisDevice(device_id), inRange(timestamp), `JSONHas(${json}, 'values')`],
    groupBy: ['time'],
    orderBy: ['time'],
  }));
}

/** In hertz. */
export const FREQUENCY_FEATURES = features({
  'spectral centroid': 'spectral_centroid_mean',
  'spectral roll-off': 'spectral_rolloff_mean',
});
export const ZERO_CROSSINGS = features({ 'zero-crossing rate': 'zero_crossing_rate_mean' });
export const MFCC = features(
  Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`MFCC ${i + 1}`, `mfcc_mean_${i + 1}`])),
);

/** In decibels under full scale: 20 log₁₀ of the root mean square. Silence has no level. */
export const RMS_LEVELS = from('sensor_audio', ({ timestamp, device_id, features: json }) => {
  const level = `if(${feature(json, 'rms_mean')} > 0, 20 * log10(${feature(json, 'rms_mean')}), NULL)`;
  return {
    select: { time: interval(timestamp), mean: `avg(${level})`, loudest: `max(${level})` },
    where: [thisDevice(device_id), inRange(timestamp), `JSONHas(${json}, 'values')`],
    groupBy: ['time'],
    orderBy: ['time'],
  };
});

/** One device: the mean level of each stored mel band, the lowest first. Two digits: bands are sorted by their name. */
export const SPECTRUM = from('sensor_audio', ({ timestamp, device_id, features: json }) => ({
  select: {
    time: interval(timestamp),
    band: "leftPad(toString(level.1), 2, '0')",
    decibels: 'avg(level.2)',
  },
  arrayJoin: ['level', `arrayZip(arrayEnumerate(${bands(json)}), ${bands(json)})`],
  where: [thisDevice(device_id), inRange(timestamp), `JSONHas(${json}, 'mel_db_mean')`],
  groupBy: ['time', 'band'],
  orderBy: ['time', 'band'],
}));

/** Recordings that could not be analysed. */
export const NOT_ANALYSED = from('sensor_audio', ({ timestamp, device_id, duration, format, features: json }) => ({
  select: { timestamp, duration, format, why: `JSONExtractString(${json}, 'error')` },
  where: [thisDevice(device_id), inRange(timestamp), `JSONHas(${json}, 'error')`],
  orderBy: [`${timestamp} DESC`],
  limit: 50,
}));
