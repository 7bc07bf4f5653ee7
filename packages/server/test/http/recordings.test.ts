import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext, encodeWav16, LouverError, type RecordingStore } from '@louver/core';
import { fileRecordings } from '@louver/core/recordings';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/http/create-app.js';
import { createHttpServer } from '../../src/http/serve-http.js';
import { asker, WELL } from './support.js';

const wav = encodeWav16(
  Int16Array.from({ length: 100_000 }, (_, i) => i % 30_000),
  16_000,
);
const sha256 = createHash('sha256').update(wav).digest('hex');
const kind = (type: string) => ({ type: `urn:louver:problem:${type}` });

let folder: string;
let recordings: ReturnType<typeof fileRecordings>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-recordings-'));
  recordings = fileRecordings(folder);
  await recordings.open(defaultContext());
  await recordings.keep({ bytes: wav, format: 'wav', sampleRateHz: 16_000, durationS: 6.25, sha256 });
});
afterAll(async () => {
  await recordings.close();
  await rm(folder, { recursive: true });
});

const options = () => ({ health: () => WELL, tokens: [], context: defaultContext(), recordings });

async function get(path: string, init: RequestInit = {}): Promise<Response> {
  return createApp(options()).fetch(new Request(`http://localhost${path}`, init));
}

/** Files of the folder that this process holds open. */
async function openFiles(): Promise<readonly string[]> {
  const fds = await readdir('/proc/self/fd');
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(folder));
}

describe('GET /api/recordings/{hash}', () => {
  test('gives the WAV file, which never changes', async () => {
    const answer = await get(`/api/recordings/${sha256}`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': String(wav.length),
      'cache-control': 'private, max-age=31536000, immutable',
      etag: `"${sha256}"`,
      'content-disposition': `inline; filename="${sha256}.wav"`,
      'content-security-policy': "default-src 'none'; media-src 'self'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(wav));
  });

  test('says 304 to who has it, and nothing but headers to HEAD', async () => {
    for (const etag of [`"${sha256}"`, `W/"${sha256}"`, `"other", "${sha256}"`]) {
      const known = await get(`/api/recordings/${sha256}`, { headers: { 'if-none-match': etag } });
      expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', `"${sha256}"`]);
    }
    const head = await get(`/api/recordings/${sha256}`, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', String(wav.length)]);
  });

  test('over a socket too, and leaves no file open: nor when the client goes in the middle, or takes none of it', async () => {
    const server = await createHttpServer({ ...options(), host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${server.port}/api/recordings/${sha256}`;
    const whole = await fetch(url);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(Buffer.from(wav));
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe(String(wav.length));
    await (await fetch(url)).body?.cancel();
    const reader = (await fetch(url)).body!.getReader();
    await reader.read();
    await reader.cancel();
    await server.close();
    await expect.poll(openFiles).toEqual([]);
  });

  test('is 404 for what is not kept, and where nothing is', async () => {
    const ask = asker({ recordings });
    const gone = await ask(`/api/recordings/${'ab'.repeat(32)}`);
    expect([gone.status, gone.body]).toMatchObject([404, kind('unknown-recording')]);
    const none = await asker()(`/api/recordings/${sha256}`);
    expect([none.status, none.body]).toMatchObject([404, kind('unknown-recording')]);
    expect(none.body['detail']).toContain('audio.store_raw: true');
  });

  test.each(['x', sha256.toUpperCase(), `${sha256}.wav`, '..%2F..%2Fetc%2Fpasswd', `${sha256}%00`, '%2e%2e'])(
    'refuses %s as a hash',
    async (hash) => {
      const { status, body } = await asker({ recordings })(`/api/recordings/${hash}`);
      // `%2e%2e` is resolved by whoever reads the URL: nothing comes of it.
      expect([400, 404]).toContain(status);
      if (status === 400) {
        expect(body).toMatchObject({
          ...kind('bad-parameters'),
          errors: [{ parameter: 'id', detail: expect.stringContaining('expected a SHA-256: 64 of 0-9 a-f') as string }],
        });
      } else expect(body).toMatchObject(kind('unknown-route'));
    },
  );

  test('knows no parameters and no other methods', async () => {
    const ask = asker({ recordings });
    const extra = await ask(`/api/recordings/${sha256}?rate=8000`);
    expect([extra.status, extra.body]).toMatchObject([
      400,
      { errors: [{ parameter: 'rate', detail: 'is unknown here, expected no parameters' }] },
    ]);
    expect((await ask(`/api/recordings/${sha256}`, { method: 'DELETE' })).status).toBe(405);
  });

  test('is for every role, and for nobody without a token once there is one', async () => {
    const token = 'token-of-a-viewer';
    const ask = createApp({ ...options(), tokens: [{ name: 'v', token, role: 'viewer' }] });
    const request = (headers: Record<string, string>) =>
      ask.fetch(new Request(`http://localhost/api/recordings/${sha256}`, { headers }));
    expect((await request({})).status).toBe(401);
    const allowed = await request({ authorization: `Bearer ${token}` });
    expect([allowed.status, (await allowed.arrayBuffer()).byteLength]).toEqual([200, wav.length]);
  });

  test('is 503 while the disk cannot be read', async () => {
    const failing: RecordingStore = {
      ...recordings,
      name: 'failing',
      find: () => Promise.reject(new LouverError('E_RECORDING_IO', `x.wav cannot be read: EIO: i/o error, open`)),
    };
    const { status, body } = await asker({ recordings: failing })(`/api/recordings/${sha256}`);
    expect([status, body]).toMatchObject([
      503,
      { ...kind('recording-unavailable'), detail: 'x.wav cannot be read: EIO: i/o error, open' },
    ]);
  });
});
