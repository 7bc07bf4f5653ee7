import { appendFileSync, existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLockFile } from '@louver/core';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { backupCommand, restoreCommand } from '../../src/cli/backup-command.js';
import { run, testEnvironment } from '../cli/support.js';

interface Manifest {
  format: number;
  readonly parts: { readonly entries: { readonly kind: string; path: string; target?: string }[] }[];
}

let folder: string;
let environment: ReturnType<typeof testEnvironment>;
const backup = (...args: string[]): Promise<void> => run(backupCommand(environment), ...args);
const restore = (...args: string[]): Promise<void> => run(restoreCommand(environment), ...args);
const put = async (path: string, content: string, mode = 0o600): Promise<void> => {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), content, { mode });
};
const edit = async (change: (manifest: Manifest) => void): Promise<void> => {
  const manifest = JSON.parse(await readFile(join(folder, 'b', 'backup.json'), 'utf8')) as Manifest;
  change(manifest);
  await writeFile(join(folder, 'b', 'backup.json'), JSON.stringify(manifest));
};

const linkOf = (all: Manifest) => all.parts[0]!.entries.find(({ kind }) => kind === 'link')!;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-backup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  environment = testEnvironment({ workingDirectory: folder });
  await put('data/journal/0000000001.seg', 'journal');
  await put('data/clickhouse/store/a/data.bin', 'rows', 0o640);
  await mkdir(join(folder, 'data/clickhouse/store/a/detached'));
  await mkdir(join(folder, 'data/clickhouse/data'));
  await symlink('../store/a', join(folder, 'data/clickhouse/data/t'));
  await put('data/users.json', '{}');
});

test('files, rights, links and empty folders come back; locks and what is half written stay', async () => {
  await put('data/journal/lock.999999999-1-abc-0123456789ab', '');
  await put('data/clickhouse/status', 'PID: 1');
  await put('data/broker/LOCK', '');
  await put('data/audio_data/.0123456789ab.part', 'half');
  await backup('--to', 'b');
  expect(environment.lines).toEqual([`3 files, 0.0 MB (data): ${join(folder, 'b')}`]);
  expect((await stat(join(folder, 'b'))).mode & 0o777).toBe(0o700);
  await rm(join(folder, 'data'), { recursive: true });
  await restore('--from', 'b');
  expect(environment.lines[1]).toMatch(new RegExp(`^3 files, .* \\(Louver .*\\): ${join(folder, 'data')}$`));
  expect(await readdir(join(folder, 'data'), { recursive: true })).toEqual(
    expect.arrayContaining(['audio_data', 'broker', 'clickhouse/store/a/detached', 'users.json']),
  );
  expect(await readdir(join(folder, 'data', 'journal'))).toEqual(['0000000001.seg']);
  expect((await stat(join(folder, 'data/clickhouse/store/a/data.bin'))).mode & 0o777).toBe(0o640);
  expect(await readlink(join(folder, 'data/clickhouse/data/t'))).toBe('../store/a');
  expect(await readFile(join(folder, 'data/clickhouse/data/t/data.bin'), 'utf8')).toBe('rows');
  expect(await readdir(join(folder, 'data/audio_data'))).toEqual([]);
  expect(await readdir(folder)).toEqual(['b', 'data']);
});

test('what lies on another disk by a link comes along, and a link that leads nowhere is told', async () => {
  await put('disk/ab/x.wav', 'RIFF');
  await symlink(join(folder, 'disk'), join(folder, 'data/audio_data'));
  await symlink(join(folder, 'data/users.json'), join(folder, 'data/absolute'));
  await backup('--to', 'b');
  await restore('--from', 'b', '--data-dir', 'new');
  await rm(join(folder, 'disk'), { recursive: true });
  expect(await readFile(join(folder, 'new/audio_data/ab/x.wav'), 'utf8')).toBe('RIFF');
  expect(await readlink(join(folder, 'new/absolute'))).toBe('users.json');
  await expect(backup('--to', 'c')).rejects.toThrow(
    /data\/audio_data is a link to .*disk, which is not there: mount it/,
  );
});

test('while somebody has the folder nothing is copied', async () => {
  const lock = await acquireLockFile(join(folder, 'data/clickhouse/louver.lock'));
  onTestFinished(() => lock.release());
  await expect(backup('--to', 'b')).rejects.toMatchObject({
    code: 'E_STORAGE_LOCKED',
    message: expect.stringMatching(/clickhouse is in use by .*no backup: stop it first/) as string,
  });
  expect(await readdir(folder)).toEqual(['data']);
  // The lock that was taken first is given back.
  expect(await readdir(join(folder, 'data/journal'))).toEqual(['0000000001.seg']);
});

test('files that change while they are copied are told, as of a server in another container', async () => {
  const bytes = join(folder, 'data/journal/0000000001.seg');
  let touched = false;
  const hasty = {
    ...environment,
    // Looked at for the progress, after the first file.
    monotonicMs: () => {
      if (!touched && existsSync(join(folder, 'b.part', 'data', 'clickhouse'))) {
        touched = true;
        appendFileSync(bytes, 'more');
      }
      return 0;
    },
  };
  await expect(run(backupCommand(hasty), '--to', 'b')).rejects.toThrow(
    /data was written to while it was copied.*stop the server/,
  );
  expect(await readdir(folder)).toEqual(['data']);
});

test.each([
  ['there', async () => mkdir(join(folder, 'b')), ['--to', 'b'], /b exists already, expected the name of a new folder/],
  ['begun by somebody', async () => mkdir(join(folder, 'b.part')), ['--to', 'b'], /b\.part exists already/],
  ['inside', async () => undefined, ['--to', 'data/b'], /data\/b is inside .*data, which is to be copied/],
  ['the same', async () => undefined, ['--to', 'data'], /data exists already/],
  [
    'of nothing',
    async () => undefined,
    ['--to', 'b', '--data-dir', 'other'],
    /nothing to back up in .*other: run this/,
  ],
  ['below a file', async () => put('f', ''), ['--to', 'f/b'], /f\/b cannot be written: /],
])('a backup that is %s is refused', async (_name, prepare, args, words) => {
  await prepare();
  const before = await readdir(folder);
  await expect(backup(...args)).rejects.toThrow(words);
  expect(await readdir(folder)).toEqual(before);
});

test('Ctrl-C leaves nothing behind, neither of a backup nor of a restoration', async () => {
  environment.interrupt();
  await expect(backup('--to', 'b')).rejects.toMatchObject({ exitCode: 1, lines: ['interrupted: no backup was made'] });
  expect(await readdir(folder)).toEqual(['data']);
  environment = testEnvironment({ workingDirectory: folder });
  await backup('--to', 'b');
  environment.interrupt();
  await expect(restore('--from', 'b', '--data-dir', 'new')).rejects.toMatchObject({
    lines: ['interrupted: nothing was restored'],
  });
  expect(await readdir(folder)).toEqual(['b', 'data']);
});

test('parts outside of the data directory have folders of their own', async () => {
  await put('m/window_v3.onnx', 'model');
  await symlink('window_v3.onnx', join(folder, 'm/window.onnx'));
  await put('m/window.onnx.json', 'manifest');
  await put('m/other.onnx', 'another');
  await put('sound/ab/x.wav', 'RIFF');
  await put('people/users.json', '{}');
  await put(
    'louver.yaml',
    'model: ./m/window.onnx\nmqtt: { users: people/users.json }\naudio: { store_raw: true, storage_path: sound }\n',
  );
  await backup('--to', 'b');
  expect(environment.lines).toEqual([
    `8 files, 0.0 MB (data, users, recordings, model, configuration): ${join(folder, 'b')}`,
  ]);
  expect(await readdir(join(folder, 'b/model'))).toEqual(['window.onnx', 'window.onnx.json']);
  for (const gone of ['data', 'sound', 'people', 'm/window.onnx', 'm/window.onnx.json', 'm/window_v3.onnx']) {
    await rm(join(folder, gone), { recursive: true });
  }
  await rm(join(folder, 'louver.yaml'));
  await expect(restore('--from', 'b')).rejects.toThrow(
    /the backup has users that lay in .*this configuration has no such place: begin with the louver\.yaml in/,
  );
  await restore('--from', 'b', '--config', 'b/configuration/louver.yaml');
  expect(await readFile(join(folder, 'm/window.onnx'), 'utf8')).toBe('model');
  expect(await readFile(join(folder, 'm/other.onnx'), 'utf8')).toBe('another');
  expect(await readFile(join(folder, 'sound/ab/x.wav'), 'utf8')).toBe('RIFF');
  expect(await readFile(join(folder, 'people/users.json'), 'utf8')).toBe('{}');
});

test('the role inference keeps models only; rows elsewhere are said not to be in it', async () => {
  await put('models/w.onnx', 'model');
  await put('i.yaml', 'role: inference\nmqtt: { broker: "mqtt://localhost" }\nmodel: models\n');
  await backup('--to', 'b', '--config', 'i.yaml');
  await put('r.yaml', 'clickhouse: { url: "http://localhost:8123" }\n');
  await backup('--to', 'c', '--config', 'r.yaml');
  expect(environment.lines).toEqual([
    `2 files, 0.0 MB (model, configuration): ${join(folder, 'b')}`,
    `4 files, 0.0 MB (data, configuration): ${join(folder, 'c')}`,
  ]);
  expect(environment.remarks).toEqual([
    'the rows are not in it: they are in ClickHouse at http://localhost:8123, back that up too (docs/BACKUP.md)',
  ]);
});

test.each([
  ['a byte', () => put('b/data/users.json', '[]'), /users\.json has another content than was copied/],
  ['the length', () => put('b/data/users.json', '{ }'), /users\.json has 3 bytes, expected 2/],
  ['a file', () => rm(join(folder, 'b/data/users.json')), /users\.json is missing/],
  ['the manifest', () => rm(join(folder, 'b/backup.json')), /expected a folder that `louver backup` made/],
  ['its JSON', () => put('b/backup.json', '{'), /expected a folder that `louver backup` made.*JSON/],
  ['its format', () => edit((all) => (all.format = 2)), /it has format 2, .* reads 1: .*newer one/],
  [
    'a path',
    () => edit((all) => (all.parts[0]!.entries.at(-1)!.path = '../../users.json')),
    /its backup\.json was changed: parts\.0\.entries\.\d+\.path: is no path inside a folder/,
  ],
  [
    'the place of a file, now below a link',
    () =>
      edit((all) => {
        const { path } = linkOf(all);
        all.parts[0]!.entries.at(-1)!.path = `${path}/x`;
      }),
    /entries\.\d+\.path: lies in no folder that comes before it/,
  ],
  ['an absolute link', () => edit((all) => (linkOf(all).target = '/etc')), /target: leads out of the folder/],
  ['a link out of it', () => edit((all) => (linkOf(all).target = '../../../..')), /target: leads out of the folder/],
])('a backup of which %s is not as it was is not restored', async (_name, damage, words) => {
  await backup('--to', 'b');
  await damage();
  await expect(restore('--from', 'b', '--data-dir', 'new')).rejects.toThrow(words);
  await expect(lstat(join(folder, 'new'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(lstat(join(folder, 'new.part'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('nothing is replaced, but an empty folder', async () => {
  await backup('--to', 'b');
  await expect(restore('--from', 'b')).rejects.toThrow(/data is there already: nothing is replaced: stop the server/);
  await mkdir(join(folder, 'empty'));
  await restore('--from', 'b', '--data-dir', 'empty');
  expect(await readdir(join(folder, 'empty'))).toEqual(['clickhouse', 'journal', 'users.json']);
});
