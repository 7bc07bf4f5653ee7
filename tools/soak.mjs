// `npm run soak` runs what docs and promises/README.md promise at full length (tier N): hours. `npm run soak -- --help` says how to run less.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from './soak/table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const USAGE = `npm run soak -- [options]
  --only R2,R3   these promises only
  --tier C|N     C: as within npm test; N: at full length (default)
  --seed NUMBER  what is drawn by lot, as an earlier run printed it
  --list         the promises, with their files
  --help         this`;

const files = readdirSync(join(root, 'promises'))
  .filter((file) => /^r\d+.*\.test\.ts$/.test(file))
  .sort();
const known = [...new Set(files.map(promiseOf))];
const options = optionsOf(process.argv.slice(2));
if (options.help) end(0, USAGE);
if (options.list) end(0, files.map((file) => `${promiseOf(file).padEnd(4)} promises/${file}`).join('\n'));

const chosen = files.filter((file) => options.only === undefined || options.only.includes(promiseOf(file)));
const again = `npm run soak -- --seed ${options.seed}${options.tier === 'C' ? ' --tier C' : ''}${options.only === undefined ? '' : ` --only ${options.only.join(',')}`}`; // prettier-ignore
console.log(`soak: tier ${options.tier}, seed ${options.seed}; to run it again: ${again}`);
// The terminal sends it to both: the child ends by itself, and the table is shown nevertheless.
let interrupted = false;
process.on('SIGINT', () => (interrupted = true));
const rows = [];
for (const file of chosen) if (!interrupted) rows.push(await run(file));
console.log(`\n${table(rows)}\n`);
const failed = rows.filter(({ passed }) => !passed);
console.log(`soak: ${rows.length - failed.length} of ${rows.length} files passed, seed ${options.seed}`);
if (failed.length > 0) {
  const promises = [...new Set(failed.map(({ promise }) => promise))].join(',');
  console.log(`soak: to run what failed again: npm run soak -- --seed ${options.seed} --only ${promises}${options.tier === 'C' ? ' --tier C' : ''}`); // prettier-ignore
}
process.exitCode = failed.length === 0 && !interrupted ? 0 : 1;

/** One file, one run: what one has left behind is nobody else's. */
async function run(file) {
  const promise = promiseOf(file);
  console.log(`\n── ${promise} (promises/${file})`);
  const folder = mkdtempSync(join(tmpdir(), 'louver-soak-'));
  const numbersFile = join(folder, 'numbers');
  const env = {
    ...process.env,
    LOUVER_TIER: options.tier,
    LOUVER_SEED: String(options.seed),
    LOUVER_SOAK_REPORT: numbersFile,
  };
  const startedMs = Date.now();
  try {
    const passed = await vitest(['run', '--project', 'promises*', `promises/${file}`], env);
    const lines = existsSync(numbersFile) ? readFileSync(numbersFile, 'utf8').trim().split('\n') : [];
    const numbers = lines.map((line) => JSON.parse(line).numbers);
    return { promise, tier: options.tier, passed, seconds: (Date.now() - startedMs) / 1000, numbers };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function vitest(args, env) {
  return new Promise((resolve) => {
    const child = spawn('npx', ['--no-install', 'vitest', ...args], { cwd: root, env, stdio: 'inherit' });
    child.on('close', (code) => resolve(code === 0));
  });
}

function optionsOf(args) {
  let values;
  try {
    values = parseArgs({
      args,
      options: {
        only: { type: 'string', multiple: true },
        tier: { type: 'string', default: 'N' },
        seed: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return end(2, `soak: ${error.message.split('\n')[0]}\n${USAGE}`);
  }
  const { list, help } = values;
  const tier = values.tier.toUpperCase();
  if (tier !== 'C' && tier !== 'N') end(2, `soak: found --tier ${values.tier}, expected C or N`);
  const seed = Number(values.seed ?? process.env.LOUVER_SEED ?? Date.now() % 1_000_000);
  if (!Number.isSafeInteger(seed) || seed < 0) end(2, `soak: found --seed ${values.seed}, expected a whole number`);
  if (values.only === undefined) return { tier, seed, list, help };
  const only = values.only.flatMap((names) => names.split(',')).map((name) => name.trim().toUpperCase()).filter(Boolean); // prettier-ignore
  const unknown = only.filter((name) => !known.includes(name));
  if (only.length === 0 || unknown.length > 0) {
    end(2, `soak: found no '${unknown.join(', ')}', expected some of: ${known.join(', ')}`);
  }
  return { tier, seed, list, help, only };
}

function promiseOf(file) {
  return `R${Number(/^r(\d+)/.exec(file)[1])}`;
}

function end(code, text) {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
