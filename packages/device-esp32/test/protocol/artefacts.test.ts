import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { artefacts } from '../../generate/artefacts.js';
import { constantName, cString } from '../../generate/c-text.js';
import { VECTOR_FILES } from '../../generate/vectors-header.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const made = artefacts(root);
const vectors = join(root, 'firmware', 'test', 'vectors');
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('what is committed is what `npm run generate` writes', () => {
  test.each(made.map(({ path, text }) => [path, text] as const))('%s', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  test('no schema of a message that is no more', () => {
    const names = readdirSync(join(root, 'packages/device-esp32/schema')).map(
      (name) => `packages/device-esp32/schema/${name}`,
    );
    expect(names.sort()).toEqual(
      made
        .map(({ path }) => path)
        .filter((path) => path.startsWith('packages/device-esp32/schema/'))
        .sort(),
    );
  });

  test('every file of vectors is in the header', () => {
    const files = readdirSync(vectors).filter((name) => name.endsWith('.json'));
    expect(files.sort()).toEqual(VECTOR_FILES.map((name) => `${name}.json`).sort());
  });

  test.skipIf(!hasPython)('the vectors are what generate.py writes (skipped without python3)', () => {
    const { status, stderr } = spawnSync('python3', [join(vectors, 'generate.py'), '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('C++ text', () => {
  test('a literal holds exactly its bytes, whatever stands next to them', () => {
    expect(cString('a"b\\c')).toBe('"a\\"b\\\\c"');
    expect(cString('\u00001')).toBe('"\\0001"');
    expect(cString('ä??/')).toBe('"\\303\\244\\?\\?/"');
    expect(cString(Uint8Array.of(0xff, 0x39, 10))).toBe('"\\3779\\012"');
  });

  test('names of constants', () => {
    expect(constantName('Key', 'sample_rate')).toBe('kKeySampleRate');
    expect(constantName('', 'time-request')).toBe('kTimeRequest');
    expect(constantName('Key', 'deviceSendTime')).toBe('kKeyDeviceSendTime');
  });
});
