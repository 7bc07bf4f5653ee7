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
  /** A subscriber that does not read for this long is cut off; until then it holds up the others. Default 5 s. */
  readonly drainTimeoutMs?: number;
  /** Largest MQTT packet in bytes, at the connection; what is larger ends it. Default 4 MiB. */
  readonly maxPacketBytes?: number;
  /** Connections at a time. Default 12,000. */
  readonly maxConnections?: number;
  /** Messages kept for a session (`clean: false`) that is away. Default 1,000. */
  readonly maxOfflineMessages?: number;
  /** Topics with a retained message. Default 100,000. */
  readonly maxRetainedMessages?: number;
  /** How long an own publish waits for its echo to be durable before it goes out all the same. Default 2 s. */
  readonly echoTimeoutMs?: number;
  /** After so long without room for deliveries new clients are refused (CONNACK 3), so that waiting makes no storm. Default 5 s. */
  readonly refuseAfterMs?: number;
}

export type BrokerSettings = Required<Omit<BrokerTransportOptions, 'authenticate' | 'isValid'>> &
  Pick<BrokerTransportOptions, 'authenticate' | 'isValid'>;

export function brokerSettings(options: BrokerTransportOptions): BrokerSettings {
  return {
    host: '127.0.0.1',
    port: 1883,
    drainTimeoutMs: 5_000,
    maxPacketBytes: 4 * 1024 * 1024,
    maxConnections: 12_000,
    maxOfflineMessages: 1_000,
    maxRetainedMessages: 100_000,
    echoTimeoutMs: 2_000,
    refuseAfterMs: 5_000,
    ...options,
  };
}
