import type { Durability } from '@louver/core';
import type { TopicPatterns } from '@louver/device-esp32';
import type { FeatureGroup, Preparation, RollBackBounds, SpectralParameters } from '@louver/ml';
import type { ClusterOptions, RetentionOptions } from '@louver/storage-clickhouse';
import type { ApiToken, ApiTokenFile } from './api-token.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A name and where its password is read when the server starts: passwords are not part of a configuration. */
export interface Login {
  readonly username?: string;
  readonly passwordFile?: string;
}

export type MqttConfig =
  | { readonly kind: 'embedded'; readonly port: number; readonly usersFile: string }
  | ({ readonly kind: 'remote'; readonly url: string; readonly caFile?: string; readonly clientId: string } & Login);

/** Where the embedded ClickHouse answers others, and whom. */
export interface ReadersConfig extends Login {
  readonly port: number;
  readonly username: string;
}

export type ClickhouseConfig =
  | { readonly kind: 'embedded'; readonly database: string; readonly readers?: ReadersConfig }
  | ({
      readonly kind: 'remote';
      readonly url: string;
      readonly database: string;
      readonly cluster?: ClusterOptions;
    } & Login);

/** Thresholds of change detection, in °C and percent. */
export interface ThresholdConfig {
  readonly temperature: number;
  readonly humidity: number;
}

export interface ModelConfig {
  /** A file, or a folder whose newest model serves; `shipped`: the model in the package `@louver/ml`; `none`: nothing is decided. */
  readonly path: string | 'shipped' | 'none';
  /** Of the model that serves first; of a file only. */
  readonly version?: string;
  /** Whether a model that is written there takes over. Absent: when the path is a folder. */
  readonly watch?: boolean;
  readonly workers?: number;
  readonly timeoutMs?: number;
  /** Absent members are as in `@louver/ml`. */
  readonly rollBack?: RollBackBounds;
}

/** What a process does: everything; take in and store, and ask elsewhere what to do; or answer that question. */
export type ServerRole = 'all' | 'ingest' | 'inference';

/** Everything that a server is told, checked, with defaults; frozen. */
export interface ServerConfig {
  readonly role: ServerRole;
  /** Address that MQTT and HTTP listen on. */
  readonly host: string;
  readonly dataDir: string;
  /** Simulated devices inside the process. */
  readonly demo: boolean;
  readonly mqtt: MqttConfig;
  readonly topics: Partial<TopicPatterns>;
  readonly clickhouse: ClickhouseConfig;
  /** What is not named is kept for ever. */
  readonly retention: RetentionOptions;
  readonly changeDetection: ThresholdConfig & {
    readonly audioAlwaysTrigger: boolean;
    readonly devices: Readonly<Record<string, Partial<ThresholdConfig>>>;
  };
  readonly model: ModelConfig;
  readonly audio: {
    /** That devices are expected to record at: what comes at another one is analysed all the same, and said. */
    readonly sampleRateHz?: number;
    readonly features?: readonly FeatureGroup[];
    readonly preparation?: Preparation;
    readonly parameters?: Partial<SpectralParameters>;
  };
  /** Absent: recordings are not kept, only their features. */
  readonly recordings?: {
    readonly path: string;
    /** Absent: for ever. */
    readonly retentionMs?: number;
    /** Absent: no bound. */
    readonly maxBytes?: number;
  };
  readonly apiTokens: readonly (ApiToken | ApiTokenFile)[];
  readonly journal: { readonly maxBytes?: number; readonly durability: Durability };
  readonly policy: {
    readonly minPosition: number;
    readonly maxPosition: number;
    readonly minConfidence: number;
    /** Where the window goes below `minConfidence`. Absent: it is left alone. */
    readonly safePosition?: number;
    readonly commandTtlMs: number;
  };
  readonly devices: { readonly inactiveAfterMs: number };
  /** Within what time `/readyz` says that a part does its work no more, also while nothing comes in. */
  readonly health: { readonly noticeWithinMs: number };
  /** Absent: Home Assistant is not told which devices there are. */
  readonly homeAssistant?: { readonly prefix: string };
  readonly limits: {
    readonly packetBytes: number;
    readonly scalarBytes: number;
    readonly audioBytes: number;
    /** Of a model that is uploaded. */
    readonly modelBytes: number;
    readonly connections: number;
    readonly unsettled: number;
    readonly clockAheadMs: number;
  };
  readonly logLevel: LogLevel;
  readonly httpPort: number;
}
