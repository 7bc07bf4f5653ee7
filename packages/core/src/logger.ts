/** Structured log lines: a message that is always the same, and fields. Satisfied by a pino adapter in three lines. */
export interface Logger {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/** Drops everything: the default of the library, which never writes to the console. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
