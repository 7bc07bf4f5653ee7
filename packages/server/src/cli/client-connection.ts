import type { Socket } from 'node:net';
import { LouverError, type Clock, type OutboundMessage } from '@louver/core';
import { certificateAuthorities, mqttSettings, type MqttSettings } from '@louver/core/mqtt';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { explainConnectError, isSecured } from './connect-errors.js';

/** Where a broker is and as whom to go there, everything read that is in files. */
export interface BrokerAccess {
  readonly settings: MqttSettings;
  /** Host and port, without secrets: for messages. */
  readonly place: string;
  /** PEM certificates of the authorities to trust; absent: those that Node trusts. */
  readonly ca?: string;
}

export interface BrokerAccessOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly caFile?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Checks the URL and reads the certificates. Rejects with `E_CONFIG`. */
export async function brokerAccess(options: BrokerAccessOptions): Promise<BrokerAccess> {
  const settings = mqttSettings({ ...options, connectTimeoutMs: CONNECT_TIMEOUT_MS });
  const ca = await trusted(settings);
  return { settings, place: settings.address.replace(/^\w+:\/\//, ''), ...(ca !== undefined && { ca }) };
}

async function trusted(settings: MqttSettings): Promise<string | undefined> {
  try {
    return await certificateAuthorities(settings);
  } catch (error) {
    const cause = LouverError.is(error) ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    const file = settings.caFile;
    throw new LouverError('E_CONFIG', `CA file ${file} cannot be used: ${why}; expected PEM certificates`, { cause });
  }
}

/**
 * A client that is on its way: no clean-up of its own, MQTT 3.1.1, without Nagle's delay (a round trip takes 44 ms with it, 0.2 ms
 * without). An `error` listener is there, since an unheard error would end the process.
 */
export function openClient(access: BrokerAccess, options: IClientOptions = {}): MqttClient {
  const { settings, ca } = access;
  const { scheme, host, port, path, username, password, connectTimeoutMs } = settings;
  const client = connect({
    protocol: scheme,
    hostname: host,
    host,
    port,
    path,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: connectTimeoutMs,
    resubscribe: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
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
      reject(explainConnectError(error, access, isSecured(client)));
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

/** `Unacceptable protocol version` of MQTT 3.1.1 and 5; and what brokers do that hang up on a version which they do not know. */
const OTHER_VERSION: ReadonlySet<unknown> = new Set([1, 132, 'ECONNRESET', 'EPIPE', undefined]);

/** As {@link connectClient}, with MQTT 5 where the broker speaks it: only there does it say that a user may not publish. */
export async function connectNewest(access: BrokerAccess): Promise<MqttClient> {
  try {
    return await connectClient(access, { protocolVersion: 5 });
  } catch (error) {
    const cause = (error as LouverError).cause as { readonly code?: unknown; readonly message?: unknown } | undefined;
    if (!OTHER_VERSION.has(cause?.code) || cause?.message === 'connack timeout') throw error;
    return connectClient(access);
  }
}

/** Publishes and waits for the acknowledgement. Rejects with `E_TRANSPORT` or `E_TIMEOUT` in one line. */
export async function publishAcknowledged(
  client: MqttClient,
  { topic, payload, retain = false }: OutboundMessage,
  { clock, timeoutMs, place }: { readonly clock: Clock; readonly timeoutMs: number; readonly place: string },
): Promise<void> {
  const done = new AbortController();
  const closed = new Promise<never>((_, reject) => {
    const why = `${place} closed the connection instead of acknowledging ${topic}: may this user publish there?`;
    client.once('close', () => reject(new LouverError('E_TRANSPORT', why)));
  });
  const late = clock.sleep(timeoutMs, done.signal).then(() => {
    if (done.signal.aborted) return;
    const why = `${place} did not acknowledge ${topic} within ${timeoutMs / 1000} s: it may have it all the same and store it later; is it storing readings? (/readyz says)`;
    throw new LouverError('E_TIMEOUT', why);
  });
  try {
    const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
    const published = client.publishAsync(topic, bytes, { qos: 1, retain }).catch((cause: unknown) => {
      const { code, message } = cause as { readonly code?: unknown; readonly message?: string };
      if (typeof code !== 'number') throw LouverError.from(cause, 'E_TRANSPORT');
      const why = `${place} refuses ${topic}: ${message?.replace('Publish error: ', '')}; may this user publish there?`;
      throw new LouverError('E_TRANSPORT', why, { retryable: false, cause });
    });
    await Promise.race([published, closed, late]);
  } finally {
    done.abort();
  }
}
