import { dashboardOf } from '../dashboard.js';
import { cells, rates, rows, stats, timeSeries } from '../panels.js';
import { ERRORS_BY_CODE, MESSAGES_BY_DEVICE, MESSAGES_OVER_TIME, MESSAGES_PER_SECOND, NEWEST_ERRORS } from '../queries/messages.js'; // prettier-ignore
import { prometheus, series, table } from '../targets.js';
import { deviceTable } from './device-table.js';

/** Whether messages come in, what is wrong with them, and how the server feels. */
export const systemHealth = dashboardOf({
  name: 'system-health',
  title: 'Louver: system health',
  description: 'Whether messages come in and are stored, what is wrong with them, and how the server feels.',
  sections: [
    {
      panels: [
        stats({
          title: 'Message throughput',
          description:
            'Readings, recordings and dead letters per second over the whole time range (sensor tables and dead_letters, by received_at).',
          unit: 'cps',
          decimals: 2,
          width: 6,
          targets: [table(MESSAGES_PER_SECOND)],
        }),
        rates({
          title: 'Message throughput over time',
          description:
            'Readings, recordings and dead letters per second in each interval (sensor tables and dead_letters, by received_at).',
          unit: 'cps',
          min: 0,
          width: 18,
          targets: [series(MESSAGES_OVER_TIME)],
        }),
        rates(
          {
            title: 'Error rates',
            description:
              'Dead letters per minute, by code: messages that could not be decoded or stored (dead_letters).',
            unit: 'cpm',
            min: 0,
            width: 12,
            targets: [series(ERRORS_BY_CODE)],
          },
          { by: 'code' },
        ),
        deviceTable('Device last seen'),
        cells(
          {
            title: 'Device activity',
            description:
              'How many readings, recordings and dead letters of each device came in each interval (sensor tables and dead_letters, by received_at).',
            unit: 'none',
            width: 24,
            targets: [series(MESSAGES_BY_DEVICE)],
          },
          { scheme: 'Greens', by: 'device' },
        ),
        rows({
          title: 'Newest dead letters',
          description: 'What could not be stored, and why (dead_letters).',
          width: 24,
          targets: [table(NEWEST_ERRORS)],
        }),
      ],
    },
    {
      // From here on another data source: all above is there without Prometheus.
      title: 'The server itself (Prometheus)',
      panels: [
        timeSeries(
          {
            title: 'Parts at work',
            description: 'Whether each part does its work, as /readyz says: 1 or 0 (louver_component_up).',
            unit: 'none',
            min: 0,
            max: 1,
            width: 8,
            targets: [prometheus('min by (component) (louver_component_up)', '{{component}}')],
          },
          { stepped: true },
        ),
        timeSeries({
          title: 'Journal',
          description:
            'The journal on the disk: how large it is, and may be (louver_journal_bytes, louver_journal_max_bytes).',
          unit: 'bytes',
          min: 0,
          width: 8,
          targets: [
            prometheus('sum(louver_journal_bytes)', 'in use', 'A'),
            prometheus('sum(louver_journal_max_bytes)', 'at the most', 'B'),
          ],
        }),
        timeSeries({
          title: 'Journal age',
          description:
            'Age of the oldest message that is not stored yet: how far storage is behind (louver_journal_oldest_age_seconds).',
          unit: 's',
          min: 0,
          width: 8,
          targets: [prometheus('max(louver_journal_oldest_age_seconds)', 'oldest')],
        }),
        timeSeries({
          title: 'Journal sync and storage writes',
          description:
            'How long 99 of 100 syncs of the journal and inserts take at the most (louver_journal_sync_seconds, louver_storage_write_seconds).',
          unit: 's',
          min: 0,
          width: 8,
          targets: [
            prometheus('histogram_quantile(0.99, sum by (le) (rate(louver_journal_sync_seconds_bucket[$__rate_interval])))', 'journal sync', 'A'), // prettier-ignore
            prometheus('histogram_quantile(0.99, sum by (le) (rate(louver_storage_write_seconds_bucket[$__rate_interval])))', 'insert', 'B'), // prettier-ignore
          ],
        }),
        timeSeries({
          title: 'Messages by kind',
          description:
            'Messages per second taken in, by what they tell and what became of them (louver_messages_total).',
          unit: 'cps',
          min: 0,
          width: 8,
          targets: [
            prometheus('sum by (kind, result) (rate(louver_messages_total[$__rate_interval]))', '{{kind}} {{result}}'),
          ],
        }),
        timeSeries({
          title: 'Event-loop delay',
          description:
            'How late timers were: of 100 delays 99 were no longer, and the longest (louver_event_loop_delay_seconds).',
          unit: 's',
          min: 0,
          width: 8,
          targets: [prometheus('max by (stat) (louver_event_loop_delay_seconds)', '{{stat}}')],
        }),
      ],
    },
  ],
});
