import { LouverError } from '@louver/core';
import { connectionFailure } from '@louver/core/mqtt';
import type { MqttClient } from 'mqtt';
import type { BrokerAccess } from './client-connection.js';

/** Codes of CONNACK that say who the client is not [MQTT-3.2.2.3], of MQTT 3.1.1 and 5. */
const REFUSED_USER: ReadonlySet<unknown> = new Set([4, 5, 134, 135]);
const NOT_READY = 3;
/** What OpenSSL calls a certificate that nobody known here has signed. */
const UNKNOWN_AUTHORITY: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Whether the broker refused the user: trying again as the same one cannot help. */
export function isRefusedUser(error: unknown): boolean {
  return error instanceof Error && 'code' in error && REFUSED_USER.has(error.code);
}

/** Whether TLS was agreed on. */
export function isSecured(client: MqttClient): boolean {
  return (client.stream as { readonly authorized?: boolean }).authorized === true;
}

/**
 * Why there is no connection, in one line that says what to do.
 * @param error `undefined`: the broker just closed it
 */
export function explainConnectError(error: unknown, access: BrokerAccess, secured: boolean): LouverError {
  return new LouverError('E_TRANSPORT', explain(error, access, secured), {
    retryable: !isRefusedUser(error),
    ...(error === undefined ? {} : { cause: error }),
  });
}

/** What a flag mends is told here, everything else as the server tells it. */
function explain(error: unknown, { place, settings }: BrokerAccess, secured: boolean): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (isRefusedUser(error)) {
    return settings.username === undefined
      ? `${place} wants to know who connects: give --username and --password-file`
      : `${place} does not let ${JSON.stringify(settings.username)} in: wrong name or password, or not allowed`;
  }
  if (UNKNOWN_AUTHORITY.has(code)) {
    return `${place} has a certificate of an authority that is not known here: give its certificate with --ca-file FILE`;
  }
  switch (code) {
    case 'ECONNREFUSED':
      return `no broker at ${place} (connection refused): start one, or name another with --mqtt-url`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host of ${place} is not known: check --mqtt-url`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `${place} cannot be reached (${code}): check --mqtt-url and the network`;
    case NOT_READY:
      return `the broker at ${place} takes no clients now: try again (/readyz says what it waits for)`;
  }
  if (typeof code === 'number') return `no connection to ${place}: ${String(message)}`;
  return connectionFailure({ error, code: 0, wasConnected: false, secured, endedByUs: undefined }, settings).reason;
}
