import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectAsync, type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { startLouver, type LouverProcess } from '../support/louver-process.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const PAPER = fileURLToPath(new URL('../../../../docs/BACKUP.md', import.meta.url));
const MODEL = fileURLToPath(new URL('../../../ml/models/window_regressor.onnx', import.meta.url));
const TOKEN = 'a-token-of-this-test';
const PASSWORD = 'a password for the kitchen';
const PATIENCE = { timeout: 20_000, interval: 20 };
const LANES = 4;

/** The shell blocks of a section of docs/BACKUP.md. */
async function blocksOf(section: string): Promise<readonly string[]> {
  const text = (await readFile(PAPER, 'utf8')).split(`\n## ${section}`)[1]!.split('\n## ')[0]!;
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block!);
}

/** `louver` and `systemctl` as the paper means them: the second ends a process by its id, and leaves starting to the test. */
async function commands(folder: string): Promise<(block: string, pid?: number) => Promise<string>> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const put = async (name: string, line: string): Promise<void> => {
    await writeFile(join(bin, name), `#!/bin/sh\n${line}\n`);
    await chmod(join(bin, name), 0o755);
  };
  await put('louver', `exec ${process.execPath} ${MAIN} "$@"`);
  // As hard as it can be stopped: what is not stored then is in the journal only.
  await put(
    'systemctl',
    '[ "$1" = start ] || [ -z "$SERVER" ] || { kill -KILL "$SERVER" && tail --pid="$SERVER" -f /dev/null; }',
  );
  return async (block, pid) => {
    const env = {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env['PATH']}`,
      SERVER: pid === undefined ? '' : String(pid),
    };
    const { stdout, stderr } = await promisify(execFile)('bash', ['-euc', block], { cwd: folder, env });
    return stdout + stderr;
  };
}

test('what docs/BACKUP.md says brings everything back that was acknowledged, once, and goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-backup-'));
  const run = await commands(folder);
  const yaml = `data_dir: ${folder}/data
model: ${folder}/models
audio: { store_raw: true, storage_path: ${folder}/recordings }
api: { tokens: [{ name: test, role: admin, token_file: ${folder}/token }] }
`;
  await writeFile(join(folder, 'louver.yaml'), yaml);
  await writeFile(join(folder, 'token'), `${TOKEN}\n`);
  await mkdir(join(folder, 'models'));
  await cp(MODEL, join(folder, 'models', 'window_of_mine.onnx'));
  const serve = (): Promise<LouverProcess> =>
    startLouver(join(folder, 'data'), [
      ...['--config', join(folder, 'louver.yaml'), '--mqtt-port', '0', '--clickhouse-port', '0'],
    ]);
  const asKitchen = (url: string, password = PASSWORD): Promise<MqttClient> =>
    connectAsync(url, { username: 'kitchen', password, clientId: 'kitchen', reconnectPeriod: 0 }, false);
  const api = async (server: LouverProcess, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.httpUrl}/api/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    });
  const sql = async (server: LouverProcess, query: string): Promise<unknown[][]> => {
    const port = /readers (http:\/\/127\.0\.0\.1:\d+)/.exec(server.output())![1]!;
    const answer = await fetch(port, { method: 'POST', body: `${query} FORMAT JSONCompact` });
    return ((await answer.json()) as { data: unknown[][] }).data;
  };
  const configured = async (server: LouverProcess): Promise<unknown> =>
    (await api(server, 'devices/kitchen/config')).json();
  const model = async (server: LouverProcess): Promise<unknown> => {
    const { file, sha256, version } = (await (await api(server, 'model')).json()) as Record<string, unknown>;
    return { file, sha256, version };
  };
  const rows = async (server: LouverProcess): Promise<unknown> =>
    (
      await sql(
        server,
        "SELECT toUInt32(count()), toUInt32(uniqExact(value)) FROM iot.sensor_temperature WHERE device_id = 'kitchen' AND value < 40",
      )
    )[0];

  let server: LouverProcess | undefined;
  try {
    await run(`echo "${PASSWORD}" | louver user add kitchen --role device --password-stdin`);
    server = await serve();
    const device = await asKitchen(server.mqttUrl);
    device.on('error', () => undefined);
    const heard: string[] = [];
    device.on('message', (_topic, payload) => heard.push(String(payload)));
    await device.publishAsync('sensor/kitchen/humidity', '{"value": 60, "timestamp": ""}', { qos: 1 });
    const audio = JSON.stringify({
      data: Buffer.alloc(16_000).toString('base64'),
      sample_rate: 8000,
      duration: 1,
      timestamp: '',
    });
    await device.publishAsync('sensor/kitchen/audio', audio, { qos: 1 });
    await expect.poll(() => readdir(join(folder, 'recordings')), PATIENCE).not.toEqual([]);
    await expect
      .poll(
        async () =>
          (await api(server!, 'devices/kitchen/config', { method: 'PUT', body: '{"interval_s": 30}' })).status,
        PATIENCE,
      )
      .toBe(200);
    const before = { config: await configured(server), model: await model(server) };

    const acknowledged: string[] = [];
    let sent = 0;
    const lanes = Array.from({ length: LANES }, async () => {
      while (device.connected) {
        const reading = JSON.stringify({ value: ++sent / 1000, timestamp: new Date().toISOString() });
        const isKnown = await device.publishAsync('sensor/kitchen/temperature', reading, { qos: 1 }).then(
          () => true,
          () => false,
        );
        if (isKnown) acknowledged.push(reading);
      }
    });
    await expect.poll(() => acknowledged.length, PATIENCE).toBeGreaterThan(500);
    const [backup, ...others] = await blocksOf('One process');
    const restore = others[0]!;
    await expect(run('louver backup --to too-early', server.pid)).rejects.toThrow(
      /in use by process \d+.* stop it first/,
    );
    const made = await run(backup!, server.pid);
    expect(made).toMatch(
      /^\d+ files, \d+\.\d MB \(data, recordings, model, configuration\): .*\/backups\/\d{4}-\d\d-\d\d$/m,
    );
    await device.endAsync(true);
    await Promise.all(lanes);

    await Promise.all(
      ['data', 'models', 'recordings', 'louver.yaml'].map((name) => rm(join(folder, name), { recursive: true })),
    );
    expect(await run(restore)).toMatch(
      /^\d+ files, .* \(Louver \d+\.\d+\.\d+\): .*\/data, .*\/recordings, .*\/models$/m,
    );

    server = await serve();
    await expect(asKitchen(server.mqttUrl, 'another password')).rejects.toThrow(/Not authorized|Bad user/);
    const again = await asKitchen(server.mqttUrl);
    again.on('message', (_topic, payload) => heard.push(String(payload)));
    await again.subscribeAsync('sensor/kitchen/config', { qos: 1 });
    await expect.poll(() => heard, PATIENCE).toEqual([expect.stringContaining('"interval_s":30')]);
    expect({ config: await configured(server), model: await model(server) }).toEqual(before);
    const stored = async (): Promise<number> => ((await rows(server!)) as number[])[0]!;
    await expect.poll(stored, PATIENCE).toBeGreaterThanOrEqual(acknowledged.length);
    const values = new Set((await sql(server, 'SELECT value FROM iot.sensor_temperature')).map(([value]) => value));
    expect(acknowledged.filter((reading) => !values.has((JSON.parse(reading) as { value: number }).value))).toEqual([]);
    const [[hash]] = (await sql(server, 'SELECT audio_hash FROM iot.sensor_audio')) as [[string]];
    expect((await api(server, `recordings/${hash}`)).status).toBe(200);

    // What was acknowledged comes once more, as from a device that did not hear it, and then something new.
    for (const reading of acknowledged.slice(0, 50)) {
      await again.publishAsync('sensor/kitchen/temperature', reading, { qos: 1 });
    }
    await again.publishAsync('sensor/kitchen/temperature', '{"value": 40, "timestamp": ""}', { qos: 1 });
    await expect
      .poll(() => sql(server!, 'SELECT toUInt32(count()) FROM iot.sensor_temperature WHERE value = 40'), PATIENCE)
      .toEqual([[1]]);
    const [count, different] = (await rows(server)) as [number, number];
    expect(count).toBe(different);
    expect(different).toBeLessThanOrEqual(sent);
    await again.endAsync(true);
    await server.kill('SIGTERM');
    server = undefined;
  } finally {
    await server?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
});
