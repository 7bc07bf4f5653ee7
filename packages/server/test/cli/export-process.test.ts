import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { scalarRow, T0 } from '../http/support.js';
import { runLouver, startLouver } from '../support/louver-process.js';

let folder: string;

const louver = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
  const { exited, output } = runLouver(['export', ...args], {}, folder);
  return { code: await exited, output: output() };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-export-'));
  await writeFile(join(folder, 'louver.yaml'), 'mqtt: { port: 0 }\nhttp: { port: 0 }\nmodel: { path: none }\n');
  const storage = embeddedClickhouse({ path: join(folder, 'data', 'clickhouse') });
  await storage.open(defaultContext());
  await storage.write(
    'sensor_temperature',
    [0, 1, 2].map((i) => scalarRow(i === 2 ? 'hall' : 'kitchen', T0 + i * 60_000, 20 + i)),
  );
  await storage.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a table becomes a file that is named after it', async () => {
  const { code, output } = await louver('--table', 'sensor_temperature', '--format', 'csv');
  expect(output).toMatch(/^3 rows of sensor_temperature, 0\.0 MB in \d+\.\d s: .*\/sensor_temperature\.csv$/m);
  expect(code).toBe(0);
  const lines = (await readFile(join(folder, 'sensor_temperature.csv'), 'utf8')).split('\n');
  expect(lines[0]).toMatch(/^"timestamp","device_id","value",/);
  expect(lines.slice(1, 4).map((line) => line.split(',').slice(0, 3).join())).toEqual([
    '"2026-01-31T12:02:00.000Z","hall",22',
    '"2026-01-31T12:00:00.000Z","kitchen",20',
    '"2026-01-31T12:01:00.000Z","kitchen",21',
  ]);
  const again = await louver('--table', 'sensor_temperature', '--format', 'csv');
  expect(again).toMatchObject({
    code: 2,
    output: expect.stringMatching(/sensor_temperature\.csv exists already/) as string,
  });
});

test('Parquet is what is made unless one says otherwise, of a device and a time if one says so', async () => {
  const args = ['--device', 'kitchen', '--from', '2026-01-31T12:01:00Z', '--to', '2026-01-31T12:02:00Z'];
  const { code, output } = await louver('--table', 'sensor_temperature', ...args, '--output', 'kitchen.parquet');
  expect(output).toMatch(/^1 row of sensor_temperature/m);
  expect(code).toBe(0);
  const file = await readFile(join(folder, 'kitchen.parquet'));
  expect([file.subarray(0, 4).toString(), file.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
});

test('- is the output, with nothing else on it', async () => {
  const before = await readdir(folder);
  const { exited, child } = runLouver(
    ['export', '--table', 'sensor_temperature', '--format', 'csv', '--output', '-'],
    {},
    folder,
  );
  let printed = '';
  child.stdout!.on('data', (chunk) => (printed += String(chunk)));
  expect(await exited).toBe(0);
  expect(printed.trimEnd().split('\n')).toHaveLength(4);
  expect(await readdir(folder)).toEqual(before);
});

test('what cannot be exported is one clear line', async () => {
  const refusal = async (...args: string[]): Promise<string> => {
    const { code, output } = await louver(...args);
    expect(code).toBe(2);
    expect(output.trimEnd().split('\n')).toHaveLength(1);
    return output;
  };
  expect(await refusal('--table', 'readings')).toMatch(/readings.*sensor_temperature, sensor_humidity/);
  expect(await refusal()).toMatch(/--table <name>/);
  expect(await refusal('--table', 'sensor_audio', '--from', 'yesterday')).toMatch(/90s, 15m, 1h, 7d/);
  expect(await refusal('--table', 'sensor_audio', '--from', '1h', '--to', '2h')).toMatch(/--from is later than --to/);
  expect(await refusal('--table', 'sensor_audio', '--data-dir', 'elsewhere')).toMatch(
    /there is no database 'iot' \(clickhouse\.database\) of this version of Louver at .*elsewhere: give the right --data-dir/,
  );
  expect(await refusal('--table', 'sensor_audio', '--output', 'no/such.csv')).toMatch(
    /no\/such\.csv.* cannot be written/,
  );
  expect(await readdir(folder)).not.toContain('elsewhere');
});

test('the ending of a name says the format, and does not contradict it', async () => {
  expect((await louver('--table', 'sensor_temperature', '--output', 'by-ending.csv')).code).toBe(0);
  expect(await readFile(join(folder, 'by-ending.csv'), 'utf8')).toMatch(/^"timestamp"/);
  const contradiction = await louver('--table', 'sensor_temperature', '--output', 'x.csv', '--format', 'parquet');
  expect(contradiction).toEqual({
    code: 2,
    output: 'louver: --output ends with .csv and --format is parquet: change one of them\n',
  });
});

test('a folder that is none, or is not to be read, is not taken for an empty one', async () => {
  await writeFile(join(folder, 'file'), '');
  const { code, output } = await louver('--table', 'sensor_temperature', '--data-dir', 'file');
  expect([code, output]).toEqual([
    2,
    expect.stringMatching(/^louver: the database in .*file\/clickhouse cannot be read: ENOTDIR/),
  ]);
});

test('while the server has the database, its own port is the way', async () => {
  const server = await startLouver(join(folder, 'data'), ['--clickhouse-port', '0']);
  onTestFinished(async () => void (await server.kill('SIGKILL')));
  const { code, output } = await louver('--table', 'sensor_temperature', '--output', 'running.parquet');
  expect(code).not.toBe(0);
  expect(output).toMatch(
    /in use by process \d+.*a server that runs is read through its port: serve --clickhouse-port 8123/,
  );
  expect(await readdir(folder)).not.toContain('running.parquet');
  const [, port] = /readers http:\/\/127\.0\.0\.1:(\d+)/.exec(server.output())!;
  // As the server's own file may have it.
  const yaml = join(folder, 'readers.yaml');
  await writeFile(yaml, `clickhouse: { port: ${port}, reader_username: reader }\n`);
  const args = ['--table', 'sensor_temperature', '--config', yaml, '--clickhouse-url', `http://127.0.0.1:${port}`];
  for (const format of ['csv', 'parquet']) {
    const through = await louver(...args, '--format', format, '--output', `running.${format}`);
    expect(through.output).toMatch(/^3 rows of sensor_temperature/m);
    expect(through.code).toBe(0);
  }
});
