import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

const FIRMWARE = fileURLToPath(new URL('../../firmware', import.meta.url));
const LOUVER = fileURLToPath(new URL('../../packages/server/dist/main.js', import.meta.url));
const run = promisify(execFile);

const lacking = [
  ...['make', 'g++'].filter((program) => spawnSync(program, ['--version']).error !== undefined),
  ...(existsSync('/usr/include/mbedtls/pk.h') ? [] : ['libmbedtls-dev']),
];
const skipped = lacking.length === 0 ? '' : ` (skipped without ${lacking.join(', ')})`;

/** More than the buffers between two ends hold, or a cut in the middle would find all of it sent. */
const IMAGE = Buffer.from(Uint32Array.from({ length: 225_000 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer);
IMAGE[0] = 0xe9;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** As much as the request asks for. */
const withRanges: Answer = ({ headers: { range } }, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]);
  response.writeHead(206, {
    'content-length': IMAGE.length - from,
    'content-range': `bytes ${from}-${IMAGE.length - 1}/${IMAGE.length}`,
  });
  response.end(IMAGE.subarray(from));
};

const all: Answer = (_request, response) => {
  response.writeHead(200, { 'content-length': IMAGE.length }).end(IMAGE);
};

interface State {
  readonly state: string;
  readonly progress: number;
  readonly reason: string;
}

describe.skipIf(skipped)(
  `an image from signing to its restart, by the dialer and the verifier of the board${skipped}`,
  () => {
    let folder: string;
    let server: Server;
    let answer: Answer;
    const ranges: (string | undefined)[] = [];

    const louver = (...args: string[]) => {
      const { stdout, stderr } = spawnSync(process.execPath, [LOUVER, 'ota', ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      return stdout;
    };
    const sign = (key = 'key.pem') => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/image.bin`;
      const what = ['--board', 'esp32c3', '--version', '1.3.0', '--secure-version', '4', '--url', url];
      return louver('sign', '--key', key, '--image', 'image.bin', ...what);
    };

    /** What a device says that is offered this manifest. */
    async function offered(manifest: string): Promise<readonly State[]> {
      const device = spawn(join(FIRMWARE, 'build', 'take-image'), ['key.public.pem', 'esp32c3', 'slot.bin'], {
        cwd: folder,
      });
      let said = '';
      let wrong = '';
      device.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
      device.stderr.on('data', (piece: Buffer) => (wrong += piece.toString()));
      device.stdin.end(manifest);
      await new Promise((resolve, reject) => device.on('close', resolve).on('error', reject));
      expect(wrong).toBe('');
      return said
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as State);
    }
    const failure = (states: readonly State[]) => {
      expect(states.at(-1)?.state).toBe('FAILED');
      return states.at(-1)!.reason;
    };
    const slot = () => readFileSync(join(folder, 'slot.bin'));

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'louver-update-'));
      writeFileSync(join(folder, 'image.bin'), IMAGE);
      louver('keygen', '--key', 'key.pem');
      louver('keygen', '--key', 'other.pem');
      server = createServer((request, response) => {
        ranges.push(request.headers.range);
        answer(request, response);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      await run('make', ['--silent', 'build/take-image'], { cwd: FIRMWARE });
    }, 180_000);
    afterEach(() => ranges.splice(0));
    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    });

    test('state by state, byte by byte', async () => {
      answer = withRanges;
      const states = await offered(sign());
      const names = states.map(({ state }) => state);
      expect(names.filter((name, i) => name !== names[i - 1])).toEqual([
        'DOWNLOADING',
        'DOWNLOADED',
        'VERIFIED',
        'UPDATING',
      ]);
      const progress = states.map((state) => state.progress);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
      // Told every 64 kB, unless the one before is still to be told.
      expect(new Set(progress).size).toBeGreaterThan(8);
      expect(slot().equals(IMAGE)).toBe(true);
      expect(ranges).toEqual(['bytes=0-']);
    });

    test('over connections that break, from where it was', async () => {
      let left = 3;
      answer = (request, response) => {
        withRanges(request, response);
        // When a part of it has been read: what is sent waits for that.
        if (left-- > 0) response.socket!.once('drain', () => response.socket?.resetAndDestroy());
      };
      const states = await offered(sign());
      expect(states.at(-1)?.state).toBe('UPDATING');
      expect(slot().equals(IMAGE)).toBe(true);
      expect(ranges).toHaveLength(4);
      const from = ranges.map((range) => Number(range?.slice('bytes='.length, -1)));
      expect(from).toEqual([...from].sort((a, b) => a - b));
    });

    test('from a server without ranges', async () => {
      let left = 1;
      answer = (request, response) => {
        if (left-- > 0) {
          response.writeHead(200, { 'content-length': IMAGE.length });
          response.write(IMAGE.subarray(0, 300_000), () => response.socket?.end());
        } else all(request, response);
      };
      const states = await offered(sign());
      expect(states.at(-1)?.state).toBe('UPDATING');
      expect(slot().equals(IMAGE)).toBe(true);
      expect(ranges).toEqual(['bytes=0-', 'bytes=300000-']);
    });

    test('not in chunks', async () => {
      answer = (_request, response) => void response.writeHead(200).write(IMAGE.subarray(0, 1000));
      expect(failure(await offered(sign()))).toBe('bad length');
      expect(ranges).toHaveLength(1);
    });

    test('not another image', async () => {
      const manifest = sign();
      const other = Buffer.from(IMAGE);
      other[700_000]! ^= 1;
      answer = (_request, response) => void response.writeHead(200, { 'content-length': other.length }).end(other);
      expect(failure(await offered(manifest))).toBe('bad sha256');
    });

    test('not when somebody else has signed it, or nobody: nothing is even fetched', async () => {
      answer = withRanges;
      expect(failure(await offered(sign('other.pem')))).toBe('bad signature');
      expect(failure(await offered(sign().replace('"secure_version":4', '"secure_version":5')))).toBe('bad signature');
      expect(failure(await offered(sign().replace('esp32c3', 'esp32s3')))).toBe('other board');
      expect(ranges).toEqual([]);
    });
  },
);
