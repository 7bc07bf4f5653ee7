import { dashboardOf } from '../dashboard.js';
import { bars, rows, timeSeries } from '../panels.js';
import { COMMANDED_POSITION, ofDevice, REGISTERED, REPORTED_DIFFERENCE, REPORTED_POSITION } from '../queries/devices.js'; // prettier-ignore
import { CORRECTED_DIFFERENCE } from '../queries/predictions.js';
import { AUDIO_ACTIVITY } from '../queries/recordings.js';
import { series, table } from '../targets.js';

/** One device, chosen by the variable `device_id`. */
export const deviceDetail = dashboardOf({
  name: 'device-detail',
  title: 'Louver: device',
  description: 'One device: its readings, its window, and how right the model was about it.',
  ofDevice: true,
  sections: [
    {
      panels: [
        rows({
          title: 'Device',
          description: 'The device as it is registered (device_registry).',
          width: 24,
          height: 4,
          targets: [table(REGISTERED)],
        }),
        timeSeries({
          title: 'Temperature history',
          description: 'Mean, lowest and highest temperature in each interval (sensor_temperature).',
          unit: 'celsius',
          decimals: 1,
          width: 12,
          targets: [series(ofDevice('sensor_temperature'))],
        }),
        timeSeries({
          title: 'Humidity history',
          description: 'Mean, lowest and highest relative humidity in each interval (sensor_humidity).',
          unit: 'humidity',
          decimals: 0,
          width: 12,
          targets: [series(ofDevice('sensor_humidity'))],
        }),
        timeSeries(
          {
            title: 'Window position history',
            description:
              'Where the window was told to be, and where it said that it was (window_actions, window_states).',
            unit: 'percent',
            decimals: 0,
            min: 0,
            max: 100,
            width: 12,
            targets: [series(COMMANDED_POSITION, 'A'), series(REPORTED_POSITION, 'B')],
          },
          { stepped: true },
        ),
        bars(
          {
            title: 'Audio activity',
            description:
              'Recordings in each hour, or in longer intervals of a long range, and how many seconds of sound they were (sensor_audio).',
            unit: 'none',
            min: 0,
            width: 12,
            targets: [table(AUDIO_ACTIVITY)],
          },
          'time',
        ),
        timeSeries({
          title: 'Prediction accuracy',
          description:
            'How far commands were from what the window reported when it was done, and from what people wanted when they moved it within ten minutes of a decision; 0 is right (window_actions, window_states).',
          unit: 'percent',
          decimals: 1,
          min: 0,
          width: 24,
          targets: [series(REPORTED_DIFFERENCE, 'A'), series(CORRECTED_DIFFERENCE, 'B')],
        }),
      ],
    },
  ],
});
