import { dashboardOf } from '../dashboard.js';
import { gauges, rows, stats, timeSeries } from '../panels.js';
import { ACTIVE_DEVICES, byDevice, DEVICE_HEALTH, ERROR_COUNT, HELD_COUNT, WINDOW_POSITIONS } from '../queries/devices.js'; // prettier-ignore
import { MESSAGES_PER_SECOND } from '../queries/messages.js';
import { RECENT_PREDICTIONS } from '../queries/predictions.js';
import { series, table } from '../targets.js';
import { deviceTable } from './device-table.js';

/** The home dashboard: is all well, what do the rooms say, what do the windows do. */
export const overview = dashboardOf({
  name: 'overview',
  title: 'Louver: overview',
  description: 'All devices: what they say, where their windows are, and whether anything is wrong.',
  sections: [
    {
      panels: [
        stats({
          title: 'Active devices',
          description: 'Devices that were heard of lately, of those in use (device_registry).',
          unit: 'none',
          decimals: 0,
          width: 6,
          height: 5,
          targets: [table(ACTIVE_DEVICES)],
        }),
        stats({
          title: 'Message throughput',
          description:
            'Readings, recordings and dead letters per second over the whole time range (sensor tables and dead_letters, by received_at).',
          unit: 'cps',
          decimals: 2,
          width: 6,
          height: 5,
          targets: [table(MESSAGES_PER_SECOND)],
        }),
        stats({
          title: 'System health',
          description:
            'What somebody has to look at: silent devices, dead letters and held decisions of the time range, and how long ago the last message came (device_registry, dead_letters, ml_predictions).',
          unit: 'none',
          width: 12,
          height: 5,
          targets: [table(DEVICE_HEALTH, 'A'), table(ERROR_COUNT, 'B'), table(HELD_COUNT, 'C')],
          colours: [
            [null, 'green'],
            [1, 'orange'],
          ],
        })
          .overrideByName('since the last message', [
            { id: 'unit', value: 's' },
            { id: 'thresholds', value: { mode: 'absolute', steps: [{ color: 'green', value: null }, { color: 'orange', value: 300 }, { color: 'red', value: 1800 }] } }, // prettier-ignore
          ])
          // Held back is what the policy is there for.
          .overrideByName('held decisions', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'text' } }]),
        timeSeries(
          {
            title: 'Temperature by device',
            description: 'The mean temperature of each device in each interval (sensor_temperature).',
            unit: 'celsius',
            decimals: 1,
            width: 12,
            targets: [series(byDevice('sensor_temperature'))],
          },
          { by: 'device_id' },
        ),
        timeSeries(
          {
            title: 'Humidity by device',
            description: 'The mean relative humidity of each device in each interval (sensor_humidity).',
            unit: 'humidity',
            decimals: 0,
            width: 12,
            targets: [series(byDevice('sensor_humidity'))],
          },
          { by: 'device_id' },
        ),
        gauges({
          title: 'Current window positions',
          description:
            'How far each window is open at the end of the time range: as it said, or was told later (window_states, window_actions of 30 days).',
          unit: 'percent',
          decimals: 0,
          min: 0,
          max: 100,
          width: 12,
          targets: [table(WINDOW_POSITIONS)],
          colours: [
            [null, 'blue'],
            [50, 'light-blue'],
            [90, 'super-light-blue'],
          ],
        }),
        deviceTable('Devices'),
        rows(
          {
            title: 'Recent predictions',
            description: 'The newest answers of the model, and whether they became commands (ml_predictions).',
            width: 24,
            height: 9,
            targets: [table(RECENT_PREDICTIONS)],
          },
          { linked: 'device_id' },
        )
          .overrideByName('prediction', [
            { id: 'unit', value: 'percent' },
            { id: 'decimals', value: 1 },
          ])
          .overrideByName('position', [
            { id: 'unit', value: 'percent' },
            { id: 'decimals', value: 1 },
          ])
          .overrideByName('confidence', [
            { id: 'unit', value: 'percentunit' },
            { id: 'decimals', value: 0 },
          ])
          .overrideByName('inference_time_ms', [
            { id: 'unit', value: 'ms' },
            { id: 'decimals', value: 2 },
          ]),
      ],
    },
  ],
});
