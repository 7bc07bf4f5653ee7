import { LouverError, type OutboundMessage } from '@louver/core';
import { SimulatedDevice, type SimulatedDeviceOptions } from '@louver/device-esp32';
import type { MqttClient } from 'mqtt';
import { openClient, type BrokerAccess } from '../cli/client-connection.js';
import { explainConnectError, isSecured } from '../cli/connect-errors.js';

/** What happens on a connection, for those who count. */
export interface DeviceObserver {
  readonly sent?: () => void;
  /** @param ms From publishing to the broker's acknowledgement. */
  readonly acknowledged?: (ms: number) => void;
  readonly commanded?: () => void;
  readonly connected?: () => void;
  /** The connection is lost or did not come about; it is tried again. */
  readonly disconnected?: (reason: LouverError) => void;
}

export interface DeviceConnectionOptions {
  readonly access: BrokerAccess;
  readonly device: Omit<SimulatedDeviceOptions, 'publish'>;
  /** A clock that is never set, in ms. */
  readonly monotonicMs: () => number;
  readonly observer?: DeviceObserver;
}

/** How long leaving may take: the device says `offline` and waits for what is under way. */
const LEAVE_MS = 2_000;

/** A simulated device on an MQTT connection of its own, with its last will [P-30]; reconnects by itself. */
export class DeviceConnection {
  readonly device: SimulatedDevice;
  readonly #o: DeviceConnectionOptions;
  readonly #stop = new AbortController();
  #client: MqttClient | undefined;
  #isRunning = false;
  /** What is under way; whoever of them found the way free sends the messages of the others too. */
  readonly #pending = new Set<Promise<void>>();

  constructor(options: DeviceConnectionOptions) {
    this.#o = options;
    this.device = new SimulatedDevice({ ...options.device, publish: (message) => this.#publish(message) });
  }

  /** Begins to connect. The device measures from the first connection on. */
  start(): void {
    const { access, observer, device } = this.#o;
    const { will, deviceId } = this.device;
    const suffix = Math.floor(device.random() * 0x1_0000_0000).toString(16);
    const client = openClient(access, {
      // Two simulations of the same device shall not push each other off the broker for ever.
      clientId: `${deviceId}-${suffix}`,
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
      // Many devices shall not come back in the same moment.
      reconnectPeriod: 1_000 + Math.floor(2_000 * device.random()),
      reconnectOnConnackError: true,
    });
    this.#client = client;
    let cause: unknown;
    client.on('error', (error) => (cause = error));
    client.on('connect', () => {
      cause = undefined;
      observer?.connected?.();
      this.#track(this.#online(client));
    });
    client.on('close', () => {
      if (!this.#stop.signal.aborted) observer?.disconnected?.(explainConnectError(cause, access, isSecured(client)));
    });
    client.on('message', (topic, payload, { retain }) => {
      if (!retain) observer?.commanded?.();
      this.#track(this.device.onMessage(topic, payload, retain));
    });
  }

  /** Says `offline` and leaves. Messages that the broker has not acknowledged after 2 s are given up. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#stop.abort();
    if (client === undefined) return;
    const given = new AbortController();
    const late = this.#o.device.clock.sleep(LEAVE_MS, given.signal).then(() => false);
    const settled = client.connected && (await Promise.race([this.#settled().then(() => true), late]));
    given.abort();
    // With DISCONNECT the broker drops the last will: the device has said `offline` itself.
    await client.endAsync(!settled);
  }

  async #online(client: MqttClient): Promise<void> {
    const { observer, access } = this.#o;
    try {
      await client.subscribeAsync([...this.device.subscriptions], { qos: 1 });
    } catch (cause) {
      if (!client.connected) return;
      const why = `${access.place} refuses the subscription to ${this.device.subscriptions.join(', ')}`;
      observer?.disconnected?.(new LouverError('E_TRANSPORT', why, { retryable: false, cause }));
      return;
    }
    if (this.#isRunning) return this.device.start();
    this.#isRunning = true;
    await this.device.run(this.#stop.signal);
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  async #settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #publish({ topic, payload, qos, retain = false }: OutboundMessage): Promise<void> {
    const client = this.#client;
    // The device keeps what it cannot send: MQTT.js would queue it as well.
    if (client?.connected !== true) throw new LouverError('E_TRANSPORT', 'not connected');
    const { monotonicMs, observer } = this.#o;
    const beganMs = monotonicMs();
    observer?.sent?.();
    await client.publishAsync(topic, typeof payload === 'string' ? payload : Buffer.from(payload), { qos, retain });
    observer?.acknowledged?.(monotonicMs() - beganMs);
  }
}
