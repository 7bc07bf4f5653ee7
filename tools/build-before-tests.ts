import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FIRMWARE = fileURLToPath(new URL('../firmware', import.meta.url));

/**
 * Tests that fork the command line or start a worker use `dist`: it must be what the sources say, also in watch mode. Devices that they start are built
 * here too: files of tests that did so at the same time would disturb each other.
 */
export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('./setup.mjs', import.meta.url))], { stdio: 'inherit' });
  if (['make', 'g++'].some((program) => spawnSync(program, ['--version']).error !== undefined)) return;
  const signed = existsSync('/usr/include/mbedtls/pk.h') ? ['build/take-image', 'build/verify-manifest'] : [];
  execFileSync('make', ['--silent', '-j2', 'sim', ...signed], { cwd: FIRMWARE, stdio: 'inherit' });
}
