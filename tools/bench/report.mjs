// What a bench says: rows of one table, and a file with everything that was measured.
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../bench-results/', import.meta.url));
const loadAtStart = loadavg()[0];

/**
 * One figure. `against` is what it is compared with; `floor` is `{ of: 'figure' | 'ratio', most | least, unit }`, without it the row only informs.
 */
export function row({ name, figure, unit, against, floor }) {
  const ratio = against === undefined ? undefined : figure / against.figure;
  const judged = floor === undefined ? undefined : floor.of === 'ratio' ? ratio : figure;
  // Written so that NaN is below: a figure that could not be measured is not one that is reached.
  const ok = floor === undefined ? undefined : floor.most === undefined ? judged >= floor.least : judged <= floor.most;
  return { name, figure, unit, against, ratio, floor, verdict: ok === undefined ? '' : ok ? 'ok' : 'below' };
}

/** Writes `bench-results/<name>.json`, and gives the rows to `npm run bench`, or prints them when the bench was started alone. */
export async function report(name, rows, details = {}) {
  mkdirSync(folder, { recursive: true });
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    loadAtStart,
  };
  const result = { name, measuredAt: new Date().toISOString(), machine, rows, details };
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(result, null, 2)}\n`);
  if (process.send === undefined) console.log(table(rows));
  else await new Promise((resolve) => process.send({ rows }, resolve));
}

/** Rows as text in columns. */
export function table(rows) {
  const cells = rows.map((r) => [
    r.name,
    shown(r.figure, r.unit),
    r.against === undefined ? '' : `${shown(r.against.figure, r.unit)} ${r.against.what}`,
    r.ratio === undefined ? '' : `${r.ratio.toPrecision(3)} ×`,
    r.floor === undefined ? '' : floorText(r),
    r.verdict === 'below' ? 'BELOW' : r.verdict,
  ]);
  const all = [['bench', 'figure', 'against', 'ratio', 'floor', 'verdict'], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((line) => line[column].length)));
  const lines = all.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()); // prettier-ignore
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return lines.join('\n');
}

function floorText({ floor, unit }) {
  const bound = floor.most ?? floor.least;
  return `${floor.most === undefined ? '≥' : '≤'} ${floor.of === 'ratio' ? `${bound} ×` : shown(bound, unit)}`;
}

function shown(value, unit) {
  if (!Number.isFinite(value)) return 'not measured';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits)).toLocaleString('en', { maximumFractionDigits: digits })} ${unit}`;
}
