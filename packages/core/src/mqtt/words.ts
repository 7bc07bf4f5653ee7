import type { EndKind } from './reconnection.js';
import type { MqttSettings } from './settings.js';

/** Why there is no connection, as found by the socket, by TLS or in the broker's answer. */
export interface ConnectionFailure {
  /** In words for an operator. */
  readonly reason: string;
  /** Reason code of CONNACK or DISCONNECT; 0: none. */
  readonly code: number;
  readonly kind: EndKind;
}

/** A filter that was not granted as it was asked for, at QoS 1. */
export interface Shortfall {
  readonly filter: string;
  /** Of SUBACK: 0 is QoS 0, 128 and above a refusal. */
  readonly code: number;
}

/** What a connection knows at its end. */
export interface EndOfConnection {
  /** The last one that it reported, if any. */
  readonly error: unknown;
  /** Reason code of CONNACK or DISCONNECT; 0: none. */
  readonly code: number;
  /** CONNACK said yes. */
  readonly wasConnected: boolean;
  /** TLS was agreed on. */
  readonly secured: boolean;
  /** We ended it, so that the broker sends again what is not acknowledged; else `undefined`. */
  readonly endedByUs: 'returned' | 'overflowed' | undefined;
}

const SOCKET_WORDS: Readonly<Record<string, (settings: MqttSettings) => string>> = {
  ECONNREFUSED: ({ host, port }) =>
    `connection refused (ECONNREFUSED): nothing listens on ${host}:${port}. Is the broker running?`,
  ENOTFOUND: ({ host }) => `the host name ${host} is not known (ENOTFOUND): check the broker's URL`,
  EAI_AGAIN: ({ host }) => `the host name ${host} cannot be looked up now (EAI_AGAIN)`,
  ETIMEDOUT: ({ host, port }) => `${host}:${port} does not answer (ETIMEDOUT)`,
  EHOSTUNREACH: ({ host }) => `${host} cannot be reached (EHOSTUNREACH)`,
  ENETUNREACH: ({ host }) => `the network of ${host} cannot be reached (ENETUNREACH)`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => `TLS name mismatch: the broker's certificate is not for ${host}`,
  CERT_HAS_EXPIRED: () => `the broker's certificate has expired`,
  CERT_NOT_YET_VALID: () => `the broker's certificate is not valid yet: check the clocks of both machines`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (settings) => `the broker's certificate is signed by itself: ${giveAuthority(settings)}`,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  EPROTO: ({ host, port }) => `${host}:${port} does not speak TLS as expected (EPROTO): is this the broker's TLS port?`,
  ERR_SSL_WRONG_VERSION_NUMBER: ({ host, port }) =>
    `${host}:${port} does not speak TLS: is this the broker's TLS port?`,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: () =>
    'the broker wants a client certificate, and there is none: use a listener with user name and password',
};

function unknownAuthority(settings: MqttSettings): string {
  return `the broker's certificate is signed by an unknown authority: ${giveAuthority(settings)}`;
}

function giveAuthority({ ca, caFile }: MqttSettings): string {
  if (ca === undefined && caFile === undefined)
    return 'give its authority as ca or caFile (in louver.yaml mqtt.ca_file)';
  return `it is another one than ${caFile ?? 'in ca'}`;
}

/** Of these the network is the cause, and it may be mended at any time; of the others a certificate, or TLS on one side only. */
const NETWORK = /^E(CONN|HOST|NET|TIMEDOUT|PIPE|NOTFOUND|AI_)/;

const OWN_CLIENT_ID = 'give each server its own client id (clientId, in louver.yaml mqtt.client_id)';
function notAuthorised({ username }: MqttSettings): string {
  const found = username === undefined ? 'no user name was given' : 'bad user name or password';
  return `not authorised: ${found}, or no permission to connect with this client id`;
}
const CLIENT_ID_REJECTED =
  'client id rejected by the broker: choose one that it allows (clientId, in louver.yaml mqtt.client_id)';

/** MQTT 3.1.1 return codes [MQTT-3.2.2.3] and MQTT 5 reason codes (table 2-6). */
const CODE_WORDS: Readonly<Record<number, (settings: MqttSettings) => string>> = {
  1: () => 'the broker does not speak this version of MQTT',
  2: () => CLIENT_ID_REJECTED,
  3: () => 'the broker is not available',
  4: notAuthorised,
  5: notAuthorised,
  132: () => 'the broker does not speak this version of MQTT',
  133: () => CLIENT_ID_REJECTED,
  134: notAuthorised,
  135: notAuthorised,
  136: () => 'the broker is not available',
  137: () => 'the broker is busy',
  138: () => 'this client is banned by the broker',
  139: () => 'the broker is shutting down',
  142: () => `another client has connected with the same client id: ${OWN_CLIENT_ID}`,
};

/** `Server unavailable` and the like: they are over without anybody doing anything about it. */
const NOT_NOW: readonly number[] = [3, 136, 137, 139, 141];
export const SESSION_TAKEN_OVER = 142;

/** What to tell an operator about a connection that has ended or did not come about; also for clients other than the transport. */
export function connectionFailure(end: EndOfConnection, settings: MqttSettings): ConnectionFailure {
  return { reason: `${settings.address}: ${reasonOf(end, settings)}`, code: end.code, kind: kindOf(end) };
}

/** What a broker does not grant, one reason for refusals and one for a lower QoS. */
export function shortfallReason({ address }: MqttSettings, shortfalls: readonly Shortfall[]): string {
  const refused = shortfalls.filter(({ code }) => code >= 0x80);
  const lowered = shortfalls.filter(({ code }) => code < 0x80);
  const reasons: string[] = [];
  for (const code of new Set(refused.map((each) => each.code))) {
    const list = refused.filter((each) => each.code === code).map(({ filter }) => filter);
    reasons.push(`the broker refuses to subscribe ${list.join(', ')} (reason code ${code}): check its access list`);
  }
  if (lowered.length > 0) {
    const list = lowered.map(({ filter }) => filter).join(', ');
    reasons.push(
      `the broker grants only QoS 0 for ${list}: it acknowledges readings before they are stored, let it grant QoS 1`,
    );
  }
  return `${address}: ${reasons.join('; ')}`;
}

/** After one connection after the other was ended by a broker that was there all the time. */
export function contestedReason({ address }: MqttSettings, clientId: string): string {
  return `${address}: the broker takes our connections and ends each of them soon, most probably because another client connects as ${JSON.stringify(clientId)}: ${OWN_CLIENT_ID}`;
}

function reasonOf({ error, code, wasConnected, secured, endedByUs }: EndOfConnection, settings: MqttSettings): string {
  if (endedByUs !== undefined) return 'connecting again, so that what was not taken is sent once more';
  const byCode = CODE_WORDS[code];
  if (byCode !== undefined) return byCode(settings);
  const { code: name, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (wordless(error)) {
    if (wasConnected) {
      return 'the broker closed the connection: it stopped, or another client has the same client id';
    }
    const { scheme } = settings;
    if (scheme === 'mqtts' && !secured) {
      return `the connection was closed before TLS was agreed on: is this the broker's TLS port?`;
    }
    const wrongPort = scheme === 'mqtt' ? 'does this port want TLS (mqtts://)' : 'is this the port of the broker';
    return `the connection was closed and CONNECT not answered: ${wrongPort}, or has the broker no room for us?`;
  }
  const words = typeof name === 'string' ? SOCKET_WORDS[name] : undefined;
  if (words !== undefined) return words(settings);
  if (message === 'connack timeout') return `no answer to CONNECT within ${settings.connectTimeoutMs} ms`;
  if (message === 'Keepalive timeout')
    return `the broker does not answer any more (keepalive ${settings.keepaliveS} s)`;
  return String(message ?? error);
}

function kindOf({ error, code, wasConnected, endedByUs }: EndOfConnection): EndKind {
  if (endedByUs !== undefined) return endedByUs;
  if (NOT_NOW.includes(code)) return 'away';
  if (code === SESSION_TAKEN_OVER) return 'taken';
  const { code: name, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (wasConnected && wordless(error)) return 'cut';
  // Whether the broker hangs or the network does: it is not there.
  if (message === 'Keepalive timeout' || (typeof name === 'string' && NETWORK.test(name))) return 'away';
  return wasConnected || code !== 0 || typeof name === 'string' ? 'refused' : 'away';
}

/** The other side has closed the connection, and nobody says why. */
export function wordless(error: unknown): boolean {
  return error === undefined || ['ECONNRESET', 'EPIPE'].includes(String((error as { code?: unknown }).code));
}
