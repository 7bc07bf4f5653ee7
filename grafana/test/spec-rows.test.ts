import { beforeAll, describe, expect, test } from 'vitest';
import { dashboards, isClickhouse, type DashboardJson } from './support/dashboards.js';

let files: ReadonlyMap<string, DashboardJson>;
beforeAll(async () => {
  files = await dashboards();
});

/** A line of the specification that asks for something to look at: what it says, and in which panel it is. */
type Line = readonly [said: string, file: string, title: string, type: string, table: string];

const PLAN: readonly Line[] = [
  ['Time-series: Temperature by device', 'overview', 'Temperature by device', 'timeseries', 'sensor_temperature'],
  ['Time-series: Humidity by device', 'overview', 'Humidity by device', 'timeseries', 'sensor_humidity'],
  ['Gauge: Current window positions', 'overview', 'Current window positions', 'gauge', 'window_states'],
  ['Stat: Active devices count', 'overview', 'Active devices', 'stat', 'device_registry'],
  ['Table: Recent predictions', 'overview', 'Recent predictions', 'table', 'ml_predictions'],
  ['Time-series: Temperature history', 'device-detail', 'Temperature history', 'timeseries', 'sensor_temperature'],
  ['Time-series: Humidity history', 'device-detail', 'Humidity history', 'timeseries', 'sensor_humidity'],
  ['Time-series: Window position history', 'device-detail', 'Window position history', 'timeseries', 'window_actions'],
  ['Bar chart: Audio activity', 'device-detail', 'Audio activity', 'barchart', 'sensor_audio'],
  ['Time-series: Prediction frequency', 'ml-metrics', 'Prediction frequency', 'timeseries', 'ml_predictions'],
  ['Histogram: Confidence distribution', 'ml-metrics', 'Confidence distribution', 'histogram', 'ml_predictions'],
  ['Time-series: Inference latency', 'ml-metrics', 'Inference latency', 'timeseries', 'ml_predictions'],
  ['Table: Model performance', 'ml-metrics', 'Model performance', 'table', 'ml_predictions'],
  ['Stat: Message throughput', 'system-health', 'Message throughput', 'stat', 'sensor_temperature'],
  ['Time-series: Error rates', 'system-health', 'Error rates', 'timeseries', 'dead_letters'],
  ['Table: Device last seen', 'system-health', 'Device last seen', 'table', 'device_registry'],
  ['Heatmap: Device activity', 'system-health', 'Device activity', 'heatmap', 'sensor_temperature'],
];
const SPECIFICATION: readonly Line[] = [
  ['Real-time sensor readings (all devices)', 'overview', 'Temperature by device', 'timeseries', 'sensor_temperature'],
  ['Current window positions', 'overview', 'Current window positions', 'gauge', 'window_actions'],
  ['System health indicators', 'overview', 'System health', 'stat', 'device_registry'],
  ['Message throughput', 'overview', 'Message throughput', 'stat', 'sensor_humidity'],
  ['Historical temperature trends', 'device-detail', 'Temperature history', 'timeseries', 'sensor_temperature'],
  ['Historical humidity trends', 'device-detail', 'Humidity history', 'timeseries', 'sensor_humidity'],
  ['Audio activity timeline', 'device-detail', 'Audio activity', 'barchart', 'sensor_audio'],
  ['Window position history', 'device-detail', 'Window position history', 'timeseries', 'window_states'],
  ['ML prediction accuracy', 'device-detail', 'Prediction accuracy', 'timeseries', 'window_states'],
  ['Prediction frequency', 'ml-metrics', 'Prediction frequency', 'timeseries', 'ml_predictions'],
  ['Confidence score distribution', 'ml-metrics', 'Confidence distribution', 'histogram', 'ml_predictions'],
  ['Inference latency', 'ml-metrics', 'Inference latency', 'timeseries', 'ml_predictions'],
  [
    'Model performance over time',
    'ml-metrics',
    'Model performance over time: confidence',
    'timeseries',
    'ml_predictions',
  ],
  ['Audio feature visualization', 'audio-analysis', 'Audio features: MFCC', 'timeseries', 'sensor_audio'],
  ['Spectral analysis', 'audio-analysis', 'Spectral view', 'heatmap', 'sensor_audio'],
  ['RMS levels over time', 'audio-analysis', 'RMS levels', 'timeseries', 'sensor_audio'],
];

describe.each([
  ['the plan, phase 4', PLAN],
  ['the specification, section 6', SPECIFICATION],
])('%s', (_, rows) => {
  test.each(rows)('%s', (_said, file, title, type, source) => {
    const panels = files.get(file)!.panels.filter((panel) => panel.title === title);
    expect(panels).toHaveLength(1);
    const [{ type: found, targets = [] }] = panels as [(typeof panels)[0]];
    expect(found).toBe(type);
    expect(targets.every(isClickhouse)).toBe(true);
    expect(targets.map((target) => (isClickhouse(target) ? target.rawSql : '')).join('\n')).toMatch(
      new RegExp(`(FROM|JOIN) ${source}\\b`),
    );
  });
});

test('the plan, phase 4: a variable device_id chooses the device, and every panel of its dashboards obeys', () => {
  for (const file of ['device-detail', 'audio-analysis']) {
    const { templating, panels } = files.get(file)!;
    expect(templating.list).toMatchObject([
      { name: 'device_id', type: 'query', datasource: { uid: 'louver-clickhouse' } },
    ]);
    expect(templating.list![0]!.query).toContain('FROM device_registry AS r FINAL');
    for (const { title, targets = [] } of panels) {
      for (const target of targets) {
        expect(isClickhouse(target) && target.rawSql, title).toContain('device_id = ${device_id:singlequote}');
      }
    }
  }
});

test('the plan, phase 4: a default home dashboard, one data source and dashboards that are there at the start', () => {
  expect([...files.keys()]).toEqual(['audio-analysis', 'device-detail', 'ml-metrics', 'overview', 'system-health']);
  expect([...files.values()].map(({ uid }) => uid).sort()).toEqual([
    'louver-audio-analysis',
    'louver-device-detail',
    'louver-ml-metrics',
    'louver-overview',
    'louver-system-health',
  ]);
});
