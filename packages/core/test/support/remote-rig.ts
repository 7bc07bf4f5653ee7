import { cp } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  defaultContext,
  localEngine,
  memoryStorage,
  memoryTransport,
  remoteEngine,
  type ActuationPolicy,
  type MemoryStorage,
  type MemoryTransport,
  type PipelineOptions,
  type StorageAdapter,
  type Transport,
} from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { manualClock } from '@louver/core/testkit';
import { onTestFinished } from 'vitest';
import { folder } from './faults.js';
import { lineCodec } from './line-codec.js';
import { rig, START_MS, until } from './rig.js';
import { linearPredictor, loudnessFeatures } from './test-parts.js';

export interface RemoteRigOptions extends Partial<PipelineOptions> {
  /** Of the journal; absent: `journal` says. */
  readonly directory?: string;
  readonly memory?: MemoryStorage;
  readonly clock?: ReturnType<typeof manualClock>;
}

/** A pipeline whose engine is elsewhere, with a journal on disk, and how to end it as a kill does. */
export function remoteRig({ directory, memory = memoryStorage(), clock, ...overrides }: RemoteRigOptions) {
  const transport = memoryTransport();
  const faults = { killed: false, away: false, silent: false, mute: false };
  const asked: Asked[] = [];
  const engineTransport: Transport = {
    ...transport,
    publish(message, signal) {
      asked.push(requestOf(message));
      return faults.mute ? new Promise(() => {}) : transport.publish(message, signal);
    },
  };
  const storage: StorageAdapter = {
    ...memory,
    async write(table, rows, options) {
      if (faults.killed) return new Promise(() => {});
      if (faults.away) throw new Error('storage is away');
      const receipt = await memory.write(table, rows, options);
      // It is there, and nobody learns of it.
      return faults.silent ? new Promise(() => {}) : receipt;
    },
    present: (table, keys) => (faults.killed ? new Promise(() => {}) : memory.present!(table, keys)),
  };
  const parts = rig(
    {
      ...(directory !== undefined && { journal: fileJournal(directory) }),
      durability: 'journal',
      storage,
      engine: remoteEngine({ transport: engineTransport, codec: lineCodec() }),
      ...overrides,
    },
    transport,
    clock ?? manualClock(START_MS),
  );
  return {
    ...parts,
    storage: memory,
    faults,
    /** Temperature and humidity, which is what a request needs. */
    async pair(device: string, temperature: number, timestampMs = parts.clock.now()): Promise<void> {
      await parts.send(`s/${device}/temperature`, temperature, timestampMs);
      await parts.send(`s/${device}/humidity`, 50, timestampMs);
    },
    /** The nth request, from 1, once it is in the journal. */
    async request(n = 1): Promise<Asked> {
      await until(() => asked.length >= n);
      return asked[n - 1]!;
    },
    /** What has been asked, from the moment that it is in the journal. */
    asked,
    /** Nothing of this run reaches storage or the returned copy of its journal any more. */
    async kill(): Promise<string> {
      faults.killed = true;
      const left = await folder();
      await cp(directory!, left, { recursive: true, filter: (path) => !basename(path).startsWith('lock') });
      onTestFinished(() => void parts.pipeline.close());
      return left;
    },
  };
}

function requestOf({ payload }: { readonly payload: Uint8Array | string }) {
  return JSON.parse(payload as string) as {
    readonly requestId: string;
    readonly deviceId: string;
    readonly timestampMs: number;
    readonly scalars: { readonly temperature: number; readonly humidity: number };
    readonly audio?: string;
    readonly audioHash?: string;
  };
}

export type Asked = ReturnType<typeof requestOf>;

/** Told of every request that goes out. */
export function onRequest(transport: MemoryTransport, listener: (request: Asked, payload: string) => void): () => void {
  return transport.onPublish((message) => {
    if (message.topic.startsWith('ml/request/')) listener(requestOf(message), message.payload as string);
  });
}

/** A service of our own: P-21 and P-25 with the request's id. */
export async function ownService(
  transport: MemoryTransport,
  { clock, policy }: { clock: ReturnType<typeof manualClock>; policy?: ActuationPolicy },
): Promise<void> {
  const codec = lineCodec();
  const engine = localEngine({ features: loudnessFeatures(), predictor: linearPredictor(), ...(policy && { policy }) });
  await engine.open(defaultContext({ clock }));
  onRequest(transport, ({ deviceId }, text) => {
    const message = { topic: `ml/request/${deviceId}`, payload: Buffer.from(text), receivedAtMs: 0, deliveryId: '' };
    const [event] = codec.decode(message);
    if (event?.kind !== 'inference-asked') throw new Error(`not a request: ${text}`);
    void engine.infer(event.request, {}).then(async (result) => {
      for (const out of [result?.command, result]) {
        if (out === undefined) continue;
        const { topic, payload } = codec.encode(out);
        await transport.inject(topic, payload);
      }
    });
  });
}

/** What a service sends that knows nothing of our extensions: the five members of P-21. */
export function legacyCommand({ scalars }: Pick<Asked, 'scalars'>, timestampMs: number, position = 40): string {
  const featuresUsed = { ...scalars, audioFeatures: ['mfcc_mean'] };
  return JSON.stringify({ timestampMs, position, confidence: 0.5, featuresUsed });
}

export function legacyService(transport: MemoryTransport, clock: ReturnType<typeof manualClock>): void {
  onRequest(transport, (request) => {
    void transport.inject(`w/${request.deviceId}`, legacyCommand(request, clock.now()));
  });
}

/** Messages that a journal has not settled, as topic and text. */
export async function leftIn(directory: string): Promise<readonly (readonly [topic: string, text: string])[]> {
  const journal = fileJournal(directory);
  await journal.open(defaultContext());
  const left: [string, string][] = [];
  for await (const entries of journal.read({ follow: false, signal: new AbortController().signal })) {
    for (const { record } of entries) {
      if (record.type === 'delivery') left.push([record.topic, Buffer.from(record.payload).toString()]);
    }
  }
  await journal.close();
  return left;
}
