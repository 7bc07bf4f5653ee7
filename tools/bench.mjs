// `npm run bench` measures what design and issues promise; `npm run bench -- audio` only the benches with that in their name. One process
// each, one after the other. A figure below its floor is said, and is no failure: times depend on the machine, tests must not.
import { fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from './bench/report.mjs';

/** Memory is watched for half an hour, all others take a few minutes. */
const LIMIT_MS = 45 * 60_000;
const packages = fileURLToPath(new URL('../packages/', import.meta.url));

const all = readdirSync(packages)
  .map((name) => join(packages, name, 'bench'))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
  .filter((file) => file.endsWith('.mjs'));
const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? all : all.filter((file) => wanted.some((part) => basename(file, '.mjs').includes(part))); // prettier-ignore
if (chosen.length === 0) {
  console.error(`bench: found no '${wanted.join(', ')}', expected one of: ${names(all)}`);
  process.exit(1);
}

const [load] = loadavg();
if (load > availableParallelism() / 2) {
  console.log(`The machine is busy (load ${load.toFixed(1)} on ${availableParallelism()} cores): times will be longer than they need be, ratios less so.`); // prettier-ignore
}
const rows = [];
const failed = [];
for (const file of chosen) {
  const name = basename(file, '.mjs');
  console.log(`── ${name}`);
  const { rows: found, problem } = await run(file);
  rows.push(...found);
  if (problem !== undefined) failed.push(`${name}: ${problem}`);
}

const below = rows.filter(({ verdict }) => verdict === 'below');
console.log(`\n${table(rows)}\n`);
for (const failure of failed) console.log(`NOT MEASURED: ${failure}`);
console.log(
  below.length === 0
    ? 'Every figure that was measured reaches its floor.'
    : `BELOW THEIR FLOOR: ${below.map(({ name }) => name).join('; ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function run(file) {
  return new Promise((resolve) => {
    const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    let found;
    child.on('message', (message) => (found = message.rows));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const problem = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
      resolve({ rows: found ?? [], problem: code === 0 && found !== undefined ? undefined : problem });
    });
  });
}

function names(files) {
  return files.map((file) => basename(file, '.mjs')).join(', ');
}
