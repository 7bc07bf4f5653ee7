import { describe } from 'vitest';
import { shardedHarness } from '../support/harness.js';
import { deadLetterSuite } from '../suites/dead-letter-suite.js';
import { lookupSuite } from '../suites/lookup-suite.js';
import { readingSuite } from '../suites/reading-suite.js';
import { streamSuite } from '../suites/stream-suite.js';
import { writingSuite } from '../suites/writing-suite.js';

describe('sharded', () => {
  writingSuite(shardedHarness);
  lookupSuite(shardedHarness);
  readingSuite(shardedHarness);
  deadLetterSuite(shardedHarness);
  streamSuite(shardedHarness);
});
