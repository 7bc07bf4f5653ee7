import { pino, type DestinationStream } from 'pino';
import type { Logger } from '@louver/core';
import type { LogLevel } from './config/server-config.js';

/** Never in a log line, wherever in its fields: nobody logs them on purpose, and a whole options object is quickly logged. */
const SECRETS = ['password', 'token', 'authorization', 'secret', 'apiTokens'];

/**
 * JSON lines, one object each: `level`, `time` (RFC 3339), `msg`, then the fields. What belongs together carries the same
 * `messageId`, `requestId` or `commandId`.
 * @param destination default: standard output
 */
export function jsonLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '(hidden)' },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}
