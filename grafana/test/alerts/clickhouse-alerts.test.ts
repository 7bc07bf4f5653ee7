import { readFile } from 'node:fs/promises';
import type { DeadLetterRow, DeviceRow, EpochMs } from '@louver/core';
import { sampleRows } from '@louver/core/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  alertAnswer,
  provisionedRules,
  statesOf,
  type AlertState,
  type ProvisionedRule,
} from '../support/alert-state.js';
import { dashboards } from '../support/dashboards.js';
import { startEngine, type Engine } from '../support/engine.js';
import { expand } from '../support/expand.js';

const T0 = Date.UTC(2026, 0, 31, 12);
const MINUTE_MS = 60_000;

let engine: Engine;
let rules: ReadonlyMap<string, ProvisionedRule>;
beforeAll(async () => {
  [engine, rules] = await Promise.all([startEngine(), provisionedRules()]);
});
afterAll(() => engine.close());

/** What Grafana finds at a time. */
async function look(name: string, nowMs: EpochMs): Promise<readonly AlertState[]> {
  const rule = rules.get(name)!;
  const { model, relativeTimeRange } = rule.data[0]!;
  const fromMs = nowMs - relativeTimeRange.from * 1000;
  const answer = await engine.ask(expand(String(model['rawSql']), { fromMs, toMs: nowMs, intervalMs: 1000 }));
  return statesOf(rule, alertAnswer(answer));
}

/** Those that fire: the value by what it is about. */
async function firing(name: string, nowMs: EpochMs): Promise<Record<string, number>> {
  const states = (await look(name, nowMs)).filter(({ state }) => state === 'Alerting');
  return Object.fromEntries(states.map(({ labels, value }) => [Object.values(labels).join(' '), value!]));
}

const registered = (...rows: Partial<DeviceRow>[]): Promise<unknown> =>
  engine.storage.write('device_registry', rows.map((row) => sampleRows.device({ registered_at: T0, ...row }))); // prettier-ignore
const letters = (...rows: Partial<DeadLetterRow>[]): Promise<unknown> =>
  engine.storage.write('dead_letters', rows.map((row) => sampleRows.deadLetter(row))); // prettier-ignore

test('the tables are empty: nothing is wrong, nobody is told', async () => {
  for (const name of ['device-silent', 'dead-letters', 'ingest-stopped']) {
    expect(await look(name, T0), name).toEqual([{ state: 'OK', labels: {} }]);
  }
});

test('a device that the server has found silent, and no other; not one that is gone for good', async () => {
  const seenMs = T0 + 5 * MINUTE_MS;
  await registered(
    { device_id: 'attic', last_seen: seenMs },
    { device_id: 'cellar', last_seen: seenMs },
    // Registered long ago, and never heard of: a row before it says that it was active.
    { device_id: 'shed', registered_at: T0 - 400 * 24 * 60 * MINUTE_MS, last_seen: T0 - 400 * 24 * 60 * MINUTE_MS },
  );
  expect(await firing('device-silent', seenMs + MINUTE_MS)).toEqual({});

  const sweptMs = seenMs + 10 * MINUTE_MS;
  await registered(
    { device_id: 'cellar', last_seen: seenMs + 1, is_active: false },
    { device_id: 'shed', last_seen: T0 - 400 * 24 * 60 * MINUTE_MS + 1, is_active: false },
    { device_id: 'attic', last_seen: sweptMs },
  );
  // From cellar's last_seen, a millisecond after 12:05:00, to 12:15:00: dateDiff counts the seconds that begin between, 10 × 60.
  // From shed's, 400 days before 12:00:00, to 12:15:00: 400 × 86,400 + 15 × 60.
  expect(await firing('device-silent', sweptMs)).toEqual({ cellar: 600, shed: 34_560_900 });
  expect((await look('device-silent', sweptMs)).map(({ labels }) => labels)).toContainEqual({ device_id: 'attic' });

  // The clock of the database is a minute behind.
  expect((await firing('device-silent', seenMs - MINUTE_MS))['cellar']).toBe(1);

  await registered({ device_id: 'shed', last_seen: T0, is_active: false, deleted_at: sweptMs });
  expect(await firing('device-silent', sweptMs + MINUTE_MS)).toEqual({ cellar: 660 });
  // It speaks again.
  await registered({ device_id: 'cellar', last_seen: sweptMs + 2 * MINUTE_MS });
  expect(await firing('device-silent', sweptMs + 3 * MINUTE_MS)).toEqual({});
});

test('nothing comes of any device in use for a quarter of an hour', async () => {
  // The last word was cellar's, at 12:17.
  const lastMs = T0 + 17 * MINUTE_MS;
  expect(await firing('ingest-stopped', lastMs + 15 * MINUTE_MS)).toEqual({});
  expect(await firing('ingest-stopped', lastMs + 15 * MINUTE_MS + 1000)).toEqual({ '': 901 });
  // Nobody told the devices apart: the server did not run. It is said once.
  expect(await firing('device-silent', lastMs + 15 * MINUTE_MS + 1000)).toEqual({});
  // What is gone has not spoken: shed was taken out of use after that, its row is the newest.
  await registered({ device_id: 'shed', last_seen: lastMs + 16 * MINUTE_MS, deleted_at: lastMs + 16 * MINUTE_MS });
  expect(await firing('ingest-stopped', lastMs + 17 * MINUTE_MS)).toEqual({ '': 1020 });

  await registered({ device_id: 'attic', last_seen: lastMs + 18 * MINUTE_MS });
  expect(await firing('ingest-stopped', lastMs + 19 * MINUTE_MS)).toEqual({});
});

test('dead letters of the last quarter of an hour by code, until they are taken in again', async () => {
  const nowMs = T0 + 60 * MINUTE_MS;
  expect(await look('dead-letters', nowMs)).toEqual([{ state: 'OK', labels: {} }]);
  await letters(
    { received_at: nowMs - 16 * MINUTE_MS, code: 'too-large', message_id: 'too old' },
    { received_at: nowMs - 15 * MINUTE_MS, code: 'not-json', message_id: 'at the edge' },
    { received_at: nowMs - MINUTE_MS, code: 'not-json', message_id: 'second' },
    { received_at: nowMs - MINUTE_MS, code: 'out-of-range', message_id: 'third' },
    { received_at: nowMs + 1, code: 'bad-timestamp', message_id: 'to come' },
  );
  expect(await firing('dead-letters', nowMs)).toEqual({ 'not-json': 2, 'out-of-range': 1 });

  await letters({ received_at: nowMs, code: 'replayed', message_id: 'third' });
  expect(await firing('dead-letters', nowMs)).toEqual({ 'not-json': 2 });
  await letters(
    { received_at: nowMs, code: 'replayed', message_id: 'second' },
    { received_at: nowMs, code: 'replayed', message_id: 'at the edge' },
  );
  expect(await look('dead-letters', nowMs)).toEqual([{ state: 'OK', labels: {} }]);
});

test('each rule has all that Grafana wants of it, and leads to a panel that is there', async () => {
  expect([...rules.keys()].sort()).toEqual([
    'dead-letters',
    'device-silent',
    'ingest-stopped',
    'journal-age',
    'model-errors',
  ]);
  const panels = new Map([...(await dashboards()).values()].map(({ uid, panels }) => [uid, panels]));
  const paper = await readFile(new URL('../../../docs/TROUBLESHOOTING.md', import.meta.url), 'utf8');
  const headings = [...paper.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!.toLowerCase().replace(/ /g, '-'));
  for (const rule of rules.values()) {
    const [file, heading] = rule.annotations['help']!.split('#');
    expect(file, rule.uid).toBe('docs/TROUBLESHOOTING.md');
    expect(headings, rule.uid).toContain(heading);
    expect(rule.uid, rule.uid).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
    expect(rule.data.map(({ refId }) => refId), rule.uid).toEqual(['A', 'B', 'C']); // prettier-ignore
    expect(['louver-clickhouse', 'louver-prometheus'], rule.uid).toContain(rule.data[0]!.datasourceUid);
    expect(rule.condition, rule.uid).toBe('C');
    expect(rule.for, rule.uid).toMatch(/^\d+[sm]$/);
    expect(['OK', 'NoData', 'Alerting'], rule.uid).toContain(rule.noDataState);
    expect(['warning', 'critical'], rule.uid).toContain(rule.labels['severity']);
    expect(panels.get(rule.dashboardUid)?.find(({ id }) => id === rule.panelId)?.title, rule.uid).toBeDefined();
    // Grafana puts its environment in the place of `$name` and `${name}` there.
    expect(rule.title + Object.values(rule.labels).join(''), rule.uid).not.toContain('$');
    for (const text of Object.values(rule.annotations)) expect(text.replace(/\{\{.*?\}\}/g, ''), rule.uid).not.toContain('$'); // prettier-ignore
  }
});
