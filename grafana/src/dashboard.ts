import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { inUse } from './expressions.js';
import { from } from './statement.js';
import { CLICKHOUSE } from './targets.js';

const TAG = 'louver';

/** Panels under a title; those of no title are at the top. */
export interface Section {
  readonly title?: string;
  readonly panels: readonly Builder<Panel>[];
}

export interface DashboardWords {
  /** Of the file and, after `louver-`, of the dashboard. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** A variable `device_id`. */
  readonly ofDevice?: boolean;
  readonly sections: readonly Section[];
}

/** A dashboard as Grafana reads it. Panels are laid out one after the other; a section begins on a line of its own. */
export function dashboardOf({ name, title, description, ofDevice = false, sections }: DashboardWords): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(`louver-${name}`)
    .description(description)
    .tags([TAG])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: 'now-24h', to: 'now' })
    .readonly()
    .link(
      new DashboardLinkBuilder('Louver')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    );
  if (ofDevice) builder.withVariable(deviceVariable());
  for (const section of sections) {
    if (section.title !== undefined) builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  const built = builder.build();
  // Grafana refers to panels by number, e.g. in links: they must not depend on who loads the file.
  built.panels?.forEach((panel, i) => (panel.id = i + 1));
  return built;
}

/** Devices that are in use. */
export const DEVICES_IN_USE = from('device_registry', ({ device_id, deleted_at }) => ({
  select: { device_id },
  final: true,
  where: [inUse(deleted_at)],
  orderBy: [device_id],
}));

function deviceVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('device_id')
    .label('Device')
    .datasource(CLICKHOUSE)
    .query(DEVICES_IN_USE)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.NaturalAsc)
    .multi(false)
    .includeAll(false);
}
