import type { Health, Pipeline, RecordingStore, StorageReader } from '@louver/core';
import type { InferenceService } from '@louver/ml';
import type { EmbeddedStorage } from '@louver/storage-clickhouse/embedded';
import type { ServedModel } from '../assemble/served-model.js';
import type { ResolvedLogin } from '../secrets.js';

export interface ServerHealth {
  readonly state: 'starting' | 'ready' | 'degraded' | 'stopped';
  /** What is wrong, in words, one per part; empty when `ready`. */
  readonly reasons: readonly string[];
  /** What somebody should know although nothing is wrong, e.g. that a model was rolled back. */
  readonly notices?: readonly string[];
  /** What an acknowledgement means; absent where nothing is stored. */
  readonly durability?: string;
  readonly components: Readonly<Record<string, Health>>;
}

/** What a process does: made from the configuration, not yet opened. */
export interface RunningRole {
  readonly pipeline?: Pipeline;
  readonly service?: InferenceService;
  /** Absent where nothing is stored. */
  readonly reader?: StorageReader | undefined;
  /** Absent where recordings are not kept. */
  readonly recordings?: RecordingStore | undefined;
  /** Where it is stored in this process, and others may be let read. */
  readonly embedded?: EmbeddedStorage | undefined;
  /** With which the devices of `--demo` log in. */
  readonly demoLogin: ResolvedLogin;
  /** Of the embedded broker, once open. */
  readonly mqttPort: () => number | undefined;
  /** Who decides, in words; known once open. */
  readonly model: () => string;
  /** Absent where nothing is decided. */
  readonly served?: ServedModel | undefined;
  readonly health: () => ServerHealth;
  open(): Promise<void>;
  close(): Promise<void>;
}
