import type { Answer } from '../support/engine.js';

export interface Column {
  readonly name: string;
  readonly kind: 'time' | 'number' | 'text';
  /** Times in milliseconds; NaN where a number is unknown. */
  readonly values: readonly (number | string)[];
}

/** A line, or the cells of one row. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [ms: number, value: number])[];
}

/** An answer by its columns, with the types that Grafana sees. */
export function columnsOf({ meta, data }: Answer): Column[] {
  return meta.map(({ name, type }) => {
    const kind = /DateTime/.test(type) ? 'time' : /Int\d|Float/.test(type) ? 'number' : 'text';
    const values = data.map((row) => {
      const value = row[name];
      if (kind === 'time') return Date.parse(`${String(value).replace(' ', 'T')}Z`);
      return kind === 'number' ? Number(value ?? NaN) : String(value ?? '');
    });
    return { name, kind, values };
  });
}

/** Lines of a time-series answer: one for each column of numbers, and of each for each value of the texts beside it. */
export function seriesOf(answer: Answer): Series[] {
  const columns = columnsOf(answer);
  const time = columns.find(({ kind }) => kind === 'time');
  if (time === undefined) throw new Error(`no time among ${columns.map(({ name }) => name).join(', ')}`);
  const texts = columns.filter(({ kind }) => kind === 'text');
  const numbers = columns.filter(({ kind }) => kind === 'number');
  const found = new Map<string, [number, number][]>();
  time.values.forEach((ms, i) => {
    const labels = texts.map(({ values }) => String(values[i])).join(' ');
    for (const { name, values } of numbers) {
      const title = labels === '' ? name : numbers.length === 1 ? labels : `${name} ${labels}`;
      const points = found.get(title) ?? [];
      points.push([Number(ms), Number(values[i])]);
      found.set(title, points);
    }
  });
  return [...found].map(([name, points]) => ({ name, points }));
}
