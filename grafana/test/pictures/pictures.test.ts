import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { PanelJson } from '../support/dashboards.js';
import type { Answer } from '../support/engine.js';
import { demoPictures } from './demo-pictures.js';
import { panelPicture } from './panel-picture.js';
import { SCHEMES } from './svg.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const BOX = { x: 0, y: 0, w: 200, h: 100 };
const SHOWN = { fromMs: 0, toMs: 100_000, intervalMs: 50_000 };

function panel(type: string, change: object = {}): PanelJson {
  return { id: 1, title: 'This', type, gridPos: { x: 0, y: 0, w: 12, h: 8 }, fieldConfig: { defaults: {} }, ...change };
}

function answer(columns: Readonly<Record<string, string>>, ...rows: unknown[][]): Answer {
  const names = Object.keys(columns);
  return {
    meta: Object.entries(columns).map(([name, type]) => ({ name, type })),
    data: rows.map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, value]))),
  };
}

const draw = (type: string, change: object, ...answers: Answer[]): string =>
  panelPicture(panel(type, change), answers, BOX, SHOWN);
const paths = (drawn: string): string[] => [...drawn.matchAll(/<path d="([^"]*)" fill="none"/g)].map(([, d]) => d!);
const second = (s: number): string => new Date(s * 1000).toISOString().slice(0, 19).replace('T', ' ');

test('the pictures of docs/dashboards are of these dashboards; every panel has something to show', async () => {
  const made = await demoPictures();
  expect([...made.keys()]).toHaveLength(5);
  for (const [path, text] of made) {
    expect((await readFile(`${root}${path}`, 'utf8')) === text, `${path}: run npm run grafana`).toBe(true);
    expect(text, path).not.toContain('No data');
    expect(text, path).not.toMatch(/NaN|undefined|Infinity/);
  }
});

test('a line is where its values are, and breaks where one is unknown that another series has', () => {
  const fieldConfig = (spanNulls: unknown) => ({ fieldConfig: { defaults: { min: 0, max: 10, custom: { spanNulls } } } }); // prettier-ignore
  const columns = { time: 'DateTime', device_id: 'String', value: 'Float64' };
  const rows = answer(
    columns,
    [second(0), 'a', 0],
    [second(0), 'b', 10],
    [second(50), 'a', 10],
    [second(50), 'b', null],
    [second(100), 'a', 5],
    [second(100), 'b', 0],
  );
  // Labels are 0, 5 and 10: two signs of 6.6 and 8 are 21.2 pixels. 200 − 21.2 − 6 = 172.8 are left, and 100 − 6 − 18 − 22 = 54 of the height.
  expect(paths(draw('timeseries', fieldConfig(false), rows))).toEqual(['M21.2 60L107.6 6L194 33', 'M21.2 6M194 60']);
  expect(paths(draw('timeseries', fieldConfig(99_999), rows))[1]).toBe('M21.2 6M194 60');
  expect(paths(draw('timeseries', fieldConfig(100_000), rows))[1]).toBe('M21.2 6L194 60');
  expect(paths(draw('timeseries', fieldConfig(true), rows))[1]).toBe('M21.2 6L194 60');
});

test('steps hold until the next; bars lie on top of each other', () => {
  const rows = answer({ time: 'DateTime64(3)', x: 'Float64', y: 'Int64' }, [second(0), 4, 6], [second(50), 10, 0]);
  const custom = (of: object) => ({ fieldConfig: { defaults: { min: 0, max: 10, custom: of } } });
  // 4 of 10 in 54 pixels above 60: 38.4.
  expect(paths(draw('timeseries', custom({ lineInterpolation: 'stepAfter' }), rows))[0]).toBe('M21.2 38.4H107.6V6');
  const bars = draw('timeseries', custom({ drawStyle: 'bars' }), rows).match(/M21\.2 [^z]*z/g)!;
  // As wide as 0.7 of 86.4; the second begins where the first ends, and ends at the top.
  expect(bars).toContain('M21.2 60h60.5V38.4h-60.5z');
  expect(bars).toContain('M21.2 38.4h60.5V6h-60.5z');
});

test('cells have the colour of their value: the first row below, the smallest first in the scheme', () => {
  const options = { options: { color: { scheme: 'Greens' } } };
  const columns = { time: 'DateTime', band: 'String', level: 'Float64' };
  const drawn = draw('heatmap', options, answer(columns, [second(0), '01', -80], [second(0), '02', 0]));
  const cells = [...drawn.matchAll(/<path d="M[\d.]+ ([\d.]+)h[^"]*" fill="(#[^"]*)"/g)].map(([, y, fill]) => [y, fill]); // prettier-ignore
  // 100 − 4 − 18 − 22 = 56 pixels from 4 on are two rows of 28.
  expect(cells).toEqual([['32', SCHEMES['Greens']![0]], ['4', SCHEMES['Greens']!.at(-1)]]); // prettier-ignore
});

test('a dial that is half way points up, in the colour of its threshold', () => {
  const steps = [
    { value: null, color: 'blue' },
    { value: 50, color: 'red' },
  ];
  const defaults = { unit: 'percent', min: 0, max: 100, thresholds: { steps } };
  const drawn = draw('gauge', { fieldConfig: { defaults } }, answer({ id: 'String', position: 'Float64' }, ['attic', 50])); // prettier-ignore
  // Its radius is 0.55 of 100, its middle 50 and a fifth of that from the top: it ends at 100, 61 − 55.
  expect(drawn).toMatch(/A55 55 0 0 1 100 6" fill="none" stroke="#f2495c"/);
  expect(drawn).toContain('>50%<');
});

test('tables: times, unknown numbers, units by column; numbers of several questions beside each other', () => {
  const overrides = [{ matcher: { id: 'byName', options: 'p' }, properties: [{ id: 'unit', value: 'percentunit' }] }];
  const columns = { at: 'DateTime64(3)', p: 'Nullable(Float64)', q: 'Float64' };
  const rows = answer(columns, [second(0), 0.25, null]);
  const wide = { ...BOX, w: 400 };
  const drawn = panelPicture(panel('table', { fieldConfig: { defaults: {}, overrides } }), [rows], wide, SHOWN);
  expect([...drawn.matchAll(/>([^<]+)<\/text>/g)].map(([, words]) => words)).toEqual(['at', '1970-01-01 00:00:00', 'p', '25%', 'q', '–']); // prettier-ignore
  const stats = draw('stat', {}, answer({ a: 'UInt64' }, [1]), answer({ b: 'UInt64' }, [2]));
  expect([...stats.matchAll(/>([^<]+)<\/text>/g)].map(([, words]) => words)).toEqual(['1', 'a', '2', 'b']);
});

test('words of devices are words; nothing is said to be nothing; what nobody can draw is named', () => {
  const drawn = draw('table', {}, answer({ name: 'String' }, ['<script>&"']));
  expect(drawn).not.toMatch(/<script|&"/);
  expect(drawn).toContain('&#60;script&#62;&#38;&#34;');
  expect(draw('timeseries', {}, answer({ time: 'DateTime' }))).toContain('No data');
  expect(() => draw('piechart', {}, answer({ n: 'UInt8' }, [1]))).toThrow('This: nobody can draw a piechart here');
  expect(() => draw('timeseries', {}, answer({ n: 'UInt8' }, [1]))).toThrow('no time among n');
});
