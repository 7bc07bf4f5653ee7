import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { MqttClient } from 'mqtt';
import { LouverError } from '@louver/core';
import { mqttTransport } from '@louver/core/mqtt';
import { describe, expect, test } from 'vitest';
import { assertInternals } from '../../src/mqtt/deferred-ack.js';
import { mqttSettings } from '../../src/mqtt/settings.js';
import { temporaryFolder } from './brokers.js';

describe('options', () => {
  test.each([
    ['mqtt://h', 'mqtt', 'h', 1883],
    ['tcp://h:18', 'mqtt', 'h', 18],
    ['mqtts://h', 'mqtts', 'h', 8883],
    ['ssl://[::1]:9', 'mqtts', '::1', 9],
    ['ws://h', 'ws', 'h', 80],
    ['wss://[::1]/mqtt', 'wss', '[::1]', 443],
  ])('%s', (url, scheme, host, port) => {
    expect(mqttSettings({ url })).toMatchObject({ scheme, host, port });
  });

  test('user name and password of the URL are used, and are in no message', () => {
    const settings = mqttSettings({ url: 'mqtt://us%40er:pass%3Aword@h' });
    expect(settings).toMatchObject({ username: 'us@er', password: 'pass:word', address: 'mqtt://h:1883' });
    expect(() => mqttTransport({ url: 'http://user:secret@h' })).toThrow(/^E_CONFIG: (?!.*secret).*scheme http:/);
  });

  test('all problems are named at once', () => {
    const url = 'not a url';
    const wrong = {
      url,
      password: 'p',
      clientId: '',
      keepaliveS: 0,
      sessionExpiryS: -1,
      connectTimeoutMs: 0.5,
      ca: '',
      caFile: '',
    };
    const error = (() => {
      try {
        return mqttTransport(wrong);
      } catch (e) {
        return e;
      }
    })();
    expect(LouverError.is(error) && error.code).toBe('E_CONFIG');
    for (const name of [
      'url',
      'password',
      'clientId',
      'keepaliveS',
      'sessionExpiryS',
      'connectTimeoutMs',
      'ca and caFile',
    ]) {
      expect(String(error)).toContain(name);
    }
  });

  test('before open and after close it says so', async () => {
    const transport = mqttTransport({ url: 'mqtt://127.0.0.1:1' });
    await expect(transport.publish({ topic: 't', payload: '', qos: 1 })).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
    await transport.close();
    await transport.close();
  });
});

describe('MQTT.js', () => {
  test('the internals that deferred-ack.ts uses are there in the release that is tested', async () => {
    const manifest = JSON.parse(
      await readFile(createRequire(import.meta.url).resolve('mqtt/package.json'), 'utf8'),
    ) as { version: string };
    expect(manifest.version).toBe('5.16.0');
    expect(() => assertInternals({ MqttClient })).not.toThrow();
    const source = await readFile(join(import.meta.dirname, '../../src/mqtt/deferred-ack.ts'), 'utf8');
    const used = new Set([...source.matchAll(/internals\.(\w+)/g)].map((match) => match[1]));
    // `stream` is set by connecting: the tests with brokers show it.
    expect(used).toEqual(new Set(['handleMessage']));
    for (const name of used) expect(MqttClient.prototype).toHaveProperty(name!);
  });

  test('an error given to the callback of handleMessage withholds PUBACK', async () => {
    const folder = dirname(createRequire(import.meta.url).resolve('mqtt/package.json'));
    const publish = await readFile(join(folder, 'build/lib/handlers/publish.js'), 'utf8');
    // What the behaviour rests on, word by word; the tests with brokers show it.
    expect(publish).toMatch(
      /client\.handleMessage\(packet, \(err\) => \{\s+if \(err\) \{\s+return done && done\(err\);/,
    );
  });

  test('a release without them is refused with words', () => {
    class Other {
      static VERSION = '9.9.9';
    }
    expect(() => assertInternals({ MqttClient: Other })).toThrow(
      /^E_CONFIG: this release of mqtt \(9\.9\.9\) has no handleMessage,.*npm install mqtt@/,
    );
  });

  test('without the package, open says what to install', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'node_modules'));
    const outfile = join(folder, 'without.mjs');
    await build({
      stdin: {
        contents: `import { mqttTransport } from './mqtt/index.js';
          import { defaultContext } from './component.js';
          mqttTransport({ url: 'mqtt://h' }).open(defaultContext()).catch((error) => process.stdout.write(error.message));`,
        resolveDir: join(import.meta.dirname, '../../src'),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['mqtt'],
      outfile,
    });
    await writeFile(join(folder, 'package.json'), '{}');
    const { stdout } = await promisify(execFile)(process.execPath, [outfile]);
    expect(stdout).toMatch(/^E_CONFIG: .*npm install mqtt$/);
  });
});
