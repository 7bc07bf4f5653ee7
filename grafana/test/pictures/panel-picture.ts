import type { Answer } from '../support/engine.js';
import type { PanelJson } from '../support/dashboards.js';
import { columnsOf, seriesOf, type Column } from './frames.js';
import { bars, cells, lines, stacks } from './plots.js';
import { colourOf, INK, SCHEMES, text, type Box } from './svg.js';
import { gauges, stats, table, type Tile } from './tiles.js';
import { inUnit } from './units.js';

export interface Shown {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
}

interface Thresholds {
  readonly steps: readonly { readonly value: number | null; readonly color: string }[];
}

/** How a field is shown: what the panel says of all, and of this one by its name. */
interface FieldLook {
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: Thresholds;
  readonly color?: { readonly mode: string; readonly fixedColor?: string };
  readonly custom?: {
    readonly lineInterpolation?: string;
    readonly drawStyle?: string;
    readonly spanNulls?: boolean | number;
  };
}

interface FieldConfig {
  readonly defaults: FieldLook;
  readonly overrides?: readonly {
    readonly matcher: { readonly id: string; readonly options: string };
    readonly properties: readonly { readonly id: string; readonly value: unknown }[];
  }[];
}

function lookOf({ fieldConfig }: PanelJson, name: string): FieldLook {
  const { defaults, overrides = [] } = (fieldConfig ?? { defaults: {} }) as FieldConfig;
  const own = overrides.filter(({ matcher: { id, options } }) =>
    id === 'byRegexp' ? new RegExp(options).test(name) : id === 'byName' && options === name,
  );
  const properties = own.flatMap(({ properties }) => properties.map(({ id, value }) => [id, value] as const));
  return { ...defaults, ...Object.fromEntries(properties) };
}

/** What is inside of a panel's frame. @param answers to its ClickHouse targets, in their order. */
export function panelPicture(panel: PanelJson, answers: readonly Answer[], box: Box, shown: Shown): string {
  const { unit, decimals, min, max, custom } = lookOf(panel, '');
  const look = { ...shown, unit, decimals, min, max };
  const isEmpty = answers.every(({ data }) => data.length === 0);
  if (isEmpty) return text(box.x + box.w / 2, box.y + box.h / 2, 'No data', { anchor: 'middle', size: 14 });
  const columns = answers.flatMap(columnsOf);
  switch (panel.type) {
    case 'timeseries': {
      const { lineInterpolation, drawStyle, spanNulls = false } = custom ?? {};
      const series = answers.flatMap(seriesOf);
      if (drawStyle === 'bars') return stacks(box, series, look);
      return lines(box, series, { ...look, spanNulls, stepped: lineInterpolation === 'stepAfter' });
    }
    case 'heatmap': {
      const { color } = panel.options as { color: { scheme: string } };
      const scheme = SCHEMES[color.scheme];
      if (scheme === undefined) throw new Error(`${panel.title}: colour scheme ${color.scheme} is not known here`);
      const { cellValues } = panel.options as { cellValues?: { unit?: string } };
      return cells(box, answers.flatMap(seriesOf), { ...look, unit: cellValues?.unit, scheme });
    }
    case 'barchart': {
      const [x, ...others] = columns as [Column, ...Column[]];
      const names = x.values.map((value) => (x.kind === 'time' ? hourOf(Number(value)) : String(value)));
      return bars(box, names, others.filter(({ kind }) => kind === 'number'), look); // prettier-ignore
    }
    case 'histogram': {
      const named = (name: string): Column => columns.find((column) => column.name === name)!;
      const counts = columns.filter(({ name }) => name !== 'xMin' && name !== 'xMax');
      return bars(box, named('xMin').values.map((value) => inUnit(Number(value))), counts, look); // prettier-ignore
    }
    case 'stat': {
      const tiles = columns.map(({ name, values }) => tileOf(panel, name, name, Number(values.at(-1))));
      return stats(box, tiles);
    }
    case 'gauge': {
      const name = columns.find(({ kind }) => kind === 'text')!;
      const value = columns.find(({ kind }) => kind === 'number')!;
      return gauges(box, value.values.map((of, i) => tileOf(panel, value.name, String(name.values[i]), Number(of)))); // prettier-ignore
    }
    case 'table':
      return table(box, columns, (column, row) => cellOf(panel, column, row));
    default:
      throw new Error(`${panel.title}: nobody can draw a ${panel.type} here`);
  }
}

function tileOf(panel: PanelJson, field: string, name: string, value: number): Tile {
  const { unit, decimals, min = 0, max = 100, thresholds, color } = lookOf(panel, field);
  const step = thresholds?.steps.findLast((each) => each.value === null || value >= each.value);
  const colour = color?.mode === 'fixed' ? color.fixedColor! : (step?.color ?? 'green');
  return { name, words: inUnit(value, unit, decimals), colour: colourOf(colour), share: (value - min) / (max - min) };
}

function cellOf(panel: PanelJson, column: Column, row: number): string {
  const value = column.values[row]!;
  if (column.kind === 'text') return String(value);
  if (column.kind === 'time') return new Date(Number(value)).toISOString().slice(0, 19).replace('T', ' ');
  const { unit, decimals } = lookOf(panel, column.name);
  return inUnit(Number(value), unit, decimals);
}

const hourOf = (ms: number): string => new Date(ms).toISOString().slice(11, 16);

/** The frame of a panel with its title, and where its content goes. */
export function panelFrame(box: Box, title: string): { readonly drawn: string; readonly content: Box } {
  const drawn =
    `<rect x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" rx="3" fill="${INK.panel}" stroke="${INK.border}"/>` +
    text(box.x + 10, box.y + 20, title, { size: 13, fill: INK.text, weight: 600 });
  return { drawn, content: { x: box.x + 8, y: box.y + 30, w: box.w - 16, h: box.h - 38 } };
}
