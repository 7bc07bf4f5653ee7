import type { Column } from './frames.js';
import { fitted, INK, px, text, type Box } from './svg.js';

/** A number with its name and colour, as Grafana would show it. */
export interface Tile {
  readonly name: string;
  readonly words: string;
  readonly colour: string;
  /** Of a gauge: how far, from 0 to 1. */
  readonly share?: number;
}

/** Numbers side by side. */
export function stats(box: Box, tiles: readonly Tile[]): string {
  const step = box.w / tiles.length;
  return tiles
    .map(({ name, words, colour }, i) => {
      const x = box.x + (i + 0.5) * step;
      const size = Math.min(34, (step - 12) / (words.length * 0.56), box.h * 0.4);
      const y = box.y + box.h / 2;
      const label = tiles.length > 1 ? text(x, y + 26, fitted(name, step - 4, 12), { anchor: 'middle', fill: INK.text, size: 12 }) : ''; // prettier-ignore
      return text(x, y + size * 0.3 - (label === '' ? 0 : 8), words, { anchor: 'middle', fill: colour, size: Math.round(size), weight: 600 }) + label; // prettier-ignore
    })
    .join('');
}

/** From the left end of the arc to the right one. */
const ARC_FROM = Math.PI * 1.1;
const ARC_TO = -Math.PI * 0.1;

/** Dials side by side. */
export function gauges(box: Box, tiles: readonly Tile[]): string {
  const step = box.w / tiles.length;
  const radius = Math.min(step * 0.42, box.h * 0.55);
  const thickness = radius * 0.24;
  return tiles
    .map(({ name, words, colour, share = 0 }, i) => {
      const [x, y] = [box.x + (i + 0.5) * step, box.y + box.h / 2 + radius * 0.2];
      const arc = (to: number, fill: string): string => {
        const [a, b] = [ARC_FROM, ARC_FROM + (ARC_TO - ARC_FROM) * to];
        const at = (angle: number): string => `${px(x + radius * Math.cos(angle))} ${px(y - radius * Math.sin(angle))}`;
        const isLarge = a - b > Math.PI ? 1 : 0;
        return `<path d="M${at(a)}A${px(radius)} ${px(radius)} 0 ${isLarge} 1 ${at(b)}" fill="none" stroke="${fill}" stroke-width="${px(thickness)}"/>`;
      };
      const size = Math.round(radius * 0.4);
      return (
        arc(1, INK.grid) +
        (share > 0 ? arc(Math.min(share, 1), colour) : '') +
        text(x, y + size * 0.35, words, { anchor: 'middle', fill: colour, size, weight: 600 }) +
        text(x, y + radius * 0.75, fitted(name, step - 4, 12), { anchor: 'middle', fill: INK.text, size: 12 })
      );
    })
    .join('');
}

const ROW_HEIGHT = 22;

/** As many rows as there is room for. @param words a cell as it is shown. */
export function table(box: Box, columns: readonly Column[], words: (column: Column, row: number) => string): string {
  const rows = Math.min(columns[0]?.values.length ?? 0, Math.floor((box.h - ROW_HEIGHT) / ROW_HEIGHT));
  const weights = columns.map(
    (column) =>
    Math.min(44, Math.max(column.name.length, 6, ...Array.from({ length: rows }, (_, row) => words(column, row).length))), // prettier-ignore
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let x = box.x + 6;
  const drawn = columns.map((column, c) => {
    const width = ((box.w - 12) * weights[c]!) / total;
    const isNumber = column.kind === 'number';
    const [at, anchor] = isNumber ? [x + width - 16, 'end' as const] : [x, 'start' as const];
    const head = text(at, box.y + 14, fitted(column.name, width - 8), { fill: '#6e9fff', weight: 600, anchor });
    const body = Array.from({ length: rows }, (_, row) =>
      text(at, box.y + 14 + (row + 1) * ROW_HEIGHT, fitted(words(column, row), width - 8), { fill: INK.text, anchor }),
    );
    x += width;
    return head + body.join('');
  });
  const rules = Array.from({ length: rows }, (_, row) => `<path d="M${px(box.x)} ${px(box.y + (row + 1) * ROW_HEIGHT - 1)}h${px(box.w)}" stroke="${INK.grid}"/>`); // prettier-ignore
  return rules.join('') + drawn.join('');
}
