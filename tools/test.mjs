// `npm test`: types, lint, format and layers side by side, then tests; then the time of each stage. Arguments go to vitest: `npm test -- packages/core`.
import { spawn } from 'node:child_process';

const only = process.argv.slice(2);
const checks = [
  ['types', ['tsc', '-b']],
  ['lint', ['eslint', '.', '--cache', '--cache-location', 'node_modules/.cache/eslint/']],
  ['format', ['prettier', '--check', '.', '--log-level', 'warn']],
  [
    'layers',
    ['depcruise', 'packages', 'examples', 'grafana', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
  ],
];
const tests = [['tests', ['vitest', 'run', ...only]]];

const times = [];
for (const stages of only.length > 0 ? [tests] : [checks, tests]) {
  const codes = await Promise.all(stages.map((stage) => timed(stage, stages.length > 1)));
  const failed = stages.filter((_, i) => codes[i] !== 0).map(([name]) => name);
  if (failed.length === 0) continue;
  console.error(`\n${failed.join(', ')} failed (${times.join(', ')})`);
  process.exit(codes.find((code) => code !== 0));
}
console.log(`\nAll stages passed: ${times.join(', ')}`);

async function timed([name, command], together) {
  const startedMs = Date.now();
  const title = `── ${name}: ${command.join(' ')}`;
  if (!together) console.log(`\n${title}`);
  const { code, output } = await run(command, together);
  times.push(`${name} ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  // What runs side by side is told when it has ended: else nobody could read either.
  if (together) console.log(`\n${title}\n${output}`.trimEnd());
  return code;
}

function run([tool, ...args], together) {
  return new Promise((resolve) => {
    const child = spawn('npx', ['--no-install', tool, ...args], { stdio: together ? 'pipe' : 'inherit' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 1 : 0), output }));
  });
}
