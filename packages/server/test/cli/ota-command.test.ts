import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { otaSignedText } from '@louver/device-esp32';
import { otaCommand } from '../../src/cli/ota-command.js';
import { runCli } from '../../src/cli/run-cli.js';
import type { OtaManifest } from '../../src/ota/manifest.js';
import { run, startBroker, testEnvironment, type TestBroker } from './support.js';

const IMAGE = Buffer.from([0xe9, ...Buffer.from('not quite an image')]);

let folder: string;
let broker: TestBroker;

beforeAll(async () => {
  broker = await startBroker();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-ota-'));
});
afterEach(async () => {
  broker.published.length = 0;
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => broker.stop());

/** What a command says; it rejects with what the user would see. */
async function ota(...args: string[]) {
  const environment = testEnvironment();
  await run(otaCommand(environment), ...args);
  return environment;
}

async function fileWith(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function keys() {
  const key = join(folder, 'key.pem');
  const { lines } = await ota('keygen', '--key', key);
  return { key, publicKey: join(folder, 'key.public.pem'), lines };
}

interface Given {
  readonly key: string;
  readonly image?: string;
  readonly [option: string]: string | undefined;
}

/** All options of `sign`; `undefined` leaves one out. */
async function signOptions({ key, image, ...others }: Given): Promise<string[]> {
  const options = {
    key,
    image: image ?? (await fileWith('image.bin', IMAGE)),
    board: 'esp32c3',
    version: '1.3.0',
    'secure-version': '4',
    url: 'http://10.0.0.2:8080/esp32c3.bin',
    ...others,
  };
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
}

async function signed(given: Given): Promise<{ manifest: OtaManifest; text: string; remarks: readonly string[] }> {
  const { lines, remarks } = await ota('sign', ...(await signOptions(given)));
  expect(lines).toHaveLength(1);
  return { manifest: JSON.parse(lines[0]!) as OtaManifest, text: lines[0]!, remarks };
}

describe('louver ota keygen', () => {
  test('writes the private key for its owner only and prints nothing of it', async () => {
    const { key, publicKey, lines } = await keys();
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    const [, ...secret] = (await readFile(key, 'utf8')).trimEnd().split('\n');
    for (const line of secret) expect(lines.join('\n')).not.toContain(line.slice(0, 64));
    const { asymmetricKeyDetails } = createPublicKey(await readFile(publicKey));
    expect(asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(lines.join('\n')).toContain((await readFile(publicKey, 'utf8')).trimEnd());
  });

  test('never writes over a key, and leaves no half of a pair', async () => {
    const { key } = await keys();
    const before = await readFile(key, 'utf8');
    await expect(ota('keygen', '--key', key)).rejects.toThrow(/key\.pem is there already.*name another file/);
    expect(await readFile(key, 'utf8')).toBe(before);
    await fileWith('other.public.pem', '');
    await expect(ota('keygen', '--key', join(folder, 'other.pem'))).rejects.toThrow(/other\.public\.pem is there/);
    expect((await readdir(folder)).sort()).toEqual(['key.pem', 'key.public.pem', 'other.public.pem']);
    await expect(ota('keygen', '--key', join(folder, 'none', 'key.pem'))).rejects.toThrow(/cannot be written: ENOENT/);
  });
});

describe('louver ota sign', () => {
  test('prints a manifest whose signature is over the text of P-38', async () => {
    const { key, publicKey } = await keys();
    const { manifest, remarks } = await signed({ key });
    const sha256 = createHash('sha256').update(IMAGE).digest('hex');
    expect(manifest).toEqual({
      version: '1.3.0',
      board: 'esp32c3',
      url: 'http://10.0.0.2:8080/esp32c3.bin',
      size: IMAGE.length,
      sha256,
      secure_version: 4,
      signature: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) as string,
    });
    const text = otaSignedText({ board: 'esp32c3', secureVersion: 4, size: IMAGE.length, sha256 });
    const signature = Buffer.from(manifest.signature, 'base64');
    expect(verify('sha256', Buffer.from(text), await readFile(publicKey), signature)).toBe(true);
    expect(remarks).toEqual([]);
  });

  const lacksOpenssl = spawnSync('openssl', ['version']).error === undefined ? '' : ' (skipped without openssl)';
  test.skipIf(lacksOpenssl)(`openssl takes what is signed, and nothing else${lacksOpenssl}`, async () => {
    const { key, publicKey } = await keys();
    const { manifest } = await signed({ key });
    const signature = await fileWith('signature', Buffer.from(manifest.signature, 'base64'));
    const judged = async (secureVersion: number) => {
      const { board, size, sha256 } = manifest;
      const text = await fileWith('text', otaSignedText({ board, secureVersion, size, sha256 }));
      const args = ['dgst', '-sha256', '-verify', publicKey, '-signature', signature, text];
      return spawnSync('openssl', args, { encoding: 'utf8' }).stdout.trim();
    };
    expect(await judged(4)).toBe('Verified OK');
    expect(await judged(5)).toBe('Verification failure');
  });

  test('each signature is another one: the same image is offered again by signing it again', async () => {
    const { key } = await keys();
    expect((await signed({ key })).text).not.toBe((await signed({ key })).text);
  });

  test('a key that others may read, and what is no image of an ESP32, are remarked', async () => {
    const { key } = await keys();
    await chmod(key, 0o640);
    const { remarks } = await signed({ key, image: await fileWith('text.bin', 'hello') });
    expect(remarks).toEqual([
      expect.stringMatching(/others than its owner may read .*key\.pem: chmod 600/),
      expect.stringMatching(/text\.bin does not begin with 0xe9/),
    ]);
  });

  test.each([
    [{ board: '' }, /board is "", expected 1 to 32 characters/],
    [{ version: '' }, /version is ""/],
    [{ version: '1.3.0-rc.1+build.1234' }, /expected 1 to 20 characters/],
    [{ version: '1"3' }, /version is "1\\"3", expected characters of ASCII/],
    [{ board: 'ésp32' }, /expected characters of ASCII/],
    [{ url: 'https://a/b' }, /url is "https:\/\/a\/b", expected http:\/\/HOST/],
    [{ url: 'http://a' }, /expected http:\/\/HOST/],
    [{ url: 'http:///b' }, /expected http:\/\/HOST/],
    [{ url: 'http://me:secret@a/b' }, /expected http:\/\/HOST/],
    [{ url: 'http://[::1]/b' }, /expected http:\/\/HOST/],
    [{ url: 'http://a/b c' }, /expected http:\/\/HOST/],
    [{ url: 'http://a:0/b' }, /expected a port/],
    [{ url: 'http://a:65536/b' }, /expected a port/],
    [{ url: `http://a/${'b'.repeat(72)}` }, /expected 1 to 80 characters/],
    [{ url: 'x', version: '' }, /version is "".*; url is "x"/],
    [{ image: 'none.bin' }, /cannot read an image: ENOENT/],
    [{ image: '.' }, /is not a file/],
    [{ image: '/dev/null' }, /is not a file/],
  ])('%j is refused', async (wrong, message) => {
    const { key } = await keys();
    await expect(signed({ key, ...wrong })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(message) as string,
    });
  });

  test('an image of nothing is refused', async () => {
    const { key } = await keys();
    const image = await fileWith('empty.bin', '');
    await expect(signed({ key, image })).rejects.toThrow(/size is 0, expected a whole number from 1/);
  });

  test('keys that cannot sign images', async () => {
    const { publicKey } = await keys();
    const pem = { format: 'pem' } as const;
    const spki = { ...pem, type: 'spki' } as const;
    const pkcs8 = { ...pem, type: 'pkcs8' } as const;
    const curve = (namedCurve: string, passphrase?: string) => {
      const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
      const privateKeyEncoding = { ...pkcs8, ...encryption };
      return generateKeyPairSync('ec', { namedCurve, privateKeyEncoding, publicKeyEncoding: spki }).privateKey;
    };
    const wrong: [string, string, RegExp][] = [
      ['p384.pem', curve('secp384r1'), /of kind secp384r1/],
      ['k1.pem', curve('secp256k1'), /of kind secp256k1/],
      ['ed.pem', generateKeyPairSync('ed25519', { privateKeyEncoding: pkcs8, publicKeyEncoding: spki }).privateKey, /of kind ed25519/], // prettier-ignore
      ['locked.pem', curve('prime256v1', 'hush'), /holds no private key that can be read, expected the PEM of an unen/],
      ['public.pem', await readFile(publicKey, 'utf8'), /holds no private key/],
      ['empty.pem', '', /holds no private key/],
    ];
    for (const [name, content, message] of wrong) {
      const signing = signed({ key: await fileWith(name, content) });
      await expect(signing).rejects.toMatchObject({
        code: 'E_CONFIG',
        message: expect.stringMatching(message) as string,
      });
    }
    await expect(signed({ key: join(folder, 'none.pem') })).rejects.toThrow(/cannot read a private key: ENOENT/);
  });

  test.each([
    [{ 'secure-version': '-1' }, /Expected a whole number from 0 to 4294967295/],
    [{ 'secure-version': '1.5' }, /Expected a whole number/],
    [{ 'secure-version': '4294967296' }, /Expected a whole number/],
    [{ 'secure-version': undefined }, /required option '--secure-version/],
    [{ version: undefined }, /required option '--version/],
  ])('%j is wrong usage', async (wrong, message) => {
    const { key } = await keys();
    await expect(signed({ key, ...wrong })).rejects.toThrow(message);
  });

  test('its --version is not that of the command line', async () => {
    const { key } = await keys();
    const written: string[] = [];
    const write = process.stdout.write;
    process.stdout.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
    try {
      expect(await runCli(['ota', 'sign', ...(await signOptions({ key, version: '7.8.9' }))])).toBe(0);
    } finally {
      process.stdout.write = write;
    }
    expect((JSON.parse(written.join('')) as OtaManifest).version).toBe('7.8.9');
  });
});

describe('louver ota publish and clear', () => {
  /** What somebody is told who connects now. */
  const retained = async (): Promise<readonly string[]> => {
    const client = await connectAsync(broker.url);
    const found: string[] = [];
    const ended = new Promise<void>((resolve) => {
      client.on('message', (topic, payload) => (topic === 'sensor/end/ota' ? resolve() : found.push(String(payload))));
    });
    await client.subscribeAsync('sensor/+/ota', { qos: 1 });
    // Behind what is kept.
    await client.publishAsync('sensor/end/ota', 'end', { qos: 1 });
    await ended;
    await client.endAsync();
    return found;
  };

  test('the broker keeps the manifest for the device until it is cleared', async () => {
    const { key } = await keys();
    const { manifest, text } = await signed({ key });
    // Written by hand, with members of its own.
    const file = await fileWith('manifest.json', JSON.stringify({ ...manifest, notes: 1 }, null, 2));
    const { lines } = await ota('publish', '--device', 'kitchen', '--mqtt-url', broker.url, file);
    expect(lines).toEqual(['sensor/kitchen/ota: version 1.3.0 for esp32c3']);
    expect(broker.published).toMatchObject([
      {
        topic: 'sensor/kitchen/ota',
        payload: text.replace(/}$/, ',"notes":1}'),
        packet: { qos: 1, retain: true },
      },
    ]);
    expect(await retained()).toEqual([broker.published[0]!.payload]);
    const cleared = await ota('clear', '--device', 'kitchen', '--mqtt-url', broker.url);
    expect(cleared.lines).toEqual(['sensor/kitchen/ota: withdrawn']);
    expect(await retained()).toEqual([]);
  });

  test('what a device would refuse is not published', async () => {
    const { key } = await keys();
    const { manifest } = await signed({ key });
    const wrong: [unknown, RegExp][] = [
      ['hello', /is no JSON object/],
      [[manifest], /is no JSON object/],
      [null, /is no JSON object/],
      [{}, /version is missing.*signature is missing/],
      [{ ...manifest, size: '19' }, /size is "19", expected a whole number/],
      [{ ...manifest, size: 1.5 }, /size is 1.5/],
      [{ ...manifest, secure_version: -1 }, /secure_version is -1/],
      [{ ...manifest, sha256: manifest.sha256.toUpperCase() }, /sha256 is .*, expected what matches/],
      [{ ...manifest, notes: 'x'.repeat(200) }, /expected at most 432: leave out what is no member/],
    ];
    for (const [content, message] of wrong) {
      const file = await fileWith('wrong.json', JSON.stringify(content));
      const publishing = ota('publish', '--device', 'kitchen', '--mqtt-url', broker.url, file);
      await expect(publishing).rejects.toMatchObject({
        code: 'E_CONFIG',
        message: expect.stringMatching(message) as string,
      });
    }
    const file = await fileWith('cut.json', JSON.stringify(manifest).slice(0, -1));
    await expect(ota('publish', '--device', 'kitchen', '--mqtt-url', broker.url, file)).rejects.toThrow(/is not JSON/);
    expect(broker.published).toEqual([]);
  });

  test('the largest manifest of its own members fits', async () => {
    const { key } = await keys();
    const url = `http://${'a'.repeat(72)}/`;
    const given = { board: 'b'.repeat(32), version: 'v'.repeat(20), url, 'secure-version': '4294967295' };
    const { manifest } = await signed({ key, ...given });
    const longest = { ...manifest, size: 16_777_216, signature: 'A'.repeat(96) };
    const file = await fileWith('long.json', JSON.stringify(longest));
    await ota('publish', '--device', 'd'.repeat(64), '--mqtt-url', broker.url, file);
    // What MQTT puts before a payload: topic and packet id, each with two bytes.
    const { topic, payload } = broker.published[0]!;
    expect(2 + topic.length + 2 + payload.length).toBeLessThanOrEqual(512);
    await ota('clear', '--device', 'd'.repeat(64), '--mqtt-url', broker.url);
  });

  test.each([
    [['clear'], /required option '--device/],
    [['clear', '--device', 'a/b'], /Expected 1 to 64 of/],
    [['clear', '--device', '+'], /Expected 1 to 64 of/],
    [['publish', '--device', 'a'], /missing required argument/],
  ])('%j is wrong usage', async (args, message) => {
    await expect(ota(...args, '--mqtt-url', broker.url)).rejects.toThrow(message);
    expect(broker.published).toEqual([]);
  });
});
