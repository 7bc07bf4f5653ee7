import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePcm16, decodeWav, encodeWav16, readWavHeader } from '@louver/core';
import { fileRecordings } from '@louver/core/recordings';
import { describe, expect, test } from 'vitest';
import { nodeFiles } from '../../src/recordings/files.js';
import { folder } from '../support/faults.js';
import { START_MS } from '../support/rig.js';
import {
  filesIn,
  observedContext,
  openStore,
  pcmOf,
  placeOf,
  recordingOf,
  refusingFiles,
  sha256Of,
  watchedFiles,
} from './support.js';

const wav = encodeWav16(Int16Array.from([1, -2, 3]), 8_000);

async function piecesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

describe('a recording', () => {
  test('of WAV is kept byte for byte: the SHA-256 of the file is its name', async () => {
    const directory = await folder();
    const store = await openStore(directory);
    await store.keep(recordingOf(wav, 'wav'));
    expect(await filesIn(directory)).toEqual([`${sha256Of(wav).slice(0, 2)}/${sha256Of(wav)}.wav`]);
    expect(sha256Of(await readFile(placeOf(directory, sha256Of(wav))))).toBe(sha256Of(wav));
  });

  test.each([64, 63])('of %i bytes of raw PCM can be played: a header, then every byte that came', async (length) => {
    const directory = await folder();
    const store = await openStore(directory);
    const bytes = pcmOf(0x1234_5678, length);
    await store.keep(recordingOf(bytes));
    const file = await readFile(placeOf(directory, sha256Of(bytes)));
    expect(sha256Of(file.subarray(44))).toBe(sha256Of(bytes));
    expect(readWavHeader(file)).toMatchObject({ sampleRateHz: 16_000, channels: 1, encoding: 's16', truncated: false });
    expect(decodeWav(file)).toEqual(decodePcm16(bytes));
  });

  test('is whole and synced before it has its name, and its name is before it counts as kept', async () => {
    const { files, asked } = watchedFiles();
    const store = await openStore(await folder(), { files });
    asked.length = 0;
    await store.keep(recordingOf(wav, 'wav'));
    // Its folder is new: that name first, and those in it.
    expect(asked).toEqual(['sync', 'sync', 'write', 'move', 'sync']);
  });

  test('nobody else may read it', async () => {
    const directory = join(await folder(), 'new', 'audio');
    const store = await openStore(directory);
    await store.keep(recordingOf(wav, 'wav'));
    const path = placeOf(directory, sha256Of(wav));
    const modes = [directory, join(path, '..'), path].map(async (each) => (await stat(each)).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o600]);
  });

  test('can be read back, and is not there when it never came', async () => {
    const store = await openStore(await folder());
    await store.keep(recordingOf(wav, 'wav'));
    const found = (await store.find(sha256Of(wav)))!;
    expect(found.bytes).toBe(wav.length);
    expect(await piecesOf(found.pieces)).toEqual(Buffer.from(wav));
    const unread = (await store.find(sha256Of(wav)))!;
    await unread.close();
    await unread.close();
    expect(await store.find('ab'.repeat(32))).toBeUndefined();
  });

  test('one whose hash is none is refused, and no path is made of it', async () => {
    const directory = await folder();
    const store = await openStore(directory);
    for (const sha256 of ['', '../../etc/passwd', 'AB'.repeat(32), `${'ab'.repeat(31)}/b`, `${'ab'.repeat(32)}\n`]) {
      await expect(store.keep({ ...recordingOf(wav), sha256 })).rejects.toMatchObject({ code: 'E_CONFIG' });
      await expect(store.find(sha256)).rejects.toMatchObject({ code: 'E_CONFIG' });
    }
    expect(await filesIn(directory)).toEqual([]);
  });
});

describe('the same bytes', () => {
  test('a hundred times at once are written once', async () => {
    const directory = await folder();
    const { files, asked } = watchedFiles();
    const { context, counted } = observedContext();
    const store = await openStore(directory, { files }, context);
    asked.length = 0;
    await Promise.all(Array.from({ length: 100 }, () => store.keep(recordingOf(wav, 'wav'))));
    expect(asked.filter((each) => each === 'write')).toHaveLength(1);
    expect(await filesIn(directory)).toHaveLength(1);
    expect(counted.get('recordings_kept_total')).toBe(1);
  });

  test('later are found, and live on from then', async () => {
    const directory = await folder();
    const { context, clock } = observedContext();
    const { files, asked } = watchedFiles();
    const store = await openStore(directory, { files }, context);
    await store.keep(recordingOf(wav, 'wav'));
    const path = placeOf(directory, sha256Of(wav));
    expect((await stat(path)).mtimeMs).toBe(START_MS);
    asked.length = 0;
    await clock.advance(5_000);
    await store.keep(recordingOf(wav, 'wav'));
    expect(asked).toEqual(['touch']);
    expect((await stat(path)).mtimeMs).toBe(START_MS + 5_000);
  });

  test('in another process: its name is synced, which the one before may not have come to', async () => {
    const directory = await folder();
    const first = await openStore(directory);
    await first.keep(recordingOf(wav, 'wav'));
    const { files, asked } = watchedFiles();
    const second = await openStore(directory, { files });
    asked.length = 0;
    await second.keep(recordingOf(wav, 'wav'));
    expect(asked).toEqual(['sync', 'sync', 'touch']);
  });

  test('are written anew where somebody has cut the file, or put a link there', async () => {
    const directory = await folder();
    const store = await openStore(directory);
    const path = placeOf(directory, sha256Of(wav));
    await store.keep(recordingOf(wav, 'wav'));
    await writeFile(path, wav.subarray(0, 10));
    await store.keep(recordingOf(wav, 'wav'));
    expect(await readFile(path)).toEqual(Buffer.from(wav));
    const elsewhere = join(directory, 'elsewhere');
    await writeFile(elsewhere, 'of somebody else');
    await rm(path);
    await symlink(elsewhere, path);
    expect(await store.find(sha256Of(wav))).toBeUndefined();
    await store.keep(recordingOf(wav, 'wav'));
    expect(await readFile(path)).toEqual(Buffer.from(wav));
    expect(await readFile(elsewhere, 'utf8')).toBe('of somebody else');
  });
});

describe('a disk that refuses', () => {
  test.each([
    ['ENOSPC', 'Free or add space'],
    ['EROFS', 'mounted read-only'],
    ['EIO', 'refused, write'],
  ])('%s: said what to do, nothing is left behind, and it goes on when it is mended', async (code, advice) => {
    const directory = await folder();
    const { files, faults } = refusingFiles();
    const store = await openStore(directory, { files });
    faults.code = code;
    const keeping = store.keep(recordingOf(wav, 'wav'));
    await expect(keeping).rejects.toMatchObject({ code: 'E_RECORDING_IO', retryable: true });
    await expect(keeping).rejects.toThrow(advice);
    expect(await filesIn(directory)).toEqual([]);
    faults.code = undefined;
    await store.keep(recordingOf(wav, 'wav'));
    expect(await filesIn(directory)).toHaveLength(1);
  });

  test('half written and then full: what there is of it goes', async () => {
    const directory = await folder();
    const files = {
      ...nodeFiles,
      async write(path: string, pieces: readonly Uint8Array[], ms: number) {
        await nodeFiles.write(path, [pieces[0]!.subarray(0, 7)], ms);
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
    };
    const store = await openStore(directory, { files });
    await expect(store.keep(recordingOf(wav, 'wav'))).rejects.toThrow('no space left');
    expect(await filesIn(directory)).toEqual([]);
  });

  test('that hangs: at most two writes are under way, who waits in line is let go, and closing ends', async () => {
    let begun = 0;
    const files = { ...nodeFiles };
    const { context, clock } = observedContext();
    const store = await openStore(await folder(), { files }, context);
    files.write = () => (begun++, new Promise<never>(() => undefined));
    const giveUp = new AbortController();
    const keeping = Array.from({ length: 20 }, (_, i) => store.keep(recordingOf(pcmOf(i)), giveUp.signal));
    const outcomes = Promise.allSettled(keeping.slice(2));
    await expect.poll(() => begun).toBe(2);
    giveUp.abort();
    for (const { status } of await outcomes) expect(status).toBe('rejected');
    expect(begun).toBe(2);
    // Nor does it keep the process.
    const closing = store.close();
    await clock.advance(3_000);
    await closing;
  });

  test('whose folder somebody has removed meanwhile makes it again', async () => {
    const directory = join(await folder(), 'audio');
    const store = await openStore(directory);
    await store.keep(recordingOf(wav, 'wav'));
    await rm(directory, { recursive: true });
    await expect(store.keep(recordingOf(wav, 'wav'))).rejects.toMatchObject({ code: 'E_RECORDING_IO' });
    await store.keep(recordingOf(wav, 'wav'));
    expect(await filesIn(directory)).toHaveLength(1);
  });
});

describe('opening', () => {
  test('is refused where a person must choose or allow a folder', async () => {
    const base = await folder();
    const file = join(base, 'file');
    await writeFile(file, '');
    for (const directory of [file, join(file, 'audio'), '/proc/audio']) {
      const opening = fileRecordings(directory).open(observedContext().context);
      await expect(opening).rejects.toMatchObject({ code: 'E_CONFIG' });
      await expect(opening).rejects.toThrow(`recordings cannot be kept in ${directory}`);
    }
  });

  test('is refused where nothing may be written', async () => {
    const base = await folder();
    const directory = join(base, 'audio');
    await mkdir(directory);
    await chmod(directory, 0o500);
    // Root may write everywhere: for a moment this process is nobody.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      await chmod(base, 0o755);
      process.seteuid!('nobody');
    }
    try {
      const opening = fileRecordings(directory).open(observedContext().context);
      await expect(opening).rejects.toThrow('give this user the right');
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  });

  test('on a disk that is full is not: it may have room later', async () => {
    const directory = await folder();
    const { files, faults } = refusingFiles('ENOSPC');
    const { context, logger } = observedContext();
    const store = await openStore(directory, { files }, context);
    expect(logger.lines.map(({ level }) => level)).toEqual(['error']);
    faults.code = undefined;
    await store.keep(recordingOf(wav, 'wav'));
    expect(await filesIn(directory)).toHaveLength(1);
  });

  test('leaves nothing in the folder, and what is not open, or closed, says so', async () => {
    const directory = await folder();
    const store = fileRecordings(directory);
    await expect(store.keep(recordingOf(wav))).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
    await store.open(observedContext().context);
    expect(await filesIn(directory)).toEqual([]);
    await store.close();
    await store.close();
    await expect(store.find(sha256Of(wav))).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
  });

  test('options out of their range are named, all at once', () => {
    expect(() => fileRecordings('', { retentionMs: 1, maxBytes: 1.5 })).toThrow(
      "fileRecordings: directory is '', expected a path; retentionMs is 1, expected a whole number of at least 3600000; " +
        'maxBytes is 1.5, expected a whole number of at least 67108864',
    );
  });
});
