import { overview } from '../dashboards/overview.js';
import { systemHealth } from '../dashboards/system-health.js';
import { mlMetrics } from '../dashboards/ml-metrics.js';
import { provisioned, type AlertRule } from './alert-rule.js';
import { DEAD_LETTERS, DEVICE_SILENCE, INGEST_SILENCE, JOURNAL_AGE, MODEL_ERRORS } from './queries.js';

const MINUTE_S = 60;

export const CLICKHOUSE_RULES: readonly AlertRule[] = [
  {
    name: 'device-silent',
    title: 'Device silent',
    query: { rawSql: DEVICE_SILENCE },
    withinS: 10 * MINUTE_S,
    above: 0,
    lasting: '1m',
    // No devices: none can be silent.
    noDataState: 'OK',
    severity: 'warning',
    summary: 'Device {{ $labels.device_id }} has been silent for {{ humanizeDuration $values.B.Value }}.',
    remedy:
      'Look whether the device has power and network, and what it said last (dashboard "Louver: device"). One that is gone for good: DELETE /api/devices/{id}. How long a device may be silent: devices.inactive_after.',
    panel: [overview, 'Devices'],
  },
  {
    name: 'dead-letters',
    title: 'Dead letters',
    query: { rawSql: DEAD_LETTERS },
    withinS: 15 * MINUTE_S,
    above: 0,
    lasting: '0s',
    // No letters: no rows.
    noDataState: 'OK',
    severity: 'warning',
    summary: '{{ $values.B.Value }} messages could not be stored within 15 minutes: {{ $labels.code }}.',
    remedy:
      'Look at them with `louver dead-letters list --since 1h`, mend the cause, then `louver dead-letters replay`: what is taken in again is no longer counted (docs/dead-letters.md).',
    panel: [systemHealth, 'Error rates'],
  },
  {
    name: 'ingest-stopped',
    title: 'Ingest stopped',
    query: { rawSql: INGEST_SILENCE },
    withinS: 10 * MINUTE_S,
    above: 15 * MINUTE_S,
    lasting: '1m',
    // No devices in use: nothing is expected.
    noDataState: 'OK',
    severity: 'critical',
    summary: 'Nothing has been stored of any device for {{ humanizeDuration $values.B.Value }}.',
    remedy:
      'Ask GET /readyz of the server which part is not well: broker, journal or storage. With storage away messages wait in the journal; with the server or the broker away they wait in the devices.',
    panel: [systemHealth, 'Message throughput over time'],
  },
];

export const PROMETHEUS_RULES: readonly AlertRule[] = [
  {
    name: 'journal-age',
    title: 'Journal age',
    query: { expr: JOURNAL_AGE },
    withinS: 5 * MINUTE_S,
    above: 2 * MINUTE_S,
    lasting: '2m',
    // Every server that takes messages says its age: without a number nobody is watched, and that is to be known.
    noDataState: 'NoData',
    severity: 'critical',
    summary:
      'On {{ $labels.instance }} the oldest acknowledged message has waited for storage for {{ humanizeDuration $values.B.Value }}.',
    remedy:
      'Nothing is lost until the journal is full. Bring ClickHouse back (GET /readyz says what it answers), and give the journal room (journal.max_bytes) if that takes long.',
    panel: [systemHealth, 'Journal age'],
  },
  {
    name: 'model-errors',
    title: 'Model errors',
    query: { expr: MODEL_ERRORS },
    withinS: 10 * MINUTE_S,
    above: 0,
    lasting: '1m',
    // Without a server there is no decision that could fail; that there is none is told by the age of the journal.
    noDataState: 'OK',
    severity: 'warning',
    summary: 'Decisions fail on {{ $labels.instance }}: {{ $labels.code }}.',
    remedy:
      'The windows stay as they are. Look up the code in docs/errors.md and the log of the server; `louver model check` tries the model file by itself.',
    panel: [mlMetrics, 'Prediction frequency'],
  },
];

/** Groups as Grafana is provisioned with them. Each data source has a file of its own: without Prometheus its file is left away. */
export const CLICKHOUSE_ALERTS = group('Louver', CLICKHOUSE_RULES);
export const PROMETHEUS_ALERTS = group('Louver server', PROMETHEUS_RULES);

function group(name: string, rules: readonly AlertRule[]) {
  return {
    apiVersion: 1,
    groups: [{ orgId: 1, name, folder: 'Louver', interval: '1m', rules: rules.map(provisioned) }],
  };
}
