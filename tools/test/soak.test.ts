import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOAK = fileURLToPath(new URL('../soak.mjs', import.meta.url));

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function soak(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SOAK, ...args], (error, output, errors) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output, errors });
    });
  });
}

test('--help says what can be asked for', async () => {
  const { code, output } = await soak('--help');
  expect(code).toBe(0);
  for (const option of ['--only', '--tier', '--seed', '--list']) expect(output).toContain(option);
});

test('--list names the promises and their files', async () => {
  const { code, output } = await soak('--list');
  expect(code).toBe(0);
  expect(output).toMatch(/^R1 +promises\/r01-load\.test\.ts$/m);
  expect(output).toMatch(/^R15 +promises\/r15-[a-z-]+\.test\.ts$/m);
});

test.each([
  [['--only', 'R2,R99'], /^soak: found no 'R99', expected some of: R1, R2, .*R15/],
  [['--only', 'kill'], /^soak: found no 'KILL', expected some of: R1, /],
  [['--only', ','], /^soak: found no '', expected some of: R1, /],
  [['--tier', 'X'], /^soak: found --tier X, expected C or N$/],
  [['--seed', 'lucky'], /^soak: found --seed lucky, expected a whole number$/],
  [['--seed', '-1'], /^soak: /],
])('%j is refused in one line that says what there is', async (args, words) => {
  const { code, output, errors } = await soak(...args);
  expect({ code, output }).toEqual({ code: 2, output: '' });
  expect(errors.trim().split('\n')[0]).toMatch(words);
});

test('what is not an option is refused, with what is', async () => {
  const { code, errors } = await soak('--once');
  expect(code).toBe(2);
  expect(errors).toContain('--once');
  expect(errors).toContain('--only R2,R3');
});
