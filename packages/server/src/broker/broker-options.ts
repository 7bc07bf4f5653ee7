import type { Identity } from './access-list.js';

/** What a client says of itself in CONNECT. */
export interface Credentials {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
}

export interface BrokerTransportOptions {
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** TCP port; 0 takes any free one. Default 1883. */
  readonly port?: number;
  /** Who a client is, or `undefined` to refuse it. Absent: everybody may do everything but use `$` topics. */
  readonly authenticate?: (credentials: Credentials) => Promise<Identity | undefined>;
  /** Whether an identity of `authenticate` still holds; asked every 5 s for each connection, which ends when it does not. Absent: for ever. */
  readonly isValid?: (identity: Identity) => Promise<boolean>;
  /** Where retained messages, sessions with their queues, and wills are kept across restarts. Absent: in memory. */
  readonly persistence?: { readonly directory: string };
  /** A client that takes nothing of what is sent to it for this long is cut off. Nobody else waits for it. Default 5 s. */
  readonly drainTimeoutMs?: number;
  /**
   * What may be on its way to one client, in bytes, before it is cut off. Default 8 MiB; an eighth of it for everybody while more than eight times
   * of it are on their way to all together.
   */
  readonly maxBacklogBytes?: number;
  /** Largest MQTT packet in bytes, at the connection; what is larger ends it. Default 4 MiB. */
  readonly maxPacketBytes?: number;
  /** Connections at a time. Default 12,000. */
  readonly maxConnections?: number;
  /** Messages kept for a session (`clean: false`) that is away. Default 1,000. */
  readonly maxOfflineMessages?: number;
  /** Payloads kept for all sessions together, in bytes. Default 64 MiB. */
  readonly maxOfflineBytes?: number;
  /** Sessions with subscriptions; beyond it the one that has been away longest ends. Default 12,000. */
  readonly maxSessions?: number;
  /** Sessions whose client stays away for longer end. Default 7 days. */
  readonly maxAwayMs?: number;
  /** Topics with a retained message. Default 100,000. */
  readonly maxRetainedMessages?: number;
  /** How long an own publish waits for its echo to be durable before it goes out all the same. Default 2 s. */
  readonly echoTimeoutMs?: number;
  /**
   * What may wait for room for deliveries, in bytes: as long as it is less, clients are let in and only their messages held; beyond it nothing is
   * read any more and new clients get no answer. Default 64 MiB.
   */
  readonly maxWaitingBytes?: number;
}

type Optional = 'authenticate' | 'isValid' | 'persistence';

export type BrokerSettings = Required<Omit<BrokerTransportOptions, Optional>> & Pick<BrokerTransportOptions, Optional>;

export function brokerSettings(options: BrokerTransportOptions): BrokerSettings {
  return {
    host: '127.0.0.1',
    port: 1883,
    drainTimeoutMs: 5_000,
    maxBacklogBytes: 8 * 1024 * 1024,
    maxPacketBytes: 4 * 1024 * 1024,
    maxConnections: 12_000,
    maxOfflineMessages: 1_000,
    maxOfflineBytes: 64 * 1024 * 1024,
    maxSessions: 12_000,
    maxAwayMs: 7 * 86_400_000,
    maxRetainedMessages: 100_000,
    echoTimeoutMs: 2_000,
    maxWaitingBytes: 64 * 1024 * 1024,
    ...options,
  };
}
