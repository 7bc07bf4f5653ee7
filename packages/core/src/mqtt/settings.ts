import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { LouverError } from '../errors.js';

export interface MqttTransportOptions {
  /** `mqtt://` or `tcp://` (port 1883), `mqtts://` or `ssl://` (8883), `ws://` (80), `wss://` (443); may hold user name and password. */
  readonly url: string;
  /**
   * Names the session that the broker keeps while this process is away: give it in production, one per running server. Default
   * `louver-` and random hex digits: what arrives between two starts is then not kept.
   */
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM certificates of the authorities that sign the broker's certificate. Default: those that Node trusts. */
  readonly ca?: string;
  /** Path of a file of such certificates, read by `open`. */
  readonly caFile?: string;
  /** Default: 5, and 4 (which is MQTT 3.1.1) when the broker refuses it. */
  readonly protocolVersion?: 4 | 5;
  /** Seconds, 5 to 65,535. Default 30. */
  readonly keepaliveS?: number;
  /** How long the broker keeps the session (MQTT 5). Seconds. Default 7 days with a `clientId`, else 5 minutes. */
  readonly sessionExpiryS?: number;
  /** From the first packet to CONNACK. Milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
}

/** Where a broker is and as whom to go there, taken apart. */
export interface MqttSettings {
  readonly scheme: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** For people: without user name and password. */
  readonly address: string;
  readonly clientId: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly ca: string | undefined;
  readonly caFile: string | undefined;
  readonly protocolVersion: 4 | 5 | undefined;
  readonly keepaliveS: number;
  readonly sessionExpiryS: number;
  readonly connectTimeoutMs: number;
}

const SCHEMES = {
  'mqtt:': ['mqtt', 1883],
  'tcp:': ['mqtt', 1883],
  'mqtts:': ['mqtts', 8883],
  'ssl:': ['mqtts', 8883],
  'ws:': ['ws', 80],
  'wss:': ['wss', 443],
} as const;

const WEEK_S = 7 * 24 * 3600;

/** What options say, checked, with defaults; without reading `caFile`. @throws LouverError `E_CONFIG` with all problems at once. */
export function mqttSettings(options: MqttTransportOptions): MqttSettings {
  const problems: string[] = [];
  const { clientId, ca, caFile, protocolVersion } = options;
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
  const known = url === undefined ? undefined : SCHEMES[url.protocol as keyof typeof SCHEMES];
  if (url === undefined || known === undefined || url.hostname === '') {
    // The text itself is not repeated: it may hold a password.
    const found =
      url === undefined ? 'not a URL' : url.hostname === '' ? 'without a host' : `of scheme ${url.protocol}//`;
    problems.push(`url is ${found}, expected e.g. mqtt://localhost:1883 (mqtt, tcp, mqtts, ssl, ws or wss)`);
  }
  const username = options.username ?? (url?.username ? decodeURIComponent(url.username) : undefined);
  const password = options.password ?? (url?.password ? decodeURIComponent(url.password) : undefined);
  if (password !== undefined && username === undefined) problems.push('password is given without username');
  if (clientId !== undefined && (clientId === '' || Buffer.byteLength(clientId) > 65_535)) {
    problems.push(`clientId has ${Buffer.byteLength(clientId)} bytes, expected 1 to 65535`);
  }
  if (ca !== undefined && caFile !== undefined) problems.push('both ca and caFile are given, expected one of them');
  if (protocolVersion !== undefined && protocolVersion !== 4 && protocolVersion !== 5) {
    problems.push(`protocolVersion is ${String(protocolVersion)}, expected 4 or 5`);
  }
  const whole = (name: string, value: number, least: number, most: number): number => {
    if (!Number.isInteger(value) || value < least || value > most) {
      problems.push(`${name} is ${value}, expected a whole number from ${least} to ${most}`);
    }
    return value;
  };
  const settings = {
    keepaliveS: whole('keepaliveS', options.keepaliveS ?? 30, 5, 65_535),
    sessionExpiryS: whole(
      'sessionExpiryS',
      options.sessionExpiryS ?? (clientId === undefined ? 300 : WEEK_S),
      0,
      0xffff_ffff,
    ),
    connectTimeoutMs: whole('connectTimeoutMs', options.connectTimeoutMs ?? 10_000, 1, 600_000),
  };
  if (problems.length > 0 || url === undefined || known === undefined) {
    throw new LouverError('E_CONFIG', `mqttTransport: ${problems.join('; ')}.`);
  }
  const [scheme, defaultPort] = known;
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    ...settings,
    scheme,
    port,
    // Sockets want an IPv6 address bare, a web socket's URL wants it in brackets.
    host: scheme.startsWith('ws') ? url.hostname : url.hostname.replace(/^\[|\]$/g, ''),
    path: url.pathname === '' ? '/' : url.pathname + url.search,
    address: `${scheme}://${url.hostname}:${port}`,
    clientId,
    username,
    password,
    ca,
    caFile,
    protocolVersion,
  };
}

/** The authorities' certificates, from where the settings say. @throws LouverError `E_CONFIG` */
export async function certificateAuthorities({ ca, caFile }: MqttSettings): Promise<string | undefined> {
  try {
    const pem = caFile === undefined ? ca : await readFile(caFile, 'utf8');
    // TLS would pass over what it cannot read, and then refuse the broker for another reason.
    if (pem !== undefined) for (const block of pemBlocks(pem)) new X509Certificate(block);
    return pem;
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const name = caFile === undefined ? 'ca' : `caFile ${caFile}`;
    throw new LouverError('E_CONFIG', `mqttTransport: ${name} cannot be used (${found}). Expected PEM certificates.`, {
      cause: error,
    });
  }
}

function pemBlocks(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks === null) throw new Error('no "-----BEGIN CERTIFICATE-----" is in it');
  return blocks;
}
