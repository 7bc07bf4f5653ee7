import { describe } from 'vitest';
import { embeddedHarness } from '../support/harness.js';
import { deadLetterSuite } from '../suites/dead-letter-suite.js';
import { exportSuite } from '../suites/export-suite.js';
import { fullDiskSuite } from '../suites/full-disk-suite.js';
import { lookupSuite } from '../suites/lookup-suite.js';
import { migrateSuite } from '../suites/migrate-suite.js';
import { retentionSuite } from '../suites/retention-suite.js';
import { schemaSuite } from '../suites/schema-suite.js';
import { streamSuite } from '../suites/stream-suite.js';
import { writingSuite } from '../suites/writing-suite.js';

describe('embedded', () => {
  writingSuite(embeddedHarness);
  lookupSuite(embeddedHarness);
  schemaSuite(embeddedHarness);
  retentionSuite(embeddedHarness);
  migrateSuite(embeddedHarness);
  fullDiskSuite(embeddedHarness);
  deadLetterSuite(embeddedHarness);
  streamSuite(embeddedHarness);
  exportSuite(embeddedHarness);
});
