import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const FIRMWARE = fileURLToPath(new URL('../../firmware', import.meta.url));
const LOUVER = fileURLToPath(new URL('../../packages/server/dist/main.js', import.meta.url));
const run = promisify(execFile);

/** For the name of a test: which of the programs are not there; empty: none. */
function without(...programs: readonly string[]): string {
  const lacking = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  return lacking.length === 0 ? '' : ` (skipped without ${lacking.join(', ')})`;
}

/** For the name of a test, when clang++ is not there or has no libFuzzer. */
function withoutFuzzer(): string {
  const { status } = spawnSync('clang++', ['-fsanitize=fuzzer', '-x', 'c++', '-', '-o', '/dev/null'], {
    input: 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }',
  });
  return status === 0 ? '' : ' (skipped without clang++ and its libFuzzer: packages clang and libclang-rt-14-dev)';
}

/** What it printed; an exit code other than 0 rejects with all of it. */
async function make(target: string, ...options: readonly string[]): Promise<string> {
  try {
    const env = { ...process.env, LC_ALL: 'C' };
    // What runs in qemu prints to its standard error.
    const { stdout, stderr } = await run('make', ['--silent', ...options, target], { cwd: FIRMWARE, env });
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`make ${target}:\n${stdout}${stderr}`, { cause: error });
  }
}

const GOOD = /^[1-9]\d* tests, 0 failed$/m;

// One after the other: they share a folder for what they build.
describe('the firmware', () => {
  const lacksHost = without('make', 'g++');
  test.skipIf(lacksHost)(`unit tests on this computer${lacksHost}`, async () => {
    expect(await make('test')).toMatch(GOOD);
  });

  test.skipIf(lacksHost)(
    `unit tests with AddressSanitizer and UndefinedBehaviorSanitizer${lacksHost}`,
    async () => {
      expect(await make('asan')).toMatch(GOOD);
    },
    180_000,
  );

  const lacksMbedTls =
    lacksHost || (existsSync('/usr/include/mbedtls/pk.h') ? '' : ' (skipped without libmbedtls-dev)');
  test.skipIf(lacksMbedTls)(
    `signatures of images by the verifier of the board${lacksMbedTls}`,
    async () => {
      expect(await make('signatures')).toMatch(GOOD);
    },
    180_000,
  );

  test.skipIf(lacksMbedTls)(`what the command line signs, a board takes${lacksMbedTls}`, async () => {
    await make('build/verify-manifest');
    const folder = mkdtempSync(join(tmpdir(), 'louver-signed-'));
    try {
      const louver = (...args: string[]) =>
        spawnSync(process.execPath, [LOUVER, 'ota', ...args], { cwd: folder, encoding: 'utf8' });
      const verified = (manifest: string) =>
        spawnSync(join(FIRMWARE, 'build', 'verify-manifest'), ['key.public.pem'], {
          cwd: folder,
          input: manifest,
          encoding: 'utf8',
        }).stdout;
      writeFileSync(join(folder, 'image.bin'), Buffer.from([0xe9, 1, 2, 3]));
      louver('keygen', '--key', 'key.pem');
      const what = ['--board', 'esp32c3', '--version', '1.3.0', '--secure-version', '4', '--url', 'http://a/b'];
      const { stdout, stderr } = louver('sign', '--key', 'key.pem', '--image', 'image.bin', ...what);
      expect(stderr).toBe('');
      expect(verified(stdout)).toBe('signed\n');
      expect(verified(stdout.replace('"secure_version":4', '"secure_version":5'))).toBe('not signed\n');
      expect(verified(stdout.replace('"size":4', '"size":5'))).toBe('not signed\n');
      expect(verified(stdout.replace('"esp32c3"', '"esp32s3"'))).toBe('not signed\n');
      expect(verified(stdout.slice(0, -3))).toBe('no manifest\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.skipIf(lacksMbedTls)(
    `board layer and sketches against declarations of the Arduino core${lacksMbedTls}`,
    async () => {
      expect(await make('sketches')).toContain('src/board/esp_dialer.cpp');
    },
  );

  const lacksFuzzer = without('make') + withoutFuzzer();
  test.skipIf(lacksFuzzer)(
    `what comes in, fuzzed for 10 s a target${lacksFuzzer}`,
    async () => {
      const printed = await make('fuzz-short', '-j', '-Otarget');
      const counts = [...printed.matchAll(/^stat::number_of_executed_units: (\d+)$/gm)].map(([, count]) =>
        Number(count),
      );
      expect(counts.length).toBeGreaterThanOrEqual(10);
      // Of each target two: its seeds alone, then those and whatever else comes up.
      for (let i = 0; i < counts.length; i += 2) expect(counts[i + 1]).toBeGreaterThan(counts[i]!);
    },
    180_000,
  );

  const lacksCppcheck = without('make', 'cppcheck');
  test.skipIf(lacksCppcheck)(`static analysis${lacksCppcheck}`, () => make('cppcheck'));

  const lacksRv32 = without('make', 'riscv64-unknown-elf-g++', 'qemu-system-riscv32');
  test.skipIf(lacksRv32)(
    `unit tests as rv32imc in qemu${lacksRv32}`,
    async () => {
      expect(await make('rv32')).toMatch(GOOD);
    },
    180_000,
  );

  test.skipIf(lacksRv32)(`no larger on a chip than it may be${lacksRv32}`, async () => {
    expect(await make('size')).toMatch(/^Combined: \d+ bytes of text/m);
  });
});

test('pictures and tables of the wiring are those of pins.h', () => {
  const { status, stderr } = spawnSync(process.execPath, ['wiring/draw.mjs', '--check'], {
    cwd: FIRMWARE,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
