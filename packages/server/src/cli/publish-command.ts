import { readWavHeader, type OutboundMessage } from '@louver/core';
import { esp32Codec, esp32Topics, PROTOCOL_LIMITS, type TopicPatterns } from '@louver/device-esp32';
import { Command } from 'commander';
import { aboutFile } from './about-file.js';
import { numberArgument, secondsOption } from './argument-parsers.js';
import { connectNewest, publishAcknowledged } from './client-connection.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import {
  destinationOf,
  withConnectionOptions,
  type ConnectionOptions,
  type Destination,
} from './connection-options.js';
import { readWholeFile } from './read-file.js';

interface PublishOptions extends ConnectionOptions {
  readonly device: string;
  /** Milliseconds. */
  readonly timeout: number;
}

const UNITS = { temperature: '°C', humidity: '%' } as const;

/** No recording of this size fits into a message [P-6]: nothing larger is read. */
const RECORDING = {
  maxBytes: PROTOCOL_LIMITS.audioBytes,
  expected: 'a WAV file',
  tooLarge: 'as base64 (about 49 s at 16 kHz): cut it or lower its sample rate',
} as const;

/**
 * `louver publish temperature|humidity VALUE` and `louver publish audio FILE.wav`: one reading, as a device would send it. Parsing rejects
 * with a `LouverError` of one line.
 */
export function publishCommand(environment: CommandEnvironment = processEnvironment): Command {
  const publish = new Command('publish').description('publish one reading, as a device would');
  for (const quantity of ['temperature', 'humidity'] as const) {
    sub(publish, quantity, `publish a ${quantity} in ${UNITS[quantity]}`)
      .argument('<value>', `in ${UNITS[quantity]}`, numberArgument)
      .action(async (value: number, options: PublishOptions) => {
        const { access, topics } = await destinationOf(options, environment);
        const message = scalarMessage({ topics, deviceId: options.device }, quantity, value, environment.clock.now());
        await send(message, `${value} ${UNITS[quantity]}`, access, options, environment);
      });
  }
  sub(publish, 'audio', 'publish a recording')
    .argument('<file>', 'WAV file')
    .action(async (file: string, options: PublishOptions) => {
      const { access, topics } = await destinationOf(options, environment);
      const sender = { topics, deviceId: options.device };
      const { message, summary, warning } = await audioMessage(sender, file, environment.clock.now());
      if (warning !== undefined) environment.remark(warning);
      await send(message, summary, access, options, environment);
    });
  return publish;
}

function sub(parent: Command, name: string, description: string): Command {
  return withConnectionOptions(parent.command(name).description(description))
    .option('--device <id>', 'device to publish as', 'publisher')
    .addOption(secondsOption('--timeout', 'how long to wait for the acknowledgement', 10));
}

/** As whom to publish, and where to. */
interface Sender {
  readonly topics: Partial<TopicPatterns>;
  readonly deviceId: string;
}

/** One scalar reading [P-1, P-2]. Throws `E_DECODE` for what the backend would refuse. */
function scalarMessage(sender: Sender, quantity: string, value: number, nowMs: number): OutboundMessage {
  const payload = JSON.stringify({ value, timestamp: new Date(nowMs).toISOString() });
  const topic = esp32Topics(sender.topics).scalar(sender.deviceId, quantity);
  return judged({ topic, payload, qos: 1 }, sender, nowMs);
}

interface AudioMessage {
  readonly message: OutboundMessage;
  readonly summary: string;
  readonly warning?: string;
}

/** One recording [P-3]. */
async function audioMessage(sender: Sender, file: string, nowMs: number): Promise<AudioMessage> {
  const topic = esp32Topics(sender.topics).audio(sender.deviceId);
  const bytes = await readWholeFile(file, RECORDING);
  const { sampleRateHz, durationS, channels, truncated } = aboutFile(file, () => readWavHeader(bytes));
  const payload = JSON.stringify({
    data: bytes.toString('base64'),
    sample_rate: sampleRateHz,
    duration: durationS,
    timestamp: new Date(nowMs).toISOString(),
  });
  const summary = `${durationS.toFixed(2)} s at ${sampleRateHz} Hz, ${channels} channel${channels === 1 ? '' : 's'}`;
  return {
    message: aboutFile(file, () => judged({ topic, payload, qos: 1 }, sender, nowMs)),
    summary,
    ...(truncated ? { warning: `${file} ends before its header says it does: publishing what is there` } : {}),
  };
}

/** Asks the backend's own codec: what is refused here would end as a dead letter there. */
function judged(message: OutboundMessage, { topics }: Sender, receivedAtMs: number): OutboundMessage {
  const payload = Buffer.from(message.payload);
  esp32Codec({ topics }).decode({ topic: message.topic, payload, receivedAtMs, deliveryId: 'publish' });
  return message;
}

async function send(
  message: OutboundMessage,
  summary: string,
  access: Destination['access'],
  { timeout: timeoutMs }: PublishOptions,
  { clock, monotonicMs, print }: CommandEnvironment,
): Promise<void> {
  const client = await connectNewest(access);
  try {
    const beganMs = monotonicMs();
    await publishAcknowledged(client, message, { clock, timeoutMs, place: access.place });
    print(`${message.topic}: ${summary}, acknowledged after ${(monotonicMs() - beganMs).toFixed(1)} ms`);
    await client.endAsync();
  } finally {
    client.end(true);
  }
}
