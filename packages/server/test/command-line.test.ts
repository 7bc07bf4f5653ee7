import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav16 } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runLouver, startLouver, type LouverProcess } from './support/louver-process.js';

let folder: string;
let running: LouverProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-cli-'));
  running = await startLouver(join(folder, 'data'), ['--no-model']);
  await writeFile(join(folder, 'bad.onnx'), 'hello');
  await writeFile(
    join(folder, 'few.yaml'),
    'audio: { features: [spectral_centroid, spectral_rolloff, rms, zero_crossing_rate] }',
  );
  await writeFile(join(folder, 'resampled.yaml'), 'audio: { preparation: { resample_hz: 16000 } }');
  await writeFile(join(folder, 'file'), '');
  await writeFile(join(folder, 'tone.wav'), encodeWav16(Float64Array.from({ length: 8_000 }, (_, i) => Math.sin(i) / 2), 8_000)); // prettier-ignore
});
afterAll(async () => {
  await running.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** What a command says besides its log, and its exit code. */
async function louver(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { output, exited } = runLouver(args, env, folder);
  const code = await exited;
  const lines = output()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'));
  return { code, lines };
}
const serve = (...args: string[]) => ['serve', '--mqtt-port', '0', '--http-port', '0', '--data-dir', 'other', ...args];

describe('one clear line, and an exit code that is not 0', () => {
  test.each([
    ['wrong configuration', () => serve('--mqtt-port', 'x'), 2, 'mqtt.port: found "x", expected a port'],
    ['an unknown option', () => ['serve', '--prot', '3'], 2, "unknown option '--prot'"],
    ['an unknown command', () => ['nonsense'], 2, "unknown command 'nonsense'"],
    ['a role without what it needs', () => serve('--role', 'inference'), 2, 'mqtt.broker: is missing: role inference'],
    [
      'a CA file for nothing',
      () => ['publish', 'temperature', '20', '--ca-file', 'file', '--mqtt-url', 'mqtts://localhost:1'],
      2,
      'CA file file cannot be used: no "-----BEGIN CERTIFICATE-----" is in it',
    ],
    ['a PyTorch model', () => serve('--model', 'm.pth'), 2, 'export the model to ONNX'],
    ['a missing model', () => serve('--model', 'none.onnx'), 1, 'none.onnx: there is no such file'],
    ['an unreadable model', () => serve('--model', 'bad.onnx'), 1, 'cannot be read as an ONNX model'],
    [
      'a model without its columns',
      () => serve('--config', 'few.yaml'),
      1,
      'columns that nobody provides: mfcc_mean_1',
    ],
    [
      'a model of another recipe',
      () => serve('--config', 'resampled.yaml'),
      1,
      'was trained on audio features of recipe',
    ],
    ['an address that others reach', () => serve('--host', '0.0.0.0'), 2, 'louver user add NAME'],
    [
      'the same, without users of its own',
      () => ['serve', '--host', '0.0.0.0', '--mqtt-url', 'mqtt://localhost'],
      2,
      'so a token comes first: run `export LOUVER_API_TOKEN',
    ],
    ['a locked data directory', () => serve('--no-model', '--data-dir', 'data'), 1, 'is in use by process'],
    ['a file for a folder', () => serve('--data-dir', 'file'), 2, 'data directory file cannot be used (--data-dir)'],
    [
      'a folder that cannot be made',
      () => serve('--data-dir', '/proc/louver'),
      2,
      'data directory /proc/louver cannot',
    ],
    ['a recording that is none', () => ['features', 'bad.onnx'], 1, 'louver: bad.onnx: not a WAV file: 5 bytes'],
    [
      'a comparison and another form of output',
      () => ['features', 'a.wav', '--compare', 'a.json', '--format', 'csv'],
      2,
      "option '--compare <file.json>' cannot be used with option '--format <format>'",
    ],
    ['a role of no user', () => ['user', 'add', 'ann', '--role', 'king'], 2, "argument 'king' is invalid"],
    ['a user that is not there', () => ['user', 'remove', 'ann'], 2, 'no user "ann"'],
  ])('%s', async (_what, args, exitCode, text) => {
    const { code, lines } = await louver(args());
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^louver: /);
    expect(lines[0]).toContain(text);
    expect(code).toBe(exitCode);
  });

  test('ports in use, named with their flags', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const port = String((taken.address() as AddressInfo).port);
    for (const flag of ['--mqtt-port', '--http-port', '--clickhouse-port']) {
      const { code, lines } = await louver(serve('--no-model', flag, port));
      expect([code, lines.length]).toEqual([2, 1]);
      expect(lines[0]).toMatch(new RegExp(`port ${port} on 127.0.0.1 is already in use.*${flag}$`));
    }
    taken.close();
  });

  test('a line for each problem of a configuration', async () => {
    const { lines } = await louver(serve('--role', 'inference', '--http-port', '-1'), { LOUVER_LOG_LEVEL: 'loud' });
    expect(lines).toHaveLength(3);
  });
});

test('a password that was piped in is not shown, one that was made is shown once', async () => {
  const made = await louver(['user', 'add', 'esp32-1', '--role', 'device', '--data-dir', 'users']);
  expect(made.lines[0]).toMatch(/^user esp32-1 \(device\) added in users\/users.json$/);
  expect(made.lines[1]).toMatch(/^password, shown only now: [\w-]{24}$/);
  const listed = await louver(['user', 'list', '--data-dir', 'users']);
  expect(listed.lines).toEqual([expect.stringMatching(/^esp32-1\tdevice\t\d{4}-/)]);
});

test('no secret in anything that is printed', async () => {
  const token = 'canary-0123456789';
  const server = await startLouver(join(folder, 'secret'), ['--no-model', '--log-level', 'debug'], {
    LOUVER_API_TOKEN: token,
  });
  await fetch(`${server.httpUrl}/api/devices`, { headers: { authorization: `Bearer ${token}` } });
  await fetch(`${server.httpUrl}/api/devices`, { headers: { authorization: `Bearer ${token}x` } });
  expect(await server.kill('SIGTERM')).toBe(0);
  expect(server.output()).toContain('http request');
  expect(server.output()).not.toContain('canary');
  // The name of a token is none.
  expect(server.output()).toContain('"by":"api"');
});

test.each([[['features', 'tone.wav', '--frames', '--format', 'csv']], [['model', 'inspect']], [['model', 'check']]])(
  '%j ends quietly when nobody reads what it prints',
  async (args) => {
    const { child, output, exited } = runLouver(args, {}, folder);
    child.stdout!.destroy();
    expect(await exited).toBe(0);
    expect(output()).toBe('');
  },
);

test('SIGTERM ends a server in order', async () => {
  const server = await startLouver(join(folder, 'ended'), ['--no-model']);
  expect(await server.kill('SIGTERM')).toBe(0);
  expect(server.output()).toContain('"msg":"closed"');
});
