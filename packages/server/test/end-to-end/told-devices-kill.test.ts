import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { describe, expect, test, vi } from 'vitest';
import { ready } from '../support/api.js';
import { DOORS } from '../support/doors.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';

const PATIENCE = { timeout: 20_000, interval: 10 };
const JSON_TYPE = { 'content-type': 'application/json' };

describe.each(DOORS.slice(0, 2).map((door) => [door.name, door] as const))('through %s', (_name, { skip, open }) => {
  test.skipIf(skip)(
    'what was answered survives a kill: the configuration, its version, and the id of a demand',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'louver-told-'));
      const data = join(folder, 'data');
      await mkdir(data);
      const door = await open(folder);
      let louver: LouverProcess | undefined;
      const start = async (): Promise<void> => {
        louver = await startLouver(data, [...door.args, '--no-model', '--log-level', 'warn']);
        await ready(louver.httpUrl);
      };
      const config = async (): Promise<Record<string, unknown>> =>
        (await (await fetch(`${louver!.httpUrl}/api/devices/room-1/config`)).json()) as Record<string, unknown>;
      const put = (body: object): Promise<Response> =>
        fetch(`${louver!.httpUrl}/api/devices/room-1/config`, {
          method: 'PUT',
          body: JSON.stringify(body),
          headers: JSON_TYPE,
        });
      /** Says what it wants of the window, and hears with what command that was answered. */
      const demand = async (dup: boolean): Promise<unknown> => {
        const client = await connectAsync(louver!.mqttUrl, { reconnectPeriod: 0 });
        const heard: unknown[] = [];
        client.on('message', (_topic, payload) => heard.push(JSON.parse(String(payload))));
        await client.subscribeAsync('window/room-1/control', { qos: 1 });
        await client.publishAsync('window/room-1/set', '40', { qos: 1, dup });
        await vi.waitUntil(() => heard.length > 0, PATIENCE);
        await client.endAsync(true);
        return heard[0];
      };
      try {
        await start();
        const client = await connectAsync(louver!.mqttUrl);
        await client.publishAsync('sensor/room-1/temperature', '{"value":20}', { qos: 1 });
        await client.endAsync();
        await vi.waitUntil(async () => (await put({ interval_s: 30 })).ok, PATIENCE);
        expect((await put({ interval_s: 60 })).status).toBe(200);
        await louver!.kill('SIGKILL');
        await start();
        await vi.waitUntil(async () => (await config())['desired'] !== undefined, PATIENCE);
        expect(await config()).toMatchObject({ state: 'pending', desired: { version: 2, interval_s: 60 } });

        const first = await demand(false);
        await louver!.kill('SIGKILL');
        await start();
        expect(await demand(true)).toEqual(first);
      } finally {
        await louver?.kill('SIGKILL');
        await door.close();
        await rm(folder, { recursive: true });
      }
    },
  );
});
