import { defineConfig } from 'vitest/config';
import { SkipReporter } from './tools/skip-reporter.js';

const conditions = ['louver-source', 'module', 'node', 'development|production', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // chdb crashes in worker_threads: every test file gets a process of its own.
    pool: 'forks',
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'tools/test/**/*.test.ts'],
    globalSetup: ['tools/build-before-tests.ts'],
    reporters: ['default', new SkipReporter()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
