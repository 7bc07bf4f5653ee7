import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { CLICKHOUSE, PROMETHEUS } from '../targets.js';

/** What an alert asks: one number for each thing that can be wrong. Whatever else is in a row tells them apart. */
export type AlertQuery = { readonly rawSql: string } | { readonly expr: string };

export interface AlertRule {
  /** After `louver-`: how Grafana knows the rule again; and its heading in docs/TROUBLESHOOTING.md. */
  readonly name: string;
  readonly title: string;
  readonly query: AlertQuery;
  /** How far back the query looks. */
  readonly withinS: number;
  /** It fires above. */
  readonly above: number;
  /** For so long it has to be above before somebody is told, e.g. `2m`. */
  readonly lasting: string;
  /** What it means when there is no number at all. */
  readonly noDataState: 'OK' | 'NoData' | 'Alerting';
  readonly severity: 'warning' | 'critical';
  /** One line, with Grafana's templates. */
  readonly summary: string;
  /** What to do. */
  readonly remedy: string;
  /** Where it can be seen. */
  readonly panel: readonly [dashboard: Dashboard, title: string];
}

const EXPRESSION = { type: '__expr__', uid: '__expr__' } as const;
const TROUBLESHOOTING = 'docs/TROUBLESHOOTING.md';

/**
 * A rule as Grafana is provisioned with it: A asks, B makes a number of each series, C compares. Only in `model` a `$` is left as it is: elsewhere
 * Grafana would read a variable of its environment, except as `{{ $labels… }}` in the annotations.
 */
export function provisioned(rule: AlertRule): object {
  const { name, title, query, withinS, above, lasting, noDataState, severity, summary, remedy, panel } = rule;
  const [dashboard, panelTitle] = panel;
  return {
    uid: `louver-${name}`,
    title,
    condition: 'C',
    data: [
      { refId: 'A', relativeTimeRange: { from: withinS, to: 0 }, ...asked(query) },
      expression({ refId: 'B', type: 'reduce', expression: 'A', reducer: 'last', settings: { mode: 'dropNN' } }),
      expression({
        refId: 'C',
        type: 'threshold',
        expression: 'B',
        conditions: [{ evaluator: { type: 'gt', params: [above] } }],
      }),
    ],
    dashboardUid: dashboard.uid,
    panelId: panelOf(dashboard, panelTitle).id,
    noDataState,
    execErrState: 'Error',
    for: lasting,
    annotations: { summary, description: remedy, help: `${TROUBLESHOOTING}#${name}` },
    labels: { severity, service: 'louver' },
    isPaused: false,
  };
}

function asked(query: AlertQuery): object {
  const common = { refId: 'A', intervalMs: 1000, maxDataPoints: 43200 };
  if ('expr' in query) {
    const model = {
      ...common,
      datasource: PROMETHEUS,
      editorMode: 'code',
      expr: query.expr,
      instant: true,
      range: false,
    };
    return { datasourceUid: PROMETHEUS.uid, model };
  }
  const model = { ...common, datasource: CLICKHOUSE, editorType: 'sql', format: 1, queryType: 'table', rawSql: query.rawSql }; // prettier-ignore
  return { datasourceUid: CLICKHOUSE.uid, model };
}

function expression(model: { readonly refId: string; readonly [member: string]: unknown }): object {
  return {
    refId: model.refId,
    relativeTimeRange: { from: 0, to: 0 },
    datasourceUid: EXPRESSION.uid,
    model: { ...model, datasource: EXPRESSION, intervalMs: 1000, maxDataPoints: 43200 },
  };
}

function panelOf({ uid, panels = [] }: Dashboard, title: string): Panel {
  const found = panels.find((panel): panel is Panel => 'targets' in panel && panel.title === title);
  if (found === undefined) throw new Error(`dashboard ${uid} has no panel ${JSON.stringify(title)}`);
  return found;
}
