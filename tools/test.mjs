// `npm test`: types, lint, tests; then the time of each stage. Arguments go to vitest: `npm test -- packages/core`.
import { spawn } from 'node:child_process';

const only = process.argv.slice(2);
const stages = [
  ['types', ['tsc', '-b']],
  ['lint', ['eslint', '.', '--cache', '--cache-location', 'node_modules/.cache/eslint/']],
  ['format', ['prettier', '--check', '.', '--log-level', 'warn']],
  ['layers', ['depcruise', 'packages', 'examples', '--config', '.dependency-cruiser.cjs', '--output-type', 'err']],
  ['tests', ['vitest', 'run', ...only]],
];

const times = [];
for (const [name, command] of only.length > 0 ? stages.slice(-1) : stages) {
  const startedMs = Date.now();
  console.log(`\n── ${name}: ${command.join(' ')}`);
  const code = await run(command);
  times.push(`${name} ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  if (code !== 0) {
    console.error(`\n${name} failed (${times.join(', ')})`);
    process.exit(code);
  }
}
console.log(`\nAll stages passed: ${times.join(', ')}`);

function run([tool, ...args]) {
  return new Promise((resolve) => {
    const child = spawn('npx', ['--no-install', tool, ...args], { stdio: 'inherit' });
    child.on('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}
