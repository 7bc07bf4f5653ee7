import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, startServer, type RunningServer } from '@louver/server';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { provisionedRules, statesOf, type AlertState, type ProvisionedRule } from './support/alert-state.js';
import { dashboards, isClickhouse } from './support/dashboards.js';
import { openMetrics, type PastSeries } from './support/open-metrics.js';
import { hasPrometheus, startPrometheus, type PrometheusProcess } from './support/prometheus-process.js';

const NOON = Date.UTC(2026, 0, 31, 12);
const MINUTE_S = 60;
/** The samples of NOON end there. */
const END_MIN = 30;
const atMinute = (minute: number): number => NOON + minute * MINUTE_S * 1000;

const age = (instance: string, at: PastSeries['at']): PastSeries => ({
  name: 'louver_journal_oldest_age_seconds',
  type: 'gauge',
  labels: { instance, job: 'louver' },
  at,
});
const failed = (instance: string, code: string, at: PastSeries['at']): PastSeries => ({
  name: 'louver_inference_failed',
  type: 'counter',
  labels: { instance, code, job: 'louver' },
  at,
});
const engine = (instance: string, at: PastSeries['at']): PastSeries => ({
  name: 'louver_component_up',
  type: 'gauge',
  labels: { instance, component: 'engine', job: 'louver' },
  at,
});
const since = (minute: number, value: number, before?: number) => (s: number) =>
  s >= minute * MINUTE_S ? value : before;

/** A server that says when it was started, in minutes of that noon. */
const runs = (instance: string, startMinute: number, seenFrom = startMinute): readonly PastSeries[] => [
  { name: 'louver_build_info', type: 'gauge', labels: { instance, job: 'louver', version: '0.1.0', role: 'all' }, at: since(seenFrom, 1) }, // prettier-ignore
  { name: 'process_start_time_seconds', type: 'gauge', labels: { instance, job: 'louver' }, at: since(seenFrom, atMinute(startMinute) / 1000) }, // prettier-ignore
];
/** Servers of that noon by what was the matter with them. */
const PAST: readonly PastSeries[] = [
  age('well', (s) => (s % 60) / 20),
  engine('well', () => 1),
  // Storage goes away at 12:10, and comes back at 12:20.
  age('behind', (s) => (s < 600 || s >= 1200 ? 0 : s - 600)),
  // Another part is away: that is no model error.
  { ...engine('behind', () => 0), labels: { instance: 'behind', component: 'storage', job: 'louver' } },
  // Failures from before Prometheus came to know it, once at noon and once later.
  ...runs('long ago', -600, 0),
  failed('long ago', 'E_MODEL', () => 5),
  ...runs('met late', -600, 24),
  failed('met late', 'E_MODEL', since(24, 5)),
  ...['its first', 'one more'].flatMap((instance) => runs(instance, -600, 0)),
  failed('its first', 'E_MODEL', since(25, 1)),
  failed('one more', 'E_MODEL', since(22, 6, 5)),
  failed('one more', 'E_TIMEOUT', () => 3),
  // It had failed thrice, was started again, and fails anew.
  failed('started again', 'E_MODEL', (s) => (s < 10 * MINUTE_S ? 3 : s < 24 * MINUTE_S ? undefined : 1)),
  ...runs('started again', 24),
  engine('without a model', since(15, 0, 1)),
];

describe.skipIf(!hasPrometheus)('on a real Prometheus (Debian package prometheus)', () => {
  let folder: string;
  let server: RunningServer;
  let client: MqttClient;
  let prometheus: PrometheusProcess;
  let rules: ReadonlyMap<string, ProvisionedRule>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'louver-grafana-'));
    const flags = { mqttPort: '0', httpPort: '0', dataDir: join(folder, 'data') };
    const past = openMetrics(PAST, NOON, END_MIN * MINUTE_S);
    const config = loadConfig({ workingDirectory: folder, environment: {}, flags });
    [prometheus, server, rules] = await Promise.all([startPrometheus(past), startServer(config), provisionedRules()]);
    await prometheus.watch(`127.0.0.1:${server.ports.http}`);
    client = await connectAsync(`mqtt://127.0.0.1:${server.ports.mqtt}`);
  });
  afterAll(async () => {
    await client.endAsync();
    await prometheus.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What Grafana finds at a time. */
  async function look(name: string, nowMs: number): Promise<readonly AlertState[]> {
    const rule = rules.get(name)!;
    const found = await prometheus.instant(String(rule.data[0]!.model['expr']), nowMs);
    const labels = [...new Set(found.flatMap(({ metric }) => Object.keys(metric)))];
    const columns = [...labels.map((label) => ({ name: label, type: 'text' as const })), { name: 'value', type: 'number' as const }]; // prettier-ignore
    const rows = found.map(({ metric, values }) => [
      ...labels.map((label) => metric[label] ?? ''),
      Number(values[0]![1]),
    ]);
    return statesOf(rule, { columns, rows });
  }

  async function firing(name: string, minute: number): Promise<Record<string, number>> {
    const states = (await look(name, atMinute(minute))).filter(({ state }) => state === 'Alerting');
    return Object.fromEntries(states.map(({ labels, value }) => [`${labels['instance']}: ${labels['code'] ?? ''}`, value!])); // prettier-ignore
  }

  test('the journal falls behind', async () => {
    expect(await firing('journal-age', 9)).toEqual({});
    // At 12:12 its oldest message has waited for just 120 s, at 12:13 for 180.
    expect(await firing('journal-age', 12)).toEqual({});
    expect(await firing('journal-age', 13)).toEqual({ 'behind: ': 180 });
    expect(await firing('journal-age', 21)).toEqual({});
  });

  test('decisions fail: the first of a code counts too, after a start as well; a model that is away', async () => {
    expect(await firing('model-errors', 9)).toEqual({});
    expect(await firing('model-errors', 16)).toEqual({ 'without a model: not ready': 1 });
    // 10 minutes are asked about: since 12:20.
    const found = await firing('model-errors', END_MIN);
    expect(Object.keys(found).sort()).toEqual([
      'its first: E_MODEL',
      'one more: E_MODEL',
      'started again: E_MODEL',
      'without a model: not ready',
    ]);
    expect(found['its first: E_MODEL']).toBe(1);
    expect(found['started again: E_MODEL']).toBe(1);
    // Prometheus extends what it has seen to the edges of the ten minutes.
    expect(found['one more: E_MODEL']).toBeCloseTo(1, 1);
  });

  test('nobody is watched: that is told once', async () => {
    expect(await look('journal-age', atMinute(-60))).toEqual([{ state: 'NoData', labels: {} }]);
    expect(await look('model-errors', atMinute(-60))).toEqual([{ state: 'OK', labels: {} }]);
  });

  test('every panel draws what a server says, in lines that have the names they ask for', async () => {
    const targets = [...(await dashboards())].flatMap(([name, { panels }]) =>
      panels.flatMap(
        ({ title, targets = [] }) =>
        targets.flatMap((target) => (isClickhouse(target) ? [] : [{ ...target, name: `${name}, ${title}, ${target.refId}` }])), // prettier-ignore
      ),
    );
    expect(targets.length).toBeGreaterThan(5);
    const missing = new Set(targets);
    let value = 0;
    const stillMissing = async (): Promise<string[]> => {
      // Rates want something to happen between two looks.
      const reading = { value: 20 + (value++ % 10), timestamp: new Date().toISOString() };
      await client.publishAsync('sensor/kitchen/temperature', JSON.stringify(reading), { qos: 1 });
      await Promise.all([...missing].map(async (target) => {
          const nowMs = Date.now();
          const found = await prometheus.range(forPrometheus(target.expr), nowMs - 1_000, nowMs);
          if (!found.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))))) return;
          for (const [, label] of target.legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g))
            for (const { metric } of found) expect(metric, target.name).toHaveProperty(label!);
          missing.delete(target);
        })); // prettier-ignore
      return [...missing].map(({ name }) => name);
    };
    await expect.poll(stillMissing, { timeout: 15_000, interval: 20 }).toEqual([]);
    // A server that is well: nothing fires.
    for (const name of ['journal-age', 'model-errors']) {
      const states = await look(name, Date.now());
      expect(states.map(({ state }) => state), name).toEqual(['Normal']); // prettier-ignore
      expect(states[0]!.labels['instance'], name).toBe(`127.0.0.1:${server.ports.http}`);
    }
  }, 20_000);

  test('every metric that a panel or a rule names is one of the server', async () => {
    const text = await (await fetch(`http://127.0.0.1:${server.ports.http}/metrics`)).text();
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]));
    const exprs = [...(await dashboards()).values()]
      .flatMap(({ panels }) => panels.flatMap(({ targets = [] }) => targets))
      .flatMap((target) => (isClickhouse(target) ? [] : [target.expr]));
    exprs.push(...[...rules.values()].flatMap(({ data }) => (data[0]!.model['expr'] as string | undefined) ?? []));
    const named = new Set(exprs.flatMap((expr) => expr.match(/\blouver_\w+/g) ?? []));
    expect(named.size).toBeGreaterThan(5);
    for (const name of named) {
      const bucket = /^(.*)_bucket$/.exec(name)?.[1];
      if (bucket === undefined) expect([...types.keys()]).toContain(name);
      else expect(types.get(bucket), name).toBe('histogram');
    }
  });
});

/** With what Grafana puts in the place of its variables, for an interval of 200 ms. */
function forPrometheus(expr: string): string {
  const expanded = expr.replaceAll('$__rate_interval', '10s').replaceAll('$__interval', '200ms');
  if (expanded.includes('$')) throw new Error(`${expanded}: a variable is left over`);
  return expanded;
}
