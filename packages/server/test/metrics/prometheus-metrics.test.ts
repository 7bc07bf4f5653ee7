import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/metrics/catalogue.js';
import { exposedName, PrometheusMetrics } from '../../src/metrics/prometheus-metrics.js';

/** Sample lines by name and labels. */
async function samples(metrics: PrometheusMetrics): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('counts add up over scrapes, by label values and not by label objects', async () => {
  const metrics = new PrometheusMetrics();
  const same = { code: 'not-json' };
  metrics.count('decode_errors_total', same);
  metrics.count('decode_errors_total', same, 2);
  metrics.count('decode_errors_total', { code: 'not-json' });
  metrics.count('decode_errors_total', { code: 'too-large' });
  expect((await samples(metrics)).get('louver_decode_errors_total{code="not-json"}')).toBe(4);
  metrics.count('decode_errors_total', { code: 'not-json' });
  const found = await samples(metrics);
  expect(found.get('louver_decode_errors_total{code="not-json"}')).toBe(5);
  expect(found.get('louver_decode_errors_total{code="too-large"}')).toBe(1);
});

test('milliseconds are exposed as seconds; a histogram has them in its buckets', async () => {
  const metrics = new PrometheusMetrics();
  metrics.gauge('journal_oldest_age_ms', 1_500);
  metrics.observe('journal_sync_ms', 3);
  metrics.observe('journal_sync_ms', 20_000);
  const found = await samples(metrics);
  expect(found.get('louver_journal_oldest_age_seconds')).toBe(1.5);
  expect(found.get('louver_journal_sync_seconds_bucket{le="0.0025"}')).toBe(0);
  expect(found.get('louver_journal_sync_seconds_bucket{le="0.005"}')).toBe(1);
  expect(found.get('louver_journal_sync_seconds_bucket{le="10"}')).toBe(1);
  expect(found.get('louver_journal_sync_seconds_bucket{le="+Inf"}')).toBe(2);
  expect(found.get('louver_journal_sync_seconds_sum')).toBeCloseTo(20.003, 9);
});

test('a counter without labels is there before anything happens, so that its growth can be asked for', async () => {
  expect((await samples(new PrometheusMetrics())).get('louver_detections_total')).toBe(0);
});

test('what cannot be a count changes nothing', async () => {
  const metrics = new PrometheusMetrics();
  metrics.count('received_total', undefined, 3);
  metrics.count('received_total', undefined, -1);
  metrics.count('received_total', undefined, NaN);
  metrics.count('received_total', undefined, Infinity);
  metrics.observe('journal_sync_ms', NaN);
  // Of another type than the catalogue says.
  metrics.gauge('received_total', 7);
  metrics.count('journal_bytes');
  const found = await samples(metrics);
  expect(found.get('louver_received_total')).toBe(3);
  expect(found.get('louver_journal_sync_seconds_count')).toBe(0);
  expect(found.has('louver_journal_bytes')).toBe(false);
});

test('metrics of somebody else’s parts are exposed too, but for names and label values without end', async () => {
  const metrics = new PrometheusMetrics();
  metrics.count('my_adapter_retries_total', { reason: 'slow' });
  metrics.observe('my_adapter_call_ms', 40);
  for (let i = 0; i < 1_000; i++) metrics.count('decode_errors_total', { code: `x${i}` });
  for (let i = 0; i < 1_000; i++) metrics.count(`flood_${i}_total`);
  metrics.count('No Name!');
  metrics.count('my_labels_total', { 'no label': 'x' });
  metrics.observe('my_bounds_ms', 1, { le: '5' });
  // Exposed as journal_sync_ms is.
  metrics.observe('journal_sync_seconds', 1);
  const found = await samples(metrics);
  expect(found.get('louver_my_adapter_retries_total{reason="slow"}')).toBe(1);
  expect(found.get('louver_my_adapter_call_seconds_sum')).toBeCloseTo(0.04, 9);
  expect([...found.keys()].filter((name) => name.startsWith('louver_decode_errors_total'))).toHaveLength(500);
  expect([...found.keys()].filter((name) => name.startsWith('louver_flood_'))).toHaveLength(198);
  // 500 label values, 802 names, and the four that cannot be.
  expect(found.get('louver_metrics_refused_total')).toBe(500 + 802 + 4);
});

test('the catalogue: a sentence for each, counters end in _total and nothing else does, names are there once', () => {
  const exposed = Object.keys(CATALOGUE).map(exposedName);
  expect(new Set(exposed).size).toBe(exposed.length);
  for (const [name, { type, help, buckets = [] }] of Object.entries(CATALOGUE)) {
    expect(help, name).toMatch(/^[A-Z].*\.$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(
      buckets.every((bound, i) => i === 0 || bound > buckets[i - 1]!),
      name,
    ).toBe(true);
    if (type === 'histogram') expect(buckets.length, name).toBeGreaterThan(0);
  }
});
