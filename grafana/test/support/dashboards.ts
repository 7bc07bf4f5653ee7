import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ClickhouseTarget, PrometheusTarget } from '../../src/targets.js';

export type Target = ClickhouseTarget | PrometheusTarget;

/** A panel as it is in the file. */
export interface PanelJson {
  readonly id: number;
  readonly title: string;
  readonly description?: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly min?: number; readonly max?: number };
  };
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list?: readonly {
      readonly name: string;
      readonly type: string;
      readonly query: string;
      readonly datasource: { readonly uid: string };
    }[];
  };
}

const folder = fileURLToPath(new URL('../../dashboards/', import.meta.url));

/** The files that Grafana reads, by name without `.json`. */
export async function dashboards(): Promise<ReadonlyMap<string, DashboardJson>> {
  const names = (await readdir(folder)).sort();
  const read = names.map(async (name) => {
    const json = JSON.parse(await readFile(`${folder}${name}`, 'utf8')) as DashboardJson;
    return [name.replace(/\.json$/, ''), json] as const;
  });
  return new Map(await Promise.all(read));
}

export function isClickhouse(target: Target): target is ClickhouseTarget {
  return 'rawSql' in target;
}

/** A question of a panel to ClickHouse. */
export interface Query {
  readonly dashboard: string;
  readonly panel: PanelJson;
  readonly refId: string;
  readonly queryType: 'timeseries' | 'table';
  readonly sql: string;
}

/** All that the dashboards ask ClickHouse. */
export function queriesOf(files: ReadonlyMap<string, DashboardJson>): Query[] {
  return [...files].flatMap(([dashboard, { panels }]) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).flatMap((target) =>
        isClickhouse(target)
          ? [{ dashboard, panel, refId: target.refId, queryType: target.queryType, sql: target.rawSql }]
          : [],
      ),
    ),
  );
}
