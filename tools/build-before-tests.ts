import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Tests that fork the command line or start a worker use `dist`: it must be what the sources say, also in watch mode. */
export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('./setup.mjs', import.meta.url))], { stdio: 'inherit' });
}
