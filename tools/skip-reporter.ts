import type { Reporter, TestModule } from 'vitest/node';

/** May be left out even in CI: real recordings come under licences of their own and are not part of the project. */
const RECORDINGS = 'LOUVER_GOLDEN_RECORDINGS';
/** So may what needs a disk of its own, where not even root may mount one, as in some containers: such tests look for themselves. */
const NEEDS_MOUNT = /no file system can be mounted here|where this user may mount one/;

/** Says at the end what was skipped; with `CI=true` a skipped test fails the run. A skipped test's name says why. */
export class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => {
      return [...module.children.allTests('skipped')].map((test) => `${module.relativeModuleId}: ${test.fullName}`);
    });
    if (skipped.length === 0) return;
    console.log(`\nSkipped ${skipped.length}:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
    const recordingsAllowed = process.env[RECORDINGS] === undefined;
    const forbidden = skipped.filter(
      (name) => !(recordingsAllowed && name.includes(RECORDINGS)) && !NEEDS_MOUNT.test(name),
    );
    if (process.env['CI'] === 'true' && forbidden.length > 0) {
      console.error(`\nCI=true: ${forbidden.length} tests were skipped, none may be.`);
      process.exitCode = 1;
    }
  }
}
