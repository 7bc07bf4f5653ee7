// What `npm start` and `npm test` do first: install and build, each only when what it is made from has changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = join(root, 'packages');

/** Packages that may be built side by side, one group after the other. */
const BUILD_ORDER = [['core'], ['device-esp32', 'ml', 'storage-clickhouse'], ['server']];

const unlock = await lock(join(root, '.setup-lock'));
process.once('exit', unlock);

await step({
  title: 'install (about half a minute the first time)',
  stamp: join(root, 'node_modules', '.louver-stamp'),
  inputs: installInputs(),
  work: install,
});
let upstream = '';
for (const group of BUILD_ORDER) {
  const inputs = group.map((name) => hashOf([...sourcesOf(name), upstream]));
  await Promise.all(group.map((name, i) => buildStep(name, inputs[i])));
  upstream = hashOf(inputs);
}

/** Two at a time would install and build into each other's folders. A lock whose process has ended does not count. */
async function lock(folder) {
  for (let told = false; ; told = true) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, 'pid'), String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = existsSync(join(folder, 'pid')) ? Number(readFileSync(join(folder, 'pid'), 'utf8')) : NaN;
    if (pid > 0 && !isAlive(pid)) rmSync(folder, { recursive: true, force: true });
    else {
      if (!told) console.log(`louver setup: waiting for another setup (process ${pid}; else remove ${folder})`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The stamp is beside `dist`, not in it: what is in `dist` is published. */
function buildStep(name, inputs) {
  const folder = join(packages, name);
  if (!existsSync(join(folder, 'dist', 'index.js'))) rmSync(join(folder, '.tsbuild', 'dist-stamp'), { force: true });
  return step({
    title: `build ${name}`,
    stamp: join(folder, '.tsbuild', 'dist-stamp'),
    inputs,
    work: () => run(process.execPath, [join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js')], folder),
  });
}

async function step({ title, stamp, inputs, work }) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  const startedMs = Date.now();
  console.log(`louver setup: ${title} …`);
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
  console.log(`louver setup: ${title} done in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}

function installInputs() {
  const manifests = readdirSync(packages).map((name) => join(packages, name, 'package.json'));
  return hashOf([join(root, 'package.json'), join(root, 'package-lock.json'), ...manifests].map(contentOf));
}

function install() {
  // NODE_ENV=production would leave out what builds.
  const env = { ...process.env };
  delete env.NODE_ENV;
  return run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], root, env);
}

function sourcesOf(name) {
  const folder = join(packages, name);
  const files = readdirSync(join(folder, 'src'), { recursive: true }).filter((file) => file.endsWith('.ts'));
  const configuration = ['package.json', 'tsconfig.json', 'tsup.config.ts'].map((file) => join(folder, file));
  const shared = ['tsup.base.ts', 'tsconfig.base.json', 'package-lock.json'].map((file) => join(root, file));
  return [...files.sort().map((file) => join(folder, 'src', file)), ...configuration, ...shared].map(contentOf);
}

function contentOf(file) {
  return `${file.slice(root.length)}\0${existsSync(file) ? readFileSync(file) : ''}`;
}

function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** Runs quietly; what it printed is shown when it fails. */
function run(command, args, cwd, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      console.error(output);
      console.error(`louver setup: '${command} ${args.join(' ')}' in ${cwd} ended with ${code}`);
      process.exit(1);
    });
  });
}
