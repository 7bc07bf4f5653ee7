import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { artefacts } from '../src/artefacts.js';
import { CLICKHOUSE, PROMETHEUS } from '../src/targets.js';
import { dashboards, isClickhouse, type DashboardJson, type PanelJson } from './support/dashboards.js';
import { problemsOf } from './support/problems.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const UIDS = [CLICKHOUSE.uid, PROMETHEUS.uid];
let files: ReadonlyMap<string, DashboardJson>;

beforeAll(async () => {
  files = await dashboards();
});

test('what is committed is what `npm run grafana` writes, and nothing else', () => {
  const made = artefacts();
  const found = ['grafana/dashboards', 'grafana/provisioning'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  expect(found.sort()).toEqual(made.map(({ path }) => path).sort());
  const stale = made.filter(({ path, text }) => readFileSync(join(root, path), 'utf8') !== text);
  expect(stale.map(({ path }) => `${path}: run npm run grafana`)).toEqual([]);
});

test('five dashboards, each under its own address', () => {
  expect([...files].map(([name, { uid }]) => `${name}: ${uid}`)).toEqual([
    'audio-analysis: louver-audio-analysis',
    'device-detail: louver-device-detail',
    'ml-metrics: louver-ml-metrics',
    'overview: louver-overview',
    'system-health: louver-system-health',
  ]);
});

test.each(['audio-analysis', 'device-detail', 'ml-metrics', 'overview', 'system-health'])(
  '%s: panels side by side, each with words, a unit and a data source that there is',
  (name) => expect(problemsOf(files.get(name)!, UIDS)).toEqual([]),
);

test.each<[string, (panel: PanelJson) => Partial<PanelJson>, string]>([
  ['an id', () => ({ id: 2 }), 'id 2 is there twice'],
  ['a title', () => ({ title: 'Message throughput' }), 'title Message throughput is there twice'],
  ['a place', ({ gridPos }) => ({ gridPos: { ...gridPos, w: 7 } }), 'Active devices lies on Message throughput'],
  ['a width', ({ gridPos }) => ({ gridPos: { ...gridPos, w: 25, y: 900 } }), 'is not within 24 columns'],
  ['no description', () => ({ description: '' }), 'no sentence about it'],
  ['a description without a table', () => ({ description: 'Devices.' }), 'no sentence about it'],
  ['no unit', () => ({ fieldConfig: { defaults: {} } }), 'Active devices: no unit'],
  ['no target', () => ({ targets: [] }), 'Active devices: asks for nothing'],
  ['a target', ({ targets = [] }) => ({ targets: [...targets, ...targets] }), 'Active devices: target A twice'],
])('such a check sees %s', (_, change, problem) => {
  const { panels, ...others } = files.get('overview')!;
  const [first, ...rest] = panels;
  const broken = { ...others, panels: [{ ...first!, ...change(first!) }, ...rest] };
  expect(problemsOf(broken, UIDS).join('\n')).toContain(problem);
  expect(problemsOf({ ...others, panels }, ['other'])).toContain(
    'Active devices: there is no data source louver-clickhouse',
  );
});

test('docs/dashboards.md has every panel under its dashboard, as what it is, and no other', () => {
  const AS: Readonly<Record<string, string>> = { timeseries: 'time series', barchart: 'bar chart' };
  const text = readFileSync(join(root, 'docs', 'dashboards.md'), 'utf8');
  for (const { uid, panels } of files.values()) {
    const section = text.split(/\n##+ /).find((part) => part.includes(`\`${uid}\``))!;
    const described = [...section.matchAll(/^\| (.+?) +\| (.+?) +\| .+\|$/gm)].map(
      ([, title, as]) => `${title}: ${as}`,
    );
    const shown = panels.filter(({ type }) => type !== 'row');
    expect(described.slice(2)).toEqual(shown.map(({ title, type }) => `${title}: ${AS[type] ?? type}`));
  }
});

test('series are asked for as series, oldest first; everything else as a table', () => {
  for (const { panels } of files.values()) {
    for (const { title, type, targets = [] } of panels) {
      const isOverTime = type === 'timeseries' || type === 'heatmap';
      for (const target of targets.filter(isClickhouse)) {
        expect.soft([title, target.format, target.queryType]).toEqual([title, ...(isOverTime ? [0, 'timeseries'] : [1, 'table'])]); // prettier-ignore
        if (isOverTime) expect.soft(target.rawSql, title).toMatch(/\nORDER BY time(, \w+)?$/);
      }
    }
  }
});

test('a link leads to a dashboard that there is, with a variable that it has', () => {
  const urls = [...JSON.stringify([...files.values()]).matchAll(/"url":"\/d\/([\w-]+)\?var-(\w+)=/g)];
  expect(urls.length).toBeGreaterThan(0);
  for (const [, uid, variable] of urls) {
    const linked = [...files.values()].find((dashboard) => dashboard.uid === uid);
    expect(linked?.templating.list?.map(({ name }) => name)).toContain(variable);
  }
});

test('Grafana is told of both data sources and of the folder, by variables that it is given', () => {
  const [datasources, providers] = ['datasources', 'dashboards'].map((folder) =>
    readFileSync(join(root, 'grafana', 'provisioning', folder, 'louver.yml'), 'utf8'),
  );
  const { datasources: listed } = parse(datasources!) as { datasources: { uid: string; type: string }[] };
  expect(listed.map(({ uid, type }) => ({ uid, type }))).toEqual([CLICKHOUSE, PROMETHEUS]);
  // Without its value one of these is empty, and the data source refuses an empty port or an empty yes or no.
  expect([...datasources!.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name)).toEqual([
    'LOUVER_CLICKHOUSE_HOST',
    'LOUVER_CLICKHOUSE_PORT',
    'LOUVER_CLICKHOUSE_USER',
    'LOUVER_CLICKHOUSE_PASSWORD',
    'LOUVER_PROMETHEUS_URL',
  ]);
  expect(parse(providers!)).toMatchObject({
    providers: [{ folder: 'Louver', allowUiUpdates: false, options: { path: '/var/lib/grafana/dashboards/louver' } }],
  });
});
