import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { vi } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { startServer, type RunningServer } from '../../src/server.js';
import { MOSQUITTO_CONFIGS, skipWithoutMosquitto, startMosquitto, type MosquittoProcess } from './mosquitto.js';

/** Which broker stands between server and devices. */
export const BROKERS = [
  { name: 'the embedded broker', embedded: true, skip: false },
  {
    name: `mosquitto${skipWithoutMosquitto ? ' (skipped: it is not installed)' : ''}`,
    embedded: false,
    skip: skipWithoutMosquitto,
  },
] as const;

/** A message as a client has seen it. */
export interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly retained: boolean;
}

/** A server in this process, its broker, and clients that hear everything. */
export class TalkingServer {
  #server: RunningServer | undefined;
  readonly #clients: MqttClient[] = [];

  private constructor(
    readonly folder: string,
    private readonly broker: MosquittoProcess | undefined,
    private readonly yaml: string,
  ) {}

  /** @param yaml more of `louver.yaml` */
  static async start(embedded: boolean, yaml = ''): Promise<TalkingServer> {
    const folder = await mkdtemp(join(tmpdir(), 'louver-talk-'));
    const config = MOSQUITTO_CONFIGS['default configuration']();
    const broker = embedded ? undefined : await startMosquitto({ folder, config });
    const talking = new TalkingServer(folder, broker, yaml);
    await talking.open();
    return talking;
  }

  get mqttUrl(): string {
    return this.broker?.url ?? `mqtt://127.0.0.1:${this.#server!.ports.mqtt}`;
  }

  get pipeline(): NonNullable<RunningServer['pipeline']> {
    return this.#server!.pipeline!;
  }

  async open(): Promise<void> {
    const config = join(this.folder, 'louver.yaml');
    await writeFile(config, this.yaml);
    const mqtt = this.broker === undefined ? { mqttPort: '0' } : { mqttUrl: this.broker.url };
    const flags = { config, httpPort: '0', dataDir: join(this.folder, 'data'), model: false as const, ...mqtt };
    this.#server = await startServer(loadConfig({ workingDirectory: this.folder, flags }));
  }

  /** Goes away, and comes back with what it has written. */
  async restart(): Promise<void> {
    await this.stop();
    await this.open();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.endAsync(true)));
    await this.#server?.close();
    this.#server = undefined;
  }

  /** A client that has subscribed to `filters`, and what it has heard. */
  async connect(
    filters: readonly string[],
    options: IClientOptions = {},
  ): Promise<{ readonly client: MqttClient; readonly heard: Heard[] }> {
    const client = connect(this.mqttUrl, { reconnectPeriod: 0, ...options });
    this.#clients.push(client);
    const heard: Heard[] = [];
    // Before it is connected: what waits for it comes at once.
    client.on('message', (topic, payload, { retain }) =>
      heard.push({ topic, text: payload.toString(), retained: retain }),
    );
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
    });
    if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 1 });
    return { client, heard };
  }

  /** Resolves when the server knows the device. */
  async knows(deviceId: string): Promise<void> {
    await vi.waitUntil(() => this.pipeline.devices.knows(deviceId), { timeout: 20_000, interval: 5 });
  }

  /** Asks the HTTP API; a body is sent as JSON. */
  async ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`http://127.0.0.1:${this.#server!.ports.http}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  async end(): Promise<void> {
    await this.stop();
    await this.broker?.stop('SIGKILL');
    await rm(this.folder, { recursive: true });
  }
}
