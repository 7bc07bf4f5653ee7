import {
  anyOf,
  createPipeline,
  deadband,
  everyRecording,
  localEngine,
  memoryStorage,
  memoryTransport,
  type OutboundMessage,
  type PipelineOptions,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { lineCodec } from './line-codec.js';
import { keepingLogger, linearPredictor, loudnessFeatures } from './test-parts.js';

export const START_MS = Date.UTC(2026, 0, 1);

/** A whole pipeline in memory with a clock that stands still. */
export function rig(
  overrides: Partial<PipelineOptions> = {},
  transport = memoryTransport(),
  clock = manualClock(START_MS),
) {
  const storage = memoryStorage();
  const features = loudnessFeatures();
  const logger = keepingLogger();
  const published: OutboundMessage[] = [];
  transport.onPublish((message) => published.push(message));
  const pipeline = createPipeline({
    transport,
    codec: lineCodec(),
    storage,
    detector: anyOf(deadband({ temperature: 0.5, humidity: 2 }), everyRecording()),
    engine: localEngine({ features, predictor: linearPredictor() }),
    context: { clock, logger, random: () => 0.5 },
    durability: 'none',
    ...overrides,
  });
  const send = (topic: string, value: number, timestampMs = clock.now()) =>
    transport.inject(topic, JSON.stringify({ v: value, t: timestampMs }));
  return { pipeline, transport, storage, features, clock, logger, published, send };
}

export const commandsOf = (published: readonly OutboundMessage[]) =>
  published.filter(({ topic }) => topic.startsWith('w/'));

/** Lets everything that does not wait for the clock happen. */
export async function settled(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what the machine does in its own time, a disk's sync say; the test's own time is the bound. */
export async function until(
  condition: () => boolean,
  meanwhile: () => Promise<unknown> = () => settled(1),
): Promise<void> {
  while (!condition()) await meanwhile();
}
