import type { FrameMatrix } from '@louver/ml';
import { textTable } from './text-table.js';

export type Matrices = Readonly<Record<string, FrameMatrix>>;

/** One column of a recording: a row of a feature over all frames, by mean and population standard deviation. */
export interface ColumnSummary {
  readonly name: string;
  readonly mean: number;
  readonly std: number;
}

/** Rows are counted from 1, as in the names of the columns that models read. */
export function columnsOf(matrices: Matrices): ColumnSummary[] {
  return Object.entries(matrices).flatMap(([feature, { shape, data }]) => {
    const [rows, frames] = shape;
    return Array.from({ length: rows }, (_, row) => {
      const values = data.subarray(row * frames, (row + 1) * frames);
      const mean = values.reduce((sum, value) => sum + value, 0) / frames;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / frames;
      return { name: rows === 1 ? feature : `${feature}_${row + 1}`, mean, std: Math.sqrt(variance) };
    });
  });
}

export function columnsAs(format: 'table' | 'json' | 'csv', matrices: Matrices): string {
  const columns = columnsOf(matrices);
  if (format === 'csv') return ['column,mean,std', ...columns.map((c) => `${c.name},${c.mean},${c.std}`)].join('\n');
  if (format === 'json') {
    const named = columns.map(({ name, mean, std }) => [name, { mean, std }] as const);
    return JSON.stringify({ columns: Object.fromEntries(named) });
  }
  const rows = columns.map(({ name, mean, std }) => [name, digits(mean), digits(std)]);
  return textTable([['COLUMN', 'MEAN', 'STD'], ...rows], [1, 2]).join('\n');
}

/** Every frame: as the reference data has it (JSON), or a line for each frame (CSV, table). */
export function framesAs(format: 'table' | 'json' | 'csv', matrices: Matrices): string {
  if (format === 'json') {
    const features = Object.entries(matrices).map(([name, { shape, data }]) => [name, { shape, data: [...data] }]);
    return JSON.stringify({ features: Object.fromEntries(features) as object });
  }
  const columns = Object.entries(matrices).flatMap(([feature, { shape, data }]) =>
    Array.from({ length: shape[0] }, (_, row) => ({
      name: shape[0] === 1 ? feature : `${feature}_${row + 1}`,
      values: data.subarray(row * shape[1], (row + 1) * shape[1]),
    })),
  );
  const names = ['frame', ...columns.map(({ name }) => name)];
  const lines = Array.from({ length: columns[0]?.values.length ?? 0 }, (_, frame) => [
    String(frame),
    ...columns.map(({ values }) => (format === 'csv' ? String(values[frame]) : digits(values[frame]!))),
  ]);
  if (format === 'csv') return [names, ...lines].map((cells) => cells.join(',')).join('\n');
  return textTable(
    [names, ...lines],
    names.map((_, column) => column),
  ).join('\n');
}

/** Six digits that count. */
function digits(value: number): string {
  return String(Number(value.toPrecision(6)));
}
