import type { Answer, Engine } from '../support/engine.js';
import { dashboards, isClickhouse, type DashboardJson, type PanelJson } from '../support/dashboards.js';
import { expand } from '../support/expand.js';
import { panelFrame, panelPicture, type Shown } from './panel-picture.js';
import { escaped, INK, px, text, type Box } from './svg.js';

/** Of Grafana's grid, on a page as wide as this. */
const WIDTH = 1280;
const COLUMNS = 24;
const ROW_HEIGHT = 38;
const GAP = 8;
const HEAD_HEIGHT = 44;
const FOOT_HEIGHT = 30;

/** A picture of each dashboard, by its path within the repository. */
export async function pictures(
  engine: Pick<Engine, 'ask'>,
  shown: Shown,
  deviceId: string,
): Promise<ReadonlyMap<string, string>> {
  const drawn = new Map<string, string>();
  for (const [name, dashboard] of await dashboards()) {
    const answers = new Map<PanelJson, Answer[]>();
    for (const panel of dashboard.panels) {
      const all: Answer[] = [];
      for (const target of panel.targets ?? []) {
        if (!isClickhouse(target)) continue;
        all.push(await engine.ask(expand(target.rawSql, { ...shown, variables: { device_id: deviceId } })));
      }
      // What Prometheus is asked has no answer here: those panels are left out.
      if (all.length > 0) answers.set(panel, all);
    }
    drawn.set(`docs/dashboards/${name}.svg`, dashboardPicture(dashboard, answers, shown, deviceId));
  }
  return drawn;
}

function dashboardPicture(
  dashboard: DashboardJson,
  answers: ReadonlyMap<PanelJson, Answer[]>,
  shown: Shown,
  deviceId: string,
): string {
  const panels = [...answers].map(([panel, all]) => {
    const { drawn, content } = panelFrame(boxOf(panel), panel.title);
    return `<g>${drawn}${panelPicture(panel, all, content, shown)}</g>`;
  });
  const height = HEAD_HEIGHT + Math.max(...[...answers.keys()].map(({ gridPos: { y, h } }) => y + h)) * ROW_HEIGHT + FOOT_HEIGHT; // prettier-ignore
  const variable = dashboard.templating.list?.some(({ name }) => name === 'device_id') ? `Device: ${deviceId} · ` : '';
  const left = dashboard.panels.some(({ targets = [] }) => targets.some((target) => !isClickhouse(target)));
  const foot = `Drawn by Louver from the answers of its queries on a simulated day (UTC); Grafana draws it in its own way.${left ? ' Panels of Prometheus are not shown.' : ''}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="Inter, system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">`,
    `<title>${escaped(dashboard.title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="${INK.page}"/>`,
    text(GAP + 4, 28, dashboard.title, { size: 17, fill: INK.text, weight: 600 }),
    text(WIDTH - GAP - 4, 28, `${variable}${minuteOf(shown.fromMs)} – ${minuteOf(shown.toMs)} UTC`, { size: 13, anchor: 'end' }), // prettier-ignore
    ...panels,
    text(GAP + 4, height - 10, foot),
    '</svg>',
    '',
  ].join('\n');
}

function boxOf({ gridPos: { x, y, w, h } }: PanelJson): Box {
  const column = (WIDTH - GAP) / COLUMNS;
  return {
    x: Number(px(GAP + x * column)),
    y: HEAD_HEIGHT + y * ROW_HEIGHT,
    w: Number(px(w * column - GAP)),
    h: h * ROW_HEIGHT - GAP,
  };
}

const minuteOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
