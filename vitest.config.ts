import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { TIER } from './promises/support/tier.js';
import { SkipReporter } from './tools/skip-reporter.js';

// Without `import`: vitest hands them on to Node, where they would hold for `require` too.
const conditions = ['louver-source', 'module', 'node', 'development|production'];
const PROMISES = 'promises/*.test.ts';
/** They count rows and crash points and look at no clock, so that company does not change what they show. */
const TIMELESS_PROMISES = ['r04-in-doubt', 'r04-parts', 'r07-io-error', 'r08-torn-journal', 'r10-any-order'].map(
  (name) => `promises/${name}.test.ts`,
);
const PROMISE_TIMEOUT_MS = TIER === 'N' ? 3 * 3_600_000 : 120_000;

const everywhere = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};
const test = {
  // chdb crashes in worker_threads: every test file gets a process of its own.
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  test: {
    globalSetup: ['tools/build-before-tests.ts'],
    reporters: ['default', new SkipReporter()],
    projects: [
      {
        ...everywhere,
        test: {
          ...test,
          name: 'tests',
          include: [
            'packages/*/test/**/*.test.ts',
            'examples/*/test/**/*.test.ts',
            'grafana/test/**/*.test.ts',
            'tools/test/**/*.test.ts',
            'deploy/test/**/*.test.ts',
          ],
          // By default one core is left to vitest itself, which has next to nothing to do: of two that is half of the time.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...everywhere,
        test: {
          ...test,
          name: 'promises-timeless',
          include: TIMELESS_PROMISES,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
          testTimeout: PROMISE_TIMEOUT_MS,
        },
      },
      {
        ...everywhere,
        test: {
          ...test,
          name: 'promises',
          include: [PROMISES],
          exclude: TIMELESS_PROMISES,
          // One after another and by themselves: they load the machine, and what they show is about time too.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: PROMISE_TIMEOUT_MS,
        },
      },
    ],
  },
});
