import { afterEach } from 'vitest';
import { connect as mqttConnect, type IClientOptions, type MqttClient, type OnMessageCallback } from 'mqtt';
import { defaultContext, durableReceipt, type Context, type Delivery } from '@louver/core';
import type { BrokerTransportOptions } from '../../src/broker/broker-options.js';
import { brokerTransport, type BrokerTransport } from '../../src/broker/broker-transport.js';

/** Every condition of these tests is waited for by polling within this bound; nothing sleeps for a guessed time. */
const LIVENESS_MS = 10_000;

export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + LIVENESS_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${LIVENESS_MS} ms: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets everything that is already on its way through the sockets of this process arrive: each turn of the loop polls them once. */
export async function settleDown(turns = 200): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

export const receipt = durableReceipt('journal', 0);

export interface Rig {
  readonly transport: BrokerTransport;
  /** Everything received, in order. */
  readonly received: Delivery[];
  readonly counts: Map<string, number>;
  /** @param onMessage set at once: what was kept for a session comes right behind CONNACK */
  connect(options?: IClientOptions, onMessage?: OnMessageCallback): Promise<MqttClient>;
  stop(): Promise<void>;
}

export interface RigOptions extends BrokerTransportOptions {
  readonly filters?: readonly string[];
  readonly maxUnsettled?: number;
  /** Default: acknowledge at once. */
  readonly onDelivery?: (delivery: Delivery) => void;
  readonly context?: Partial<Context>;
}

/** A broker transport on a free port with a receiver, and clients of MQTT.js. */
export async function startRig({
  filters = ['sensor/+/temperature', 'sensor/+/status', 'window/+/control'],
  maxUnsettled = 100,
  onDelivery = (delivery) => delivery.ack(receipt),
  context = {},
  ...options
}: RigOptions = {}): Promise<Rig> {
  const received: Delivery[] = [];
  const counts = new Map<string, number>();
  const transport = brokerTransport({ port: 0, ...options });
  await transport.open(
    defaultContext({
      metrics: {
        count: (name, _labels, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
        observe: () => undefined,
        gauge: () => undefined,
      },
      ...context,
    }),
  );
  const stop = new AbortController();
  const receiving = (async () => {
    for await (const batch of transport.receive(filters, { maxUnsettled, signal: stop.signal })) {
      for (const delivery of batch) {
        received.push(delivery);
        onDelivery(delivery);
      }
    }
  })();
  const clients: MqttClient[] = [];
  return {
    transport,
    received,
    counts,
    connect(clientOptions = {}, onMessage = () => undefined) {
      const client = mqttConnect(`mqtt://127.0.0.1:${transport.port}`, {
        reconnectPeriod: 0,
        protocolVersion: 4,
        ...clientOptions,
      });
      client.on('message', onMessage);
      clients.push(client);
      return new Promise((resolve, reject) => {
        client.once('connect', () => resolve(client));
        client.on('error', reject);
        client.once('close', () => reject(new Error('closed before it was connected')));
      });
    },
    async stop() {
      for (const client of clients) client.end(true);
      stop.abort();
      await receiving;
      await transport.close();
    },
  };
}

/** Starts rigs that end with their test. */
export function rigOfEachTest(): (options?: RigOptions) => Promise<Rig> {
  let rig: Rig | undefined;
  afterEach(async () => {
    await rig?.stop();
    rig = undefined;
  });
  return async (options) => (rig = await startRig(options));
}

export const text = (delivery: Delivery): string => Buffer.from(delivery.payload).toString();
