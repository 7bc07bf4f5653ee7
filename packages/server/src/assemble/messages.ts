import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { Context, Transport } from '@louver/core';
import { mqttTransport } from '@louver/core/mqtt';
import type { Identity } from '../broker/access-list.js';
import { brokerTransport, type BrokerTransport } from '../broker/broker-transport.js';
import type { MqttConfig, ServerConfig } from '../config/server-config.js';
import { isLoopback } from '../exposure.js';
import { ephemeralPassword, resolveLogin, type ResolvedLogin } from '../secrets.js';
import { authenticator, type Authenticator } from '../users/authenticator.js';

/** Where messages come from, and how devices of our own get there. */
export interface Messages {
  readonly transport: Transport;
  /** Absent with a broker elsewhere. */
  readonly broker?: BrokerTransport;
  /** With which the devices of `--demo` log in. */
  readonly demoLogin: ResolvedLogin;
}

/**
 * How long a broker elsewhere keeps requests for an inference service that is away. Seconds: as long as a reading may be used in one (P-22),
 * so that nobody is answered about yesterday.
 */
const REQUEST_SESSION_S = 900;

/** The embedded broker, or a connection to the one that is configured. Rejects with `E_CONFIG` when a password file cannot be read. */
export async function messagesOf(config: ServerConfig, context: Context): Promise<Messages> {
  const { mqtt, host, limits, role } = config;
  if (mqtt.kind === 'remote') {
    const login = await resolveLogin(mqtt, 'mqtt.password_file');
    const { url, clientId, caFile } = mqtt;
    const transport = mqttTransport({
      url,
      clientId,
      ...login,
      ...(caFile !== undefined && { caFile }),
      ...(role === 'inference' && { sessionExpiryS: REQUEST_SESSION_S }),
    });
    return { transport, demoLogin: login };
  }
  const demoLogin = { username: 'louver-demo', password: ephemeralPassword() };
  const logins = usersAndDemo(mqtt, host, context, config.demo ? demoLogin : undefined);
  const broker = brokerTransport({
    host,
    port: mqtt.port,
    ...logins,
    persistence: { directory: join(config.dataDir, 'broker') },
    maxPacketBytes: limits.packetBytes,
    maxConnections: limits.connections,
  });
  return { transport: broker, broker, demoLogin };
}

/** The users of the file, and the devices inside the process, whose password nobody else ever sees. */
function usersAndDemo(
  mqtt: MqttConfig & { readonly kind: 'embedded' },
  host: string,
  { clock }: Context,
  demo: Required<ResolvedLogin> | undefined,
): Authenticator {
  const users = authenticator({ path: mqtt.usersFile, clock, anonymous: isLoopback(host) });
  if (demo === undefined) return users;
  const expected = Buffer.from(demo.password);
  const demoDevices: Identity = { name: demo.username, role: 'admin' };
  return {
    authenticate(credentials) {
      const { username, password } = credentials;
      const isDemo =
        username === demo.username && password?.length === expected.length && timingSafeEqual(password, expected);
      return isDemo ? Promise.resolve(demoDevices) : users.authenticate(credentials);
    },
    isValid: (identity) => (identity === demoDevices ? Promise.resolve(true) : users.isValid(identity)),
  };
}
