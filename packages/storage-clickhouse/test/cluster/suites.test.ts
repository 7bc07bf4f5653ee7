import { describe } from 'vitest';
import { shardedHarness } from '../support/harness.js';
import { deadLetterSuite } from '../suites/dead-letter-suite.js';
import { exportSuite } from '../suites/export-suite.js';
import { lookupSuite } from '../suites/lookup-suite.js';
import { streamSuite } from '../suites/stream-suite.js';
import { writingSuite } from '../suites/writing-suite.js';

describe('sharded', () => {
  writingSuite(shardedHarness);
  lookupSuite(shardedHarness);
  deadLetterSuite(shardedHarness);
  streamSuite(shardedHarness);
  exportSuite(shardedHarness);
});
