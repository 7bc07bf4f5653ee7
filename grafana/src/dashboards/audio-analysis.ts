import { dashboardOf } from '../dashboard.js';
import { cells, rows, timeSeries } from '../panels.js';
import { FREQUENCY_FEATURES, MFCC, NOT_ANALYSED, RMS_LEVELS, SPECTRUM, ZERO_CROSSINGS } from '../queries/recordings.js'; // prettier-ignore
import { series, table } from '../targets.js';

/** What was heard: features of recordings over time. */
export const audioAnalysis = dashboardOf({
  name: 'audio-analysis',
  title: 'Louver: sound',
  description: 'One device: what was heard in its recordings.',
  ofDevice: true,
  sections: [
    {
      panels: [
        cells(
          {
            title: 'Spectral view',
            description:
              'The mean level of each stored mel band in each interval, the lowest band below (sensor_audio, mel_db_mean).',
            unit: 'dB',
            width: 24,
            height: 10,
            targets: [series(SPECTRUM)],
          },
          { scheme: 'Inferno', by: 'band' },
        ),
        timeSeries({
          title: 'RMS levels',
          description:
            'How loud recordings were, under full scale: mean and loudest of each interval (sensor_audio, rms_mean).',
          unit: 'dB',
          decimals: 1,
          width: 12,
          targets: [series(RMS_LEVELS)],
        }),
        timeSeries({
          title: 'Audio features: spectral centroid and roll-off',
          description: 'Where the middle of the spectrum is, and below what 85 % of its energy (sensor_audio).',
          unit: 'hertz',
          min: 0,
          width: 12,
          targets: [series(FREQUENCY_FEATURES)],
        }),
        timeSeries({
          title: 'Audio features: zero-crossing rate',
          description: 'The share of samples at which the sign changes (sensor_audio).',
          unit: 'percentunit',
          min: 0,
          width: 12,
          targets: [series(ZERO_CROSSINGS)],
        }),
        timeSeries({
          title: 'Audio features: MFCC',
          description: 'The first six mel-frequency cepstral coefficients (sensor_audio).',
          unit: 'none',
          width: 12,
          targets: [series(MFCC)],
        }),
        rows({
          title: 'Recordings without features',
          description: 'Recordings that could not be analysed, and why (sensor_audio).',
          width: 24,
          height: 6,
          targets: [table(NOT_ANALYSED)],
        }),
      ],
    },
  ],
});
