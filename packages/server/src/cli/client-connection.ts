import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { LouverError, type Clock, type OutboundMessage } from '@louver/core';
import { Option, type Command } from 'commander';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { explainConnectError } from './connect-errors.js';

/** What the connection options of a command hold after parsing. */
export interface ConnectionOptions {
  readonly mqttUrl: string;
  readonly username?: string;
  readonly passwordFile?: string;
}

/** Where a broker is and as whom to go there. */
export interface BrokerAccess {
  readonly url: string;
  /** Host and port, without secrets: for messages. */
  readonly place: string;
  readonly username?: string;
  readonly password?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const SCHEMES = ['mqtt:', 'tcp:', 'mqtts:', 'ssl:'];

/** Adds `--mqtt-url` (or `LOUVER_MQTT_URL`), `--username` and `--password-file` to a command. */
export function withConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--mqtt-url <url>', 'broker to connect to').env('LOUVER_MQTT_URL').default('mqtt://127.0.0.1:1883'),
    )
    .option('--username <name>', 'user of the broker')
    .option('--password-file <file>', 'file that holds the password and nothing else');
}

/** Checks the options and reads the password. Rejects with `E_CONFIG`. */
export async function brokerAccess({ mqttUrl, username, passwordFile }: ConnectionOptions): Promise<BrokerAccess> {
  const { url, place, ...inUrl } = readUrl(mqttUrl);
  const name = username ?? inUrl.username;
  if (passwordFile !== undefined && name === undefined) {
    throw new LouverError('E_CONFIG', '--password-file without a user, expected --username NAME beside it');
  }
  const password = passwordFile === undefined ? inUrl.password : await readPassword(passwordFile);
  return {
    url,
    place,
    ...(name === undefined ? {} : { username: name }),
    ...(password === undefined ? {} : { password }),
  };
}

/**
 * A client that is on its way: no clean-up of its own, MQTT 3.1.1, without Nagle's delay (a round trip takes 44 ms with it, 0.2 ms
 * without). An `error` listener is there, since an unheard error would end the process.
 */
export function openClient(access: BrokerAccess, options: IClientOptions = {}): MqttClient {
  const { url, username, password } = access;
  const client = connect(url, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    resubscribe: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...options,
  });
  client.on('error', () => undefined);
  client.on('connect', () => (client.stream as Partial<Socket>).setNoDelay?.(true));
  return client;
}

/** Resolves when the broker has accepted the client; else rejects with `E_TRANSPORT` in one line and leaves nothing open. */
export function connectClient(access: BrokerAccess, options: IClientOptions = {}): Promise<MqttClient> {
  const client = openClient(access, options);
  return new Promise((resolve, reject) => {
    let cause: unknown;
    const fail = (error: unknown): void => {
      settle();
      client.end(true);
      reject(explainConnectError(error, access));
    };
    // MQTT.js keeps some errors of the socket to itself and only closes.
    const noted = (error: unknown): void => void (cause = error);
    const closed = (): void => fail(cause);
    const connected = (): void => {
      settle();
      resolve(client);
    };
    const settle = (): void => {
      client.off('error', fail).off('close', closed).off('connect', connected);
      client.stream.off('error', noted);
    };
    client.on('error', fail).on('close', closed).on('connect', connected);
    client.stream.on('error', noted);
  });
}

/** Publishes and waits for the acknowledgement. Rejects with `E_TRANSPORT` or `E_TIMEOUT` in one line. */
export async function publishAcknowledged(
  client: MqttClient,
  { topic, payload }: OutboundMessage,
  { clock, timeoutMs, place }: { readonly clock: Clock; readonly timeoutMs: number; readonly place: string },
): Promise<void> {
  const done = new AbortController();
  const closed = new Promise<never>((_, reject) => {
    const why = `${place} closed the connection instead of acknowledging ${topic}: may this user publish there?`;
    client.once('close', () => reject(new LouverError('E_TRANSPORT', why)));
  });
  const late = clock.sleep(timeoutMs, done.signal).then(() => {
    if (done.signal.aborted) return;
    const why = `${place} did not acknowledge ${topic} within ${timeoutMs / 1000} s: is it storing readings? (/readyz says)`;
    throw new LouverError('E_TIMEOUT', why);
  });
  try {
    const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
    const published = client.publishAsync(topic, bytes, { qos: 1 }).catch((error: unknown) => {
      throw LouverError.from(error, 'E_TRANSPORT');
    });
    await Promise.race([published, closed, late]);
  } finally {
    done.abort();
  }
}

function readUrl(text: string): { url: string; place: string; username?: string; password?: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !SCHEMES.includes(url.protocol) || url.hostname === '') {
    const found = url === undefined || url.password === '' ? JSON.stringify(text) : 'another kind of URL';
    throw new LouverError('E_CONFIG', `--mqtt-url is ${found}, expected mqtt://HOST:PORT or mqtts://HOST:PORT`);
  }
  const { username, password } = url;
  const isTls = url.protocol === 'mqtts:' || url.protocol === 'ssl:';
  const place = `${url.hostname}:${url.port === '' ? (isTls ? '8883' : '1883') : url.port}`;
  return {
    url: `${isTls ? 'mqtts' : 'mqtt'}://${place}`,
    place,
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}

async function readPassword(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LouverError('E_CONFIG', `--password-file cannot be read: ${why}`, { cause });
  }
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw new LouverError('E_CONFIG', `--password-file ${file} is empty, expected a password`);
  return password;
}
