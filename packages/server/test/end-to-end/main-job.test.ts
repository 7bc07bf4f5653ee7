import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { defaultContext } from '@louver/core';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { ready } from '../support/api.js';
import { CLICKHOUSE_ELSEWHERE, DOORS, type OpenDoor } from '../support/doors.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';
import { rainRecording } from '../support/recordings.js';

const run = promisify(execFile);
const installed = existsSync('/usr/bin/mosquitto_pub') || process.env['CI'] === 'true';

const AUDIO_GROUPS = [
  'mfcc_mean',
  'mfcc_std',
  'spectral_centroid_mean',
  'spectral_centroid_std',
  'spectral_rolloff_mean',
  'spectral_rolloff_std',
  'rms_mean',
  'rms_std',
  'zero_crossing_rate_mean',
  'zero_crossing_rate_std',
];

interface Control {
  readonly device_id: string;
  readonly timestamp: string;
  readonly position: number;
  readonly confidence: number;
  readonly command_id: string;
  readonly request_id: string;
  readonly features_used: { temperature: number; humidity: number; audio_features: string[] };
}

describe.each([...DOORS, CLICKHOUSE_ELSEWHERE].map((each) => [each.name, each] as const))(
  'through %s',
  (_name, { skip, open }) => {
    describe.skipIf(!installed || skip)(
      'the main job with mosquitto_pub and mosquitto_sub (skipped without mosquitto-clients)',
      () => {
        let folder: string;
        let door: OpenDoor;
        let louver: LouverProcess;
        let subscriber: ChildProcessByStdio<null, Readable, null>;
        const recording = rainRecording();
        const controls: Control[] = [];
        const stamp = new Date().toISOString();

        const publish = (topic: string, ...payload: string[]) =>
          run('mosquitto_pub', ['-p', String(louver.mqttPort), '-q', '1', '-t', topic, ...payload]);
        const api = async (path: string): Promise<Record<string, unknown>> => {
          const response = await fetch(`${louver.httpUrl}${path}`);
          return (await response.json()) as Record<string, unknown>;
        };

        beforeAll(async () => {
          folder = await mkdtemp(join(tmpdir(), 'louver-main-job-'));
          door = await open(folder);
          louver = await startLouver(join(folder, 'data'), door.args);
          await ready(louver.httpUrl);
          // Line by line: into a pipe it would keep what it prints until it ends.
          const subscribe = ['mosquitto_sub', '-d', '-p', String(louver.mqttPort), '-q', '1', '-t', 'window/+/control'];
          subscriber = spawn('stdbuf', ['-oL', ...subscribe], { stdio: ['ignore', 'pipe', 'inherit'] });
          const subscribed = new Promise<void>((resolve) => {
            createInterface(subscriber.stdout).on('line', (line) => {
              if (line.startsWith('Subscribed')) resolve();
              if (line.startsWith('{')) controls.push(JSON.parse(line) as Control);
            });
          });
          await subscribed;

          await publish('sensor/kitchen/temperature', '-m', JSON.stringify({ value: 25.5, timestamp: stamp }));
          await publish('sensor/kitchen/humidity', '-m', JSON.stringify({ value: 60.0, timestamp: stamp }));
          await vi.waitUntil(() => controls.length === 1, { timeout: 20_000 });
          const { stdout: base64 } = await run('base64', ['-w', '0', recording.wavFile], { maxBuffer: 1 << 24 });
          const message = join(folder, 'audio.json');
          await writeFile(
            message,
            `{"data": "${base64}", "sample_rate": 16000, "duration": 2.0, "timestamp": "${stamp}"}`,
          );
          await publish('sensor/kitchen/audio', '-f', message);
          await vi.waitUntil(() => controls.length === 2, { timeout: 20_000 });
        }, 120_000);

        afterAll(async () => {
          subscriber?.kill();
          await louver?.kill('SIGTERM');
          await door?.close();
          await rm(folder, { recursive: true });
        });

        test('commands before the recording have a finite position and confidence', () => {
          expect(controls[0]!.position).toBeGreaterThanOrEqual(0);
          expect(controls[0]!.position).toBeLessThanOrEqual(100);
          expect(controls[0]!.confidence).toBeGreaterThan(0);
          expect(controls[0]!.confidence).toBeLessThanOrEqual(1);
          expect(controls[0]!.features_used.audio_features).toEqual([]);
        });

        test('the command after it has every member of P-21', () => {
          const control = controls[1]!;
          expect(control).toMatchObject({
            device_id: 'kitchen',
            features_used: { temperature: 25.5, humidity: 60, audio_features: AUDIO_GROUPS },
          });
          expect(Number.isFinite(control.position) && Number.isFinite(control.confidence)).toBe(true);
          expect(Date.parse(control.timestamp)).toBeGreaterThanOrEqual(Date.parse(stamp));
        });

        test('readings, recording, prediction and command are stored, each once, and can be read back', async () => {
          const sha256 = createHash('sha256').update(recording.wav).digest('hex');
          const commandRows = async () => ((await api('/api/devices/kitchen/commands'))['commands'] ?? []) as Control[];
          await expect.poll(async () => (await commandRows()).length, { timeout: 20_000 }).toBe(2);
          const [, command] = (await commandRows()) as unknown as Record<string, unknown>[];
          expect(command).toMatchObject({
            command_id: controls[1]!.command_id,
            request_id: controls[1]!.request_id,
            position: controls[1]!.position,
            temperature: 25.5,
            humidity: 60,
            audio_hash: sha256,
            source: 'model',
          });
          const temperature = await api('/api/devices/kitchen/data?sensor=temperature');
          expect(temperature['readings']).toMatchObject([{ timestamp: stamp, value: 25.5, time_source: 'device' }]);
          await expect
            .poll(async () => (await api('/api/devices/kitchen/data?sensor=audio'))['readings'], { timeout: 20_000 })
            .toHaveLength(1);
          const audio = await api('/api/devices/kitchen/data?sensor=audio');
          const [row] = audio['readings'] as [
            { features: { recipe: string; values: Record<string, number>; mel_db_mean: number[] } },
          ];
          expect(row).toMatchObject({ sample_rate: 16000, duration: 2, format: 'wav', audio_hash: sha256 });
          expect(row.features.mel_db_mean).toHaveLength(40);
          expectGolden(row.features.values);
          const latest = await api('/api/devices/kitchen/data/latest');
          expect(JSON.stringify(latest)).toContain('25.5');
          expect(JSON.stringify(await api('/api/devices'))).toContain('kitchen');
        });

        test('the tables have one row for each, also after the server has closed', async () => {
          expect(await louver.kill('SIGTERM')).toBe(0);
          const storage = door.storage?.() ?? embeddedClickhouse({ path: join(folder, 'data', 'clickhouse') });
          await storage.open(defaultContext());
          const query = { deviceId: 'kitchen', limit: 100 };
          const requests = controls.map(({ request_id }) => request_id);
          const predictions = await storage.reader!.predictions(query);
          expect(predictions.map(({ request_id }) => request_id).sort()).toEqual([...requests].sort());
          expect(predictions.every(({ held, model_version }) => !held && model_version === 'v1.0.0')).toBe(true);
          const actions = await storage.reader!.actions(query);
          expect(actions.map(({ command_id }) => command_id)).toEqual(controls.map(({ command_id }) => command_id));
          expect(await storage.reader!.recordings(query)).toHaveLength(1);
          await storage.close();
        });

        /** The bounds of the golden data's README. */
        function expectGolden(values: Readonly<Record<string, number>>): void {
          for (let i = 0; i < 13; i++) {
            expect(Math.abs(values[`mfcc_mean_${i + 1}`]! - recording.features['mfcc']!.mean[i]!)).toBeLessThan(1e-3);
            expect(Math.abs(values[`mfcc_std_${i + 1}`]! - recording.features['mfcc']!.std[i]!)).toBeLessThan(1e-3);
          }
          for (const name of ['spectral_centroid', 'spectral_rolloff', 'rms', 'zero_crossing_rate']) {
            for (const statistic of ['mean', 'std'] as const) {
              const expected = recording.features[name]![statistic][0]!;
              expect(Math.abs(values[`${name}_${statistic}`]! / expected - 1)).toBeLessThan(1e-5);
            }
          }
        }
      },
    );
  },
);
