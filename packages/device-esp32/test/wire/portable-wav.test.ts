import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { decodeWav, readWavHeader, type Recording } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { esp32Codec } from '../../src/index.js';
import { portableWav } from '../../src/wire/portable-wav.js';

const folder = new URL('../../../core/test/fixtures/wav-formats/', import.meta.url);
interface Expected {
  readonly file: string;
  readonly libsndfile: 'decoded' | 'refused';
  readonly frames: number;
  readonly sample_rate: number;
}
const { files } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as { files: Expected[] };
const sounds = files.filter(({ libsndfile, frames }) => libsndfile === 'decoded' && frames > 0);

const hasPython = canRunPython() || process.env['CI'] === 'true';

function canRunPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import wave'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function recordingOf(file: string): Recording {
  const bytes = new Uint8Array(readFileSync(new URL(file, folder)));
  const payload = Buffer.from(JSON.stringify({ data: Buffer.from(bytes).toString('base64'), sample_rate: 16_000 }));
  const [event] = esp32Codec().decode({ topic: 'sensor/d/audio', payload, receivedAtMs: 1e12, deliveryId: 'j:1' });
  if (event?.kind !== 'waveform') throw new Error(`${file} is ${event?.kind}`);
  return event.recording;
}

describe('a recording for peers', () => {
  test.each(sounds)('$file has the same samples behind a plain header', ({ file, frames, sample_rate: rate }) => {
    const recording = recordingOf(file);
    const portable = portableWav(recording);
    const header = readWavHeader(portable);
    expect(header).toMatchObject({ frames, sampleRateHz: rate, truncated: false });
    expect(header.encoding).toMatch(/^[us]/);
    const before = decodeWav(recording.bytes);
    const after = decodeWav(portable);
    // 2^-31: a float becomes the nearest 32-bit integer.
    for (let i = 0; i < frames; i++) {
      const clipped = Math.max(-1, Math.min(1, before[i]!));
      expect(Math.abs(after[i]! - clipped)).toBeLessThanOrEqual(2 ** -31);
    }
  });

  test('what is plain already is not copied', () => {
    const recording = recordingOf('s16_mono.wav');
    expect(portableWav(recording)).toBe(recording.bytes);
  });

  test.skipIf(!hasPython)("Python's wave opens every one (skipped without python3)", () => {
    const program = [
      'import base64, io, json, sys, wave',
      'found = []',
      'for data in json.load(sys.stdin):',
      '    sound = wave.open(io.BytesIO(base64.b64decode(data)))',
      '    found.append([sound.getframerate(), sound.getnframes(), len(sound.readframes(sound.getnframes())) // sound.getsampwidth() // sound.getnchannels()])',
      'print(json.dumps(found))',
    ].join('\n');
    const input = JSON.stringify(
      sounds.map(({ file }) => Buffer.from(portableWav(recordingOf(file))).toString('base64')),
    );
    const found = JSON.parse(String(execFileSync('python3', ['-c', program], { input }))) as number[][];
    expect(found).toEqual(sounds.map(({ frames, sample_rate: rate }) => [rate, frames, frames]));
  });
});
