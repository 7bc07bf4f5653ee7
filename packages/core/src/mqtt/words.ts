import type { MqttSettings } from './settings.js';

/** Why there is no connection, as found by the socket, by TLS or in the broker's answer. */
export interface ConnectionFailure {
  /** In words for an operator. */
  readonly reason: string;
  /** Reason code of CONNACK or DISCONNECT; 0: none. */
  readonly code: number;
}

const SOCKET_WORDS: Readonly<Record<string, (settings: MqttSettings) => string>> = {
  ECONNREFUSED: ({ host, port }) =>
    `connection refused (ECONNREFUSED): nothing listens on ${host}:${port}. Is the broker running?`,
  ENOTFOUND: ({ host }) => `the host name ${host} is not known (ENOTFOUND): check the broker's URL`,
  EAI_AGAIN: ({ host }) => `the host name ${host} cannot be looked up now (EAI_AGAIN)`,
  ETIMEDOUT: ({ host, port }) => `${host}:${port} does not answer (ETIMEDOUT)`,
  EHOSTUNREACH: ({ host }) => `${host} cannot be reached (EHOSTUNREACH)`,
  ENETUNREACH: ({ host }) => `the network of ${host} cannot be reached (ENETUNREACH)`,
  ECONNRESET: () => 'the connection was reset (ECONNRESET)',
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => `TLS name mismatch: the broker's certificate is not for ${host}`,
  CERT_HAS_EXPIRED: () => `the broker's certificate has expired`,
  DEPTH_ZERO_SELF_SIGNED_CERT: () => `the broker's certificate is signed by itself: give its authority as ca or caFile`,
  SELF_SIGNED_CERT_IN_CHAIN: () =>
    `the broker's certificate is signed by an unknown authority: give it as ca or caFile`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () =>
    `the broker's certificate is signed by an unknown authority: give it as ca or caFile`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () =>
    `the broker's certificate is signed by an unknown authority: give it as ca or caFile`,
  EPROTO: ({ host, port }) => `${host}:${port} does not speak TLS as expected (EPROTO): is this the broker's TLS port?`,
  ERR_SSL_WRONG_VERSION_NUMBER: ({ host, port }) =>
    `${host}:${port} does not speak TLS: is this the broker's TLS port?`,
};

const NOT_AUTHORISED = 'not authorised: bad user name or password, or no permission to connect';

/** MQTT 3.1.1 return codes [MQTT-3.2.2.3] and MQTT 5 reason codes (table 2-6). */
const CODE_WORDS: Readonly<Record<number, (settings: MqttSettings) => string>> = {
  1: () => 'the broker does not speak this version of MQTT',
  2: () => 'client id rejected by the broker',
  3: () => 'the broker is not available',
  4: () => NOT_AUTHORISED,
  5: () => NOT_AUTHORISED,
  132: () => 'the broker does not speak this version of MQTT',
  133: () => 'client id rejected by the broker',
  134: () => NOT_AUTHORISED,
  135: () => NOT_AUTHORISED,
  136: () => 'the broker is not available',
  137: () => 'the broker is busy',
  138: () => 'this client is banned by the broker',
  139: () => 'the broker is shutting down',
  142: () => 'another client has connected with the same client id: give each server its own',
};

/** `error`: the last one that the connection reported, if any. */
export function connectionFailure(error: unknown, code: number, settings: MqttSettings): ConnectionFailure {
  const at = `${settings.address}: `;
  const byCode = CODE_WORDS[code];
  if (byCode !== undefined) return { reason: at + byCode(settings), code };
  if (error === undefined) {
    return {
      reason: `${at}the broker closed the connection: it stopped, or another client has the same client id`,
      code,
    };
  }
  const { code: name, message } = error as { code?: unknown; message?: unknown };
  const words = typeof name === 'string' ? SOCKET_WORDS[name] : undefined;
  if (words !== undefined) return { reason: at + words(settings), code };
  if (message === 'connack timeout') {
    return { reason: `${at}no answer to CONNECT within ${settings.connectTimeoutMs} ms`, code };
  }
  return { reason: at + String(message ?? error), code };
}
