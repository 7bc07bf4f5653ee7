import type { Column, Series } from './frames.js';
import { fitted, INK, px, SERIES_COLOURS, text, ticks, timeTicks, widthOf, type Box } from './svg.js';
import { inUnit } from './units.js';

/** What a plot knows of its panel. */
export interface PlotLook {
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit?: string | undefined;
  readonly decimals?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

const LEGEND_HEIGHT = 22;
const AXIS_HEIGHT = 18;

/** The part of a plot that the axes leave, with grid and labels of the values. */
interface Frame {
  readonly inner: Box;
  readonly yOf: (value: number) => number;
  readonly drawn: string;
}

function valueFrame(box: Box, values: readonly number[], look: PlotLook): Frame {
  const known = values.filter(Number.isFinite);
  const low = look.min ?? Math.min(...known);
  const high = Math.max(look.max ?? Math.max(...known), low);
  const marks = ticks(low, high, Math.max(2, Math.floor(box.h / 40)));
  const [bottom, top] = [look.min ?? marks[0]!, look.max ?? marks.at(-1)!];
  const labels = marks.filter((mark) => mark >= bottom - 1e-9 && mark <= top + 1e-9);
  const words = labels.map((mark) => inUnit(mark, look.unit));
  const left = Math.max(...words.map((label) => widthOf(label))) + 8;
  const inner = { x: box.x + left, y: box.y + 6, w: box.w - left - 6, h: box.h - 6 - AXIS_HEIGHT - LEGEND_HEIGHT };
  const yOf = (value: number): number => inner.y + inner.h * (1 - (value - bottom) / (top - bottom || 1));
  const grid = labels.map((mark, i) => {
    const y = yOf(mark);
    return `<path d="M${px(inner.x)} ${px(y)}h${px(inner.w)}" stroke="${INK.grid}"/>${text(inner.x - 6, y + 4, words[i]!, { anchor: 'end' })}`;
  });
  return { inner, yOf, drawn: grid.join('') };
}

function timeAxis(
  inner: Box,
  fromMs: number,
  toMs: number,
): { readonly xOf: (ms: number) => number; readonly drawn: string } {
  const xOf = (ms: number): number => inner.x + (inner.w * (ms - fromMs)) / (toMs - fromMs);
  const drawn = timeTicks(fromMs, toMs, inner.w).map(({ ms, words }) => {
    const anchor = ms === toMs ? 'end' : 'middle';
    return `<path d="M${px(xOf(ms))} ${px(inner.y)}v${px(inner.h)}" stroke="${INK.grid}"/>${text(xOf(ms), inner.y + inner.h + 14, words, { anchor })}`;
  });
  return { xOf, drawn: drawn.join('') };
}

function legend(box: Box, entries: readonly (readonly [name: string, colour: string])[]): string {
  let x = box.x + 4;
  const y = box.y + box.h - 6;
  return entries
    .map(([name, colour]) => {
      if (x + 40 > box.x + box.w) return '';
      const words = fitted(name, box.x + box.w - x - 22);
      const drawn = `<path d="M${px(x)} ${px(y - 4)}h12" stroke="${colour}" stroke-width="3"/>${text(x + 17, y, words, { fill: INK.text })}`;
      x += 17 + widthOf(words) + 14;
      return drawn;
    })
    .join('');
}

interface LineLook extends PlotLook {
  readonly stepped: boolean;
  /** Over what is unknown between two points: always, never, or when they are at most so many milliseconds apart. */
  readonly spanNulls: boolean | number;
}

/** Lines over time. Where other series have a point and one has none it is unknown there, as Grafana sees it. */
export function lines(box: Box, series: readonly Series[], look: LineLook): string {
  const { inner, yOf, drawn } = valueFrame(
    box,
    series.flatMap(({ points }) => points.map(([, value]) => value)),
    look,
  );
  const { xOf, drawn: axis } = timeAxis(inner, look.fromMs, look.toMs);
  const times = [...new Set(series.flatMap(({ points }) => points.map(([ms]) => ms)))].sort((a, b) => a - b);
  const placeOf = new Map(times.map((ms, i) => [ms, i]));
  const isOneLine = (fromMs: number, toMs: number): boolean =>
    placeOf.get(toMs)! - placeOf.get(fromMs)! === 1 ||
    look.spanNulls === true ||
    (look.spanNulls !== false && toMs - fromMs <= look.spanNulls);
  const paths = series.map(({ points }, i) => {
    const colour = SERIES_COLOURS[i % SERIES_COLOURS.length]!;
    const known = points.filter(([, value]) => Number.isFinite(value));
    const d = known.map(([ms, value], k) => {
      const [x, y] = [px(xOf(ms)), px(yOf(value))];
      if (k === 0 || !isOneLine(known[k - 1]![0], ms)) return `M${x} ${y}`;
      return look.stepped ? `H${x}V${y}` : `L${x} ${y}`;
    });
    const dots = known.length > 40 ? [] : known.map(([ms, value]) => `<circle cx="${px(xOf(ms))}" cy="${px(yOf(value))}" r="2.2" fill="${colour}"/>`); // prettier-ignore
    return `<path d="${d.join('')}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round"/>${dots.join('')}`;
  });
  return drawn + axis + paths.join('') + legend(box, coloured(series));
}

const coloured = (named: readonly { readonly name: string }[]): (readonly [string, string])[] =>
  named.map(({ name }, i) => [name, SERIES_COLOURS[i % SERIES_COLOURS.length]!] as const);

/** Bars over time on top of each other. @param intervalMs how wide they are. */
export function stacks(box: Box, series: readonly Series[], look: PlotLook & { readonly intervalMs: number }): string {
  const heights = new Map<number, number>();
  for (const { points } of series) for (const [ms, value] of points) heights.set(ms, (heights.get(ms) ?? 0) + value);
  const { inner, yOf, drawn } = valueFrame(box, [0, ...heights.values()], { ...look, min: look.min ?? 0 });
  const { xOf, drawn: axis } = timeAxis(inner, look.fromMs, look.toMs);
  const width = Math.max(1, (xOf(look.fromMs + look.intervalMs) - inner.x) * 0.7);
  const reached = new Map<number, number>();
  const shapes = series.map(({ points }, i) => {
    const d = points.map(([ms, value]) => {
      const from = reached.get(ms) ?? 0;
      reached.set(ms, from + value);
      return `M${px(xOf(ms))} ${px(yOf(from))}h${px(width)}V${px(yOf(from + value))}h-${px(width)}z`;
    });
    return `<path d="${d.join('')}" fill="${SERIES_COLOURS[i % SERIES_COLOURS.length]!}" fill-opacity="0.75"/>`;
  });
  return drawn + axis + shapes.join('') + legend(box, coloured(series));
}

/** Groups of bars, one for each row of the answer. */
export function bars(box: Box, names: readonly string[], columns: readonly Column[], look: PlotLook): string {
  const values = columns.map((column) => column.values.map(Number));
  const { inner, yOf, drawn } = valueFrame(box, [0, ...values.flat()], { ...look, min: look.min ?? 0 });
  const step = inner.w / names.length;
  const width = Math.max(1, (step * 0.8) / columns.length);
  const shapes = values.flatMap((column, c) =>
    column.map((value, i) => {
      if (!Number.isFinite(value)) return '';
      const x = inner.x + i * step + step * 0.1 + c * width;
      const colour = SERIES_COLOURS[c % SERIES_COLOURS.length]!;
      return `<rect x="${px(x)}" y="${px(yOf(value))}" width="${px(width)}" height="${px(yOf(0) - yOf(value))}" fill="${colour}" fill-opacity="0.75"/>`;
    }),
  );
  // As many names as there is room for.
  const every = Math.ceil((Math.max(...names.map((name) => widthOf(name))) + 10) / step);
  const labels = names.map((name, i) =>
    i % every === 0 ? text(inner.x + (i + 0.5) * step, inner.y + inner.h + 14, name, { anchor: 'middle' }) : '',
  );
  return drawn + shapes.join('') + labels.join('') + legend(box, coloured(columns));
}

/** Coloured cells: a row for each series, the first below. @param intervalMs how wide a cell is. */
export function cells(
  box: Box,
  series: readonly Series[],
  {
    fromMs,
    toMs,
    unit,
    scheme,
    intervalMs,
  }: PlotLook & { readonly scheme: readonly string[]; readonly intervalMs: number },
): string {
  const left = Math.max(...series.map(({ name }) => widthOf(name))) + 8;
  const inner = { x: box.x + left, y: box.y + 4, w: box.w - left - 6, h: box.h - 4 - AXIS_HEIGHT - LEGEND_HEIGHT };
  const { xOf, drawn } = timeAxis(inner, fromMs, toMs);
  const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const height = inner.h / series.length;
  const width = xOf(fromMs + intervalMs) - inner.x;
  // Small ones overlap a little: else the ground would shine through.
  const gap = height > 8 ? 1 : -0.4;
  const byColour = new Map<string, string[]>();
  series.forEach(({ points }, row) => {
    const y = inner.y + inner.h - (row + 1) * height;
    for (const [ms, value] of points) {
      if (!Number.isFinite(value)) continue;
      const colour = between(scheme, (value - low) / (high - low || 1));
      const cell = `M${px(xOf(ms))} ${px(y)}h${px(width - gap)}v${px(height - gap)}h-${px(width - gap)}z`;
      byColour.set(colour, [...(byColour.get(colour) ?? []), cell]);
    }
  });
  const shapes = [...byColour].map(([colour, all]) => `<path d="${all.join('')}" fill="${colour}"/>`);
  const every = Math.ceil(14 / height);
  const labels = series.map(({ name }, row) =>
    row % every === 0 ? text(inner.x - 6, inner.y + inner.h - (row + 0.5) * height + 4, name, { anchor: 'end' }) : '',
  );
  return drawn + shapes.join('') + labels.join('') + scale({ x: inner.x + 70, y: box.y + box.h - 14, w: 160, h: 8 }, scheme, inUnit(low, unit), inUnit(high, unit)); // prettier-ignore
}

/** How many shades a scheme is drawn with: fewer make smaller files. */
const SHADES = 32;

function between(scheme: readonly string[], share: number): string {
  const at = (Math.round(share * (SHADES - 1)) / (SHADES - 1)) * (scheme.length - 1);
  const [lower, upper] = [scheme[Math.floor(at)]!, scheme[Math.ceil(at)]!];
  const channel = (from: number): string => {
    const [a, b] = [lower, upper].map((colour) => parseInt(colour.slice(from, from + 2), 16)) as [number, number];
    return Math.round(a + (b - a) * (at % 1))
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

function scale(box: Box, scheme: readonly string[], low: string, high: string): string {
  const steps = Array.from({ length: 32 }, (_, i) => {
    const w = box.w / 32;
    return `<rect x="${px(box.x + i * w)}" y="${px(box.y)}" width="${px(w + 0.3)}" height="${box.h}" fill="${between(scheme, i / 31)}"/>`;
  });
  const y = box.y + box.h;
  return text(box.x - 6, y, low, { anchor: 'end' }) + steps.join('') + text(box.x + box.w + 6, y, high);
}
