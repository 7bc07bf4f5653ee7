import type { DashboardJson, PanelJson } from './dashboards.js';

const GRID_WIDTH = 24;
/** A table gives each of its columns a unit of its own. */
const WITHOUT_UNIT: ReadonlySet<string> = new Set(['row', 'table']);

/** What Grafana, or a person before it, could not make sense of; empty when all is well. @param uids of data sources that there are. */
export function problemsOf({ panels }: DashboardJson, uids: readonly string[]): string[] {
  return [
    ...repeated(panels.map(({ id }) => id)).map((id) => `id ${id} is there twice`),
    ...repeated(panels.map(({ title }) => title)).map((title) => `title ${title} is there twice`),
    ...panels.flatMap((panel, i) => [...problemsOfPanel(panel, uids), ...overlaps(panel, panels.slice(i + 1))]),
  ];
}

function problemsOfPanel(panel: PanelJson, uids: readonly string[]): string[] {
  const { title, type, description = '', gridPos, targets = [], fieldConfig } = panel;
  const { x, y, w, h } = gridPos;
  const isInside = [x, y, w, h].every(Number.isInteger) && x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= GRID_WIDTH;
  const problems = isInside ? [] : [`${title}: ${JSON.stringify(gridPos)} is not within ${GRID_WIDTH} columns`];
  if (type === 'row') return problems;
  if (!/^[A-Z].*\(.*[a-z]+_[a-z]+.*\)\.$/.test(description))
    problems.push(`${title}: no sentence about it that ends with its tables in brackets: ${description}`);
  if (targets.length === 0) problems.push(`${title}: asks for nothing`);
  problems.push(...repeated(targets.map(({ refId }) => refId)).map((refId) => `${title}: target ${refId} twice`));
  for (const { datasource } of targets) {
    if (!uids.includes(datasource.uid)) problems.push(`${title}: there is no data source ${datasource.uid}`);
  }
  if (!WITHOUT_UNIT.has(type) && fieldConfig?.defaults.unit === undefined) problems.push(`${title}: no unit`);
  return problems;
}

function overlaps({ title, gridPos: a }: PanelJson, others: readonly PanelJson[]): string[] {
  return others
    .filter(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
    .map((other) => `${title} lies on ${other.title}`);
}

function repeated<T>(values: readonly T[]): T[] {
  return values.filter((value, i) => values.indexOf(value) !== i);
}
