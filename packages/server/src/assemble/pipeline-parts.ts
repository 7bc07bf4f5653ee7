import { join } from 'node:path';
import {
  anyOf,
  deadband,
  everyRecording,
  remoteEngine,
  type ChangeDetector,
  type Codec,
  type Context,
  type FeatureExtractor,
  type InferenceEngine,
  type PipelineOptions,
  type RecordingStore,
  type StorageAdapter,
  type Transport,
} from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { fileRecordings } from '@louver/core/recordings';
import type { EmbeddedStorage } from '@louver/storage-clickhouse/embedded';
import type { ServerConfig } from '../config/server-config.js';
import { codecOf } from './codec.js';
import { decisionOf, featuresOf } from './decision.js';
import { messagesOf, type Messages } from './messages.js';
import { storageOf } from './storage.js';
import { modelInWords, type ServedModel } from './served-model.js';

/** What the roles `all` and `ingest` are made of, not yet opened. */
export interface PipelineParts extends Messages {
  readonly options: PipelineOptions;
  readonly storage: StorageAdapter;
  /** Absent: recordings are not kept. */
  readonly recordings?: RecordingStore;
  /** The same where it is in this process. */
  readonly embedded: EmbeddedStorage | undefined;
  /** Who decides, in words; known once the pipeline is open. */
  readonly model: () => string;
  /** Absent: nothing is decided in this process. */
  readonly served?: ServedModel;
}

/** What a configuration means in parts. Rejects with `E_CONFIG` when a password file cannot be read. */
export async function pipelineParts(config: ServerConfig, context: Context): Promise<PipelineParts> {
  const storage = await storageOf(config);
  const messages = await messagesOf(config, context);
  const codec = codecOf(config, context);
  const { engine, features, model, served } = await decides(config, messages.transport, codec);
  const { limits, journal } = config;
  const recordings = config.recordings && fileRecordings(config.recordings.path, config.recordings);
  return {
    ...messages,
    storage,
    embedded: 'guests' in storage ? storage : undefined,
    ...(recordings && { recordings }),
    model,
    ...(served && { served }),
    options: {
      transport: messages.transport,
      storage,
      codec,
      detector: detectorOf(config),
      ...(engine && { engine }),
      ...(features && { features }),
      ...(recordings && { recordings }),
      ...(journal.durability !== 'none' && {
        journal: fileJournal(
          join(config.dataDir, 'journal'),
          journal.maxBytes === undefined ? {} : { maxBytes: journal.maxBytes },
        ),
      }),
      durability: journal.durability,
      maxUnsettled: limits.unsettled,
      devices: { ...config.devices, commandTtlMs: config.policy.commandTtlMs },
      noticeWithinMs: config.health.noticeWithinMs,
      context,
    },
  };
}

interface Decides {
  readonly engine?: InferenceEngine;
  /** Recordings get their features whoever decides. Absent: the engine has them. */
  readonly features?: FeatureExtractor;
  readonly model: () => string;
  readonly served?: ServedModel;
}

async function decides(config: ServerConfig, transport: Transport, codec: Codec): Promise<Decides> {
  if (config.model.path === 'none') return { features: featuresOf(config), model: () => 'none' };
  if (config.role === 'ingest') {
    const engine = remoteEngine({ transport, codec });
    return { engine, features: featuresOf(config), model: () => 'at an inference service' };
  }
  const { engine, served } = (await decisionOf(config))!;
  return { engine, served, model: () => modelInWords(served) };
}

function detectorOf({ changeDetection }: ServerConfig): ChangeDetector {
  const { temperature, humidity, audioAlwaysTrigger, devices } = changeDetection;
  const band = deadband({ temperature, humidity }, { devices: devices as Record<string, Record<string, number>> });
  return audioAlwaysTrigger ? anyOf(band, everyRecording()) : band;
}
