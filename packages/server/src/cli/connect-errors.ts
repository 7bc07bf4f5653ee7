import { LouverError } from '@louver/core';
import type { BrokerAccess } from './client-connection.js';

/** Return codes of CONNACK that say who the client is not [MQTT-3.2.2.3]. */
const REFUSED_USER: ReadonlySet<unknown> = new Set([4, 5]);
const NOT_READY = 3;

/** Whether the broker refused the user: trying again as the same one cannot help. */
export function isRefusedUser(error: unknown): boolean {
  return error instanceof Error && 'code' in error && REFUSED_USER.has(error.code);
}

/** Why there is no connection, in one line that says what to do. `undefined`: the broker just closed it. */
export function explainConnectError(error: unknown, { place, username }: BrokerAccess): LouverError {
  return new LouverError('E_TRANSPORT', explain(error, place, username), {
    retryable: !isRefusedUser(error),
    ...(error === undefined ? {} : { cause: error }),
  });
}

function explain(error: unknown, place: string, username: string | undefined): string {
  if (!(error instanceof Error))
    return `${place} closed the connection at once: is it an MQTT broker, and without TLS?`;
  const code = 'code' in error ? error.code : undefined;
  if (isRefusedUser(error)) {
    return username === undefined
      ? `${place} wants to know who connects: give --username and --password-file`
      : `${place} does not let ${JSON.stringify(username)} in: wrong name or password, or not allowed`;
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
    case 'ECONNRESET':
      return `${place} closed the connection at once: is it an MQTT broker, and without TLS?`;
    case NOT_READY:
      return `the broker at ${place} takes no clients now: try again (/readyz says what it waits for)`;
    default:
      if (/connack timeout/i.test(error.message)) return `${place} did not answer as an MQTT broker in time`;
      return `no connection to ${place}: ${error.message}`;
  }
}
