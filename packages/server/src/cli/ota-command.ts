import { rm } from 'node:fs/promises';
import { LouverError } from '@louver/core';
import { isDeviceId, PROTOCOL, PROTOCOL_LIMITS } from '@louver/device-esp32';
import { Command, InvalidArgumentError } from 'commander';
import { manifestPayload } from '../ota/manifest.js';
import { signImage } from '../ota/sign-image.js';
import { newSigningKey, readSigningKey, writeNewFile } from '../ota/signing-key.js';
import { secondsOption, wholeArgument } from './argument-parsers.js';
import { connectNewest, publishAcknowledged } from './client-connection.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import { destinationOf, withConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { readJsonFile, readWholeFile } from './read-file.js';

interface SignOptions {
  readonly key: string;
  readonly image: string;
  readonly board: string;
  readonly version: string;
  readonly secureVersion: number;
  readonly url: string;
}

interface ToDevice extends ConnectionOptions {
  readonly device: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/** The first byte of every image that an ESP32's boot loader starts. */
const IMAGE_MAGIC = 0xe9;
/** The flash of the largest of these boards. */
const MAX_IMAGE_BYTES = 33_554_432;

/** `louver ota keygen|sign|publish|clear`: images over the air [P-38]. */
export function otaCommand(environment: CommandEnvironment = processEnvironment): Command {
  const ota = new Command('ota').description('sign images for devices, and tell devices to take them');
  ota
    .command('keygen')
    .description('make the key that signs images; devices are built with its public half')
    .requiredOption('--key <file>', 'file to write the private key to, for its owner only; its public half beside it')
    .action(async ({ key }: { readonly key: string }) => keygen(key, environment));
  ota
    .command('sign')
    .description('print the signed manifest of an image')
    .requiredOption('--key <file>', 'private key, as keygen writes it')
    .requiredOption('--image <file>', 'image, as it is at the URL')
    .requiredOption('--board <name>', 'kind of board that it is for, e.g. esp32c3')
    .requiredOption('--version <version>', 'what the image calls itself, e.g. 1.3.0')
    .requiredOption(
      '--secure-version <number>',
      'devices refuse a lower one than they run: raise it to end the use of older images',
      wholeArgument(0, PROTOCOL_LIMITS.uint32),
    )
    .requiredOption('--url <url>', 'where devices fetch it: http://HOST[:PORT]/PATH')
    .action(async (options: SignOptions) => sign(options, environment));
  toDevice(ota.command('publish'))
    .description('tell a device to take an image; the broker keeps that until `clear`')
    .argument('<manifest>', 'file with what sign printed')
    .action(async (file: string, options: ToDevice) => publish(file, options, environment));
  toDevice(ota.command('clear'))
    .description('withdraw what a device was told')
    .action(async (options: ToDevice) => tell(options, '', 'withdrawn', environment));
  return ota;
}

function toDevice(command: Command): Command {
  return withConnectionOptions(command)
    .requiredOption('--device <id>', 'device to tell', deviceArgument)
    .addOption(secondsOption('--timeout', 'how long to wait for the acknowledgement', 10));
}

function deviceArgument(text: string): string {
  if (isDeviceId(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 64 of A-Z a-z 0-9 _ . : -');
}

async function keygen(path: string, { print }: CommandEnvironment): Promise<void> {
  const { privatePem, publicPem } = newSigningKey();
  const publicPath = `${path.replace(/\.pem$/, '')}.public.pem`;
  await writeNewFile(path, privatePem, 0o600);
  await writeNewFile(publicPath, publicPem, 0o644).catch(async (error: unknown) => {
    // Nobody knows it yet: half of a pair would only be in the way.
    await rm(path, { force: true });
    throw error;
  });
  print(`private key: ${path}, for its owner only; whoever has it can put any image on your devices`);
  print(`public key: ${publicPath}, for the firmware:`);
  print(publicPem.trimEnd());
}

async function sign(options: SignOptions, { print, remark }: CommandEnvironment): Promise<void> {
  const { image: file, board, version, secureVersion, url } = options;
  const { key, isShared } = await readSigningKey(options.key);
  if (isShared) remark(`others than its owner may read ${options.key}: chmod 600`);
  const image = await readWholeFile(file, { maxBytes: MAX_IMAGE_BYTES, expected: 'an image' });
  if (image.length > 0 && image[0] !== IMAGE_MAGIC) {
    remark(`${file} does not begin with 0xe9, as images of an ESP32 do: its boot loader would not start it`);
  }
  const manifest = signImage({ image, key, board, version, secureVersion, url });
  print(manifestPayload({ ...manifest }, 'a device would refuse this manifest'));
}

async function publish(file: string, options: ToDevice, environment: CommandEnvironment): Promise<void> {
  const manifest = await readJsonFile(file, { maxBytes: 65_536, notFinite: 'a manifest has whole numbers' });
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) {
    throw new LouverError('E_CONFIG', `${file} is no JSON object, expected what \`louver ota sign\` prints`);
  }
  const found = manifest as Readonly<Record<string, unknown>>;
  const payload = manifestPayload(found, `a device would refuse ${file}`);
  await tell(options, payload, `version ${String(found['version'])} for ${String(found['board'])}`, environment);
}

async function tell(
  options: ToDevice,
  payload: string,
  summary: string,
  environment: CommandEnvironment,
): Promise<void> {
  const { access } = await destinationOf(options, environment);
  const topic = PROTOCOL.ota.topic.replace('{device_id}', options.device);
  const client = await connectNewest(access);
  try {
    const waiting = { clock: environment.clock, timeoutMs: options.timeout, place: access.place };
    await publishAcknowledged(client, { topic, payload, qos: 1, retain: true }, waiting);
    environment.print(`${topic}: ${summary}`);
    await client.endAsync();
  } finally {
    client.end(true);
  }
}
