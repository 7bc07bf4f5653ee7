import { LouverError, type WindowCommand } from '@louver/core';
import { esp32Codec, esp32Topics, type TopicPatterns } from '@louver/device-esp32';
import { Command } from 'commander';
import type { MqttClient } from 'mqtt';
import { connectClient } from './client-connection.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import { explainConnectError, isRefusedUser, isSecured } from './connect-errors.js';
import {
  destinationOf,
  withConnectionOptions,
  type ConnectionOptions,
  type Destination,
} from './connection-options.js';

interface MonitorOptions extends ConnectionOptions {
  readonly json?: boolean;
}

const RECONNECT_MS = 1_000;

/** `louver monitor [--json]`: window commands as they go out, until it is interrupted. Parsing rejects with a `LouverError` of one line. */
export function monitorCommand(environment: CommandEnvironment = processEnvironment): Command {
  return withConnectionOptions(new Command('monitor').description('print window commands as they go out'))
    .option('--json', 'one JSON object per line')
    .action((options: MonitorOptions) => monitor(options, environment));
}

async function monitor(options: MonitorOptions, environment: CommandEnvironment): Promise<void> {
  const { remark, untilInterrupted } = environment;
  const destination = await destinationOf(options, environment);
  const interruption = untilInterrupted();
  try {
    const client = await connectClient(destination.access, {
      reconnectPeriod: RECONNECT_MS,
      reconnectOnConnackError: true,
    });
    try {
      printCommands(client, destination.topics, options.json === true, environment);
      await stayConnected(client, destination, interruption.signal, remark);
    } finally {
      // A lost connection has nobody to say goodbye to.
      await client.endAsync(!client.connected);
    }
  } finally {
    interruption.release();
  }
}

/** Subscribes now and after every reconnect. Resolves when `signal` aborts; rejects when the broker refuses user or subscription. */
async function stayConnected(
  client: MqttClient,
  { access, topics }: Destination,
  signal: AbortSignal,
  remark: (line: string) => void,
): Promise<void> {
  const filter = controlFilter(topics);
  await new Promise<void>((resolve, reject) => {
    let isUp = true;
    const subscribe = async (): Promise<void> => {
      try {
        await client.subscribeAsync(filter, { qos: 1 });
        remark(`listening for ${filter} at ${access.place}, Ctrl+C ends`);
      } catch (cause) {
        // A connection that is lost in between comes back, and so does this.
        if (!client.connected) return;
        const why = `${access.place} refuses the subscription to ${filter}: a user with role viewer may have it`;
        reject(new LouverError('E_TRANSPORT', why, { retryable: false, cause }));
      }
    };
    client.on('connect', () => {
      isUp = true;
      void subscribe();
    });
    client.on('close', () => {
      if (isUp && !signal.aborted) remark(`connection to ${access.place} lost, trying again`);
      isUp = false;
    });
    client.on('error', (error) => {
      if (isRefusedUser(error)) reject(explainConnectError(error, access, isSecured(client)));
    });
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    void subscribe();
  });
}

/** Commands of all devices: the level in which those of two devices differ is the device's. */
function controlFilter(topics: Partial<TopicPatterns>): string {
  const { windowControl } = esp32Topics(topics);
  const other = windowControl('b').split('/');
  const levels = windowControl('a').split('/');
  return levels.map((level, i) => (level === other[i] ? level : '+')).join('/');
}

function printCommands(
  client: MqttClient,
  topics: Partial<TopicPatterns>,
  json: boolean,
  { clock, print, remark }: CommandEnvironment,
): void {
  const codec = esp32Codec({ topics });
  client.on('message', (topic, payload, { retain }) => {
    // A command that the broker kept is not going out now (P-24 forbids to keep it).
    if (retain) return;
    try {
      for (const event of codec.decode({ topic, payload, receivedAtMs: clock.now(), deliveryId: 'monitor' })) {
        if (event.kind === 'command-seen') print(json ? jsonLine(event.command) : textLine(event.command));
      }
    } catch (error) {
      remark(`not a command on ${topic}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

function textLine({ timestampMs, deviceId, position, confidence, source }: WindowCommand): string {
  const sure = Number.isNaN(confidence) ? 'unknown' : confidence.toFixed(2);
  const time = new Date(timestampMs).toISOString();
  return `${time}  ${deviceId}  ${position.toFixed(1)} %  confidence ${sure}  ${source}`;
}

/** NaN becomes null. */
function jsonLine(command: WindowCommand): string {
  return JSON.stringify({
    timestamp: new Date(command.timestampMs).toISOString(),
    device_id: command.deviceId,
    position: command.position,
    confidence: command.confidence,
    source: command.source,
    command_id: command.commandId,
    request_id: command.requestId,
    model_version: command.modelVersion ?? '',
  });
}
