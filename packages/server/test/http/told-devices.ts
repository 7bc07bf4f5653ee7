import {
  createPipeline,
  deadband,
  memoryStorage,
  memoryTransport,
  type MemoryStorage,
  type OutboundMessage,
  type Pipeline,
  type PipelineOptions,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { asker, recordingContext, T0, type LogLine } from './support.js';

/** A pipeline in memory with devices that can be told something, and the API in front of it. */
export interface ToldDevices {
  readonly pipeline: Pipeline;
  readonly storage: MemoryStorage;
  readonly clock: ReturnType<typeof manualClock>;
  readonly published: OutboundMessage[];
  readonly lines: LogLine[];
  readonly ask: ReturnType<typeof asker>;
  /** A message of a device, or of people. */
  hear(topic: string, payload: string | object): Promise<void>;
  /** What was published at a topic, as JSON. */
  at(topic: string): unknown[];
}

/** @param changes to what the pipeline is made of. */
export async function toldDevices(
  changes: Partial<PipelineOptions> = {},
  api: Parameters<typeof asker>[0] = {},
): Promise<ToldDevices> {
  const clock = manualClock(T0);
  const transport = memoryTransport();
  const storage = memoryStorage();
  const published: OutboundMessage[] = [];
  transport.onPublish((message) => published.push(message));
  const { context, lines } = recordingContext();
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    storage,
    detector: deadband({ temperature: 0.5 }),
    durability: 'none',
    context: { ...context, clock, random: () => 0.5 },
    ...changes,
  });
  await pipeline.open();
  return {
    pipeline,
    storage,
    clock,
    published,
    lines,
    ask: asker({ devices: pipeline.devices, reader: storage.reader, ...api }),
    async hear(topic, payload) {
      await transport.inject(topic, typeof payload === 'string' ? payload : JSON.stringify(payload));
      await pipeline.idle();
    },
    at: (topic) =>
      published
        .filter((message) => message.topic === topic)
        .map(({ payload }) => JSON.parse(String(payload)) as unknown),
  };
}

export function json(method: string, body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}
