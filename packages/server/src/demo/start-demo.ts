import type { Context } from '@louver/core';
import { Outdoors, type TopicPatterns } from '@louver/device-esp32';
import { brokerAccess, type BrokerAccessOptions } from '../cli/client-connection.js';
import { DeviceConnection } from './device-connection.js';

export interface DemoOptions {
  /** With a user, where the broker has users, that may publish for `demo-1`, `demo-2`, …. */
  readonly broker: BrokerAccessOptions;
  /** Those of the server. */
  readonly topics?: Partial<TopicPatterns>;
  /** How many. */
  readonly devices: number;
  readonly context: Context;
}

/** Often enough that somebody who looks on sees the window move. */
const INTERVAL_MS = 5_000;
const AUDIO_INTERVAL_MS = 20_000;

/**
 * Simulated devices `demo-1` … over real MQTT, under one weather, each in a room of its own. They connect in the background and again
 * when the broker was away. Rejects with `E_CONFIG` for a URL that cannot be.
 */
export async function startDemo(options: DemoOptions): Promise<{ close(): Promise<void> }> {
  const { context, topics = {} } = options;
  const { clock, random, logger } = context;
  const access = await brokerAccess(options.broker);
  const outdoors = new Outdoors({ random });
  const connections = Array.from({ length: options.devices }, (_, i) => {
    const deviceId = `demo-${i + 1}`;
    let isUp: boolean | undefined;
    const connection = new DeviceConnection({
      access,
      monotonicMs: () => performance.now(),
      device: {
        deviceId,
        clock,
        random,
        outdoors,
        topics,
        intervalMs: INTERVAL_MS,
        // Not all of them record in the same moment.
        audioIntervalMs: AUDIO_INTERVAL_MS + 3_000 * i,
        room: { volumeM3: 25 + 15 * i, temperatureC: 19 + 4 * random(), relativeHumidity: 40 + 20 * random() },
      },
      observer: {
        connected() {
          isUp = true;
          logger.info('demo device connected', { deviceId });
        },
        disconnected({ message }) {
          // Told once per outage: it is tried again every second.
          if (isUp !== false) logger.warn('demo device not connected', { deviceId, error: message });
          isUp = false;
        },
      },
    });
    connection.start();
    return connection;
  });
  return {
    async close() {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}
