import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';

export const CLICKHOUSE = { type: 'grafana-clickhouse-datasource', uid: 'louver-clickhouse' } as const;
export const PROMETHEUS = { type: 'prometheus', uid: 'louver-prometheus' } as const;
/** Of the data source plugin whose JSON this is. */
const PLUGIN_VERSION = '4.3.2';

/** What a ClickHouse target is in Grafana's JSON. */
export interface ClickhouseTarget {
  readonly datasource: typeof CLICKHOUSE;
  readonly editorType: 'sql';
  readonly format: 0 | 1;
  readonly meta: object;
  readonly pluginVersion: string;
  readonly queryType: 'timeseries' | 'table';
  readonly rawSql: string;
  readonly refId: string;
}

/** What a Prometheus target is in Grafana's JSON. */
export interface PrometheusTarget {
  readonly datasource: typeof PROMETHEUS;
  readonly editorMode: 'code';
  readonly expr: string;
  readonly instant: boolean;
  readonly legendFormat: string;
  readonly range: boolean;
  readonly refId: string;
}

/** Rows as they are. */
export function table(rawSql: string, refId = 'A'): Builder<Dataquery> {
  return target({ ...clickhouse(rawSql, refId), format: 1, queryType: 'table' });
}

/** One series for each number, and of each for each value of the text columns. The first column is the time. */
export function series(rawSql: string, refId = 'A'): Builder<Dataquery> {
  return target({ ...clickhouse(rawSql, refId), format: 0, queryType: 'timeseries' });
}

/** What Prometheus has gathered from `/metrics`. */
export function prometheus(expr: string, legendFormat: string, refId = 'A'): Builder<Dataquery> {
  return target({ datasource: PROMETHEUS, editorMode: 'code', expr, instant: false, legendFormat, range: true, refId });
}

function clickhouse(rawSql: string, refId: string) {
  return { datasource: CLICKHOUSE, editorType: 'sql', meta: {}, pluginVersion: PLUGIN_VERSION, rawSql, refId } as const;
}

/** The SDK knows the queries of some data sources, and lets those of others through as they are. */
function target(json: ClickhouseTarget | PrometheusTarget): Builder<Dataquery> {
  return { build: () => json as unknown as Dataquery };
}
